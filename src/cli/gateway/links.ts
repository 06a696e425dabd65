import { dialectOf } from '../../config/dialects.js'
import type { SpokeSettings } from '../../config/settings.js'
import { readTlsFiles } from '../../config/tls-files.js'
import type { Link } from '../../hub.js'
import type { BreakerState } from '../../spokes/breaker.js'
import { openSpokeLink, type SpokeLink } from '../../spokes/spoke-link.js'
import type { ContextMaker } from './signer-context.js'

export interface Links {
  readonly byName: ReadonlyMap<string, Link>
  readonly connections: ReadonlyMap<string, SpokeLink>
  close(): Promise<void>
}

/** A connection to everybody we may ask. Nothing is sent until somebody asks. */
export function linksTo(
  spokes: readonly SpokeSettings[],
  contexts: ReadonlyMap<string, ContextMaker>,
  onBreaker: (spoke: string, state: BreakerState) => void,
): Links {
  const byName = new Map<string, Link>()
  const connections = new Map<string, SpokeLink>()
  for (const spoke of spokes) {
    const { name, ask } = spoke
    const context = contexts.get(name)
    if (ask === null || context === undefined) continue
    const connection = openSpokeLink({
      endpoint: ask.endpoint,
      tls: readTlsFiles(ask.tls),
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
