import type { Text } from '../../canonical/text.js'

export const areas = ['runtime', 'configuration', 'network', 'trust'] as const
export type Area = (typeof areas)[number]

/** One thing that was tried. Where it is not well, `next` says what mends it. */
export interface Finding {
  readonly area: Area
  readonly code: string
  readonly result: 'ok' | 'warning' | 'failed'
  readonly text: Text
  readonly next: Text | null
}

export function well(area: Area, code: string, zh: string, en: string): Finding {
  return { area, code, result: 'ok', text: { zh, en }, next: null }
}

export function unwell(
  area: Area,
  code: string,
  result: 'warning' | 'failed',
  text: readonly [zh: string, en: string],
  next: readonly [zh: string, en: string] | string,
): Finding {
  const [zh, en] = typeof next === 'string' ? [next, next] : next
  return { area, code, result, text: { zh: text[0], en: text[1] }, next: { zh, en } }
}
