import type { DivisionAlias, KnownNode } from './known-node.js'
import { compileRoutes, type RouteTable } from './route-table.js'

/** What the routes need of the registry. */
export interface RegistryView {
  readonly knownNodes: readonly KnownNode[]
  readonly aliases: readonly DivisionAlias[]
}

/** The table of `explain` without a configuration: it knows which node ought to answer, and that none is connected. */
export function registryRoutes({ knownNodes, aliases }: RegistryView): RouteTable {
  return compileRoutes({ spokes: [], knownNodes, aliases, configVersion: 'registry' })
}
