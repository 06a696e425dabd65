import type { Text } from '../../canonical/text.js'

/** How many connections N systems need through a hub, and without one (点对点): each system would build one to each other. */
export interface Topology {
  readonly systems: number
  readonly spokes: number
  readonly pointToPoint: number
  readonly saved: number
}

export function topologyOf(systems: number): Topology {
  const pointToPoint = systems * (systems - 1)
  return { systems, spokes: systems, pointToPoint, saved: pointToPoint - systems }
}

export function describeTopology({ systems, spokes, pointToPoint, saved }: Topology): Text {
  return {
    zh: `${systems} 个系统，用 ${spokes} 条辐；点对点要 ${pointToPoint} 条，省去 ${saved} 条`,
    en: `${systems} systems on ${spokes} spokes; point to point would take ${pointToPoint} links, ${saved} more`,
  }
}
