import { dialectOf } from '../../config/dialects.js'
import { ConfigError, type Problem } from '../../config/problem.js'
import type { Settings } from '../../config/settings.js'
import type { Link } from '../../hub.js'
import type { BreakerState } from '../../spokes/breaker.js'
import { openSpokeLink, type SpokeLink } from '../../spokes/spoke-link.js'
import type { SpokeTls } from '../../spokes/spoke-tls.js'
import type { ContextMaker } from './signer-context.js'
import { isProblem, spokeTrust } from './spoke-trust.js'

export interface Links {
  readonly byName: ReadonlyMap<string, Link>
  readonly connections: ReadonlyMap<string, SpokeLink>
  close(): Promise<void>
}

/**
 * A connection to everybody we may ask. Nothing is sent until somebody asks.
 *
 * @throws ConfigError when a spoke's TLS files cannot be used; nothing has been opened then
 */
export function linksTo(
  { spokes, folder }: Settings,
  contexts: ReadonlyMap<string, ContextMaker>,
  onBreaker: (spoke: string, state: BreakerState) => void,
): Links {
  const tls = trustOf(spokes, folder)
  const byName = new Map<string, Link>()
  const connections = new Map<string, SpokeLink>()
  for (const spoke of spokes) {
    const { name, ask } = spoke
    const context = contexts.get(name)
    if (ask === null || context === undefined) continue
    const connection = openSpokeLink({
      endpoint: ask.endpoint,
      tls: tls.get(name) ?? {},
      deadlineMs: ask.deadlineMs,
      concurrency: ask.concurrency,
      queue: ask.queue,
      breaker: ask.breaker,
      onBreaker: (state) => onBreaker(name, state),
    })
    const authority = new URL(ask.endpoint).host
    connections.set(name, connection)
    byName.set(name, {
      name,
      dialect: dialectOf(spoke).outbound,
      mount: connection.mount,
      deadlineMs: ask.deadlineMs,
      context: () => context.asking(authority),
      send: (wire, deadline, signal) => connection.send(wire, deadline, signal),
    })
  }
  return {
    byName,
    connections,
    async close() {
      await Promise.all([...connections.values()].map((connection) => connection.close()))
    },
  }
}

function trustOf(spokes: Settings['spokes'], folder: string): ReadonlyMap<string, SpokeTls> {
  const trust = new Map<string, SpokeTls>()
  const problems: Problem[] = []
  for (const spoke of spokes) {
    const read = spoke.ask === null ? {} : spokeTrust(spoke, spoke.ask)
    if (isProblem(read)) problems.push(read)
    else trust.set(spoke.name, read)
  }
  if (problems.length > 0) throw new ConfigError(problems, folder)
  return trust
}
