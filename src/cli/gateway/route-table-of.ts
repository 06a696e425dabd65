import { ConfigError, type Problem } from '../../config/problem.js'
import type { Registry } from '../../config/registry.js'
import type { Settings } from '../../config/settings.js'
import { compileRoutes, type RouteTable } from '../../routes/route-table.js'

/**
 * The route table of a configuration: the spokes that may be asked, over what the registry knows.
 *
 * @throws ConfigError when two spokes claim the same thing, or the successors run in a circle
 */
export function routeTableOf({ gateway, spokes, version, folder }: Settings, registry: Registry): RouteTable {
  const table = compileRoutes({
    spokes: spokes.flatMap(({ name, node, ask }) =>
      ask === null
        ? []
        : [
            {
              name,
              node,
              divisions: ask.answersFor.divisions,
              issuers: ask.answersFor.issuers,
              definers: ask.answersFor.definers,
              isDefault: ask.answersFor.everybodyElse,
            },
          ],
    ),
    successors: gateway.successors,
    verticals: gateway.verticals,
    aliases: registry.aliases,
    knownNodes: registry.knownNodes,
    configVersion: version,
  })
  if (table.problems.length > 0) {
    throw new ConfigError(
      table.problems.map(
        ({ subject, spokes: claimants, message }): Problem => ({
          file: claimants.map((name) => `spokes/${name}.yaml`).join(', ') || 'gateway.yaml',
          line: 0,
          at: subject,
          message,
        }),
      ),
      folder,
    )
  }
  return table
}
