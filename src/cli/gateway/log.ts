import { destination, pino } from 'pino'
import type { TrailEnd } from '../../audit/trail.js'

/** The gateway's log file: one line an exchange, and the gateway's own events. */
export interface Log {
  exchange(end: TrailEnd): void
  event(name: string, facts: Readonly<Record<string, unknown>>): void
  close(): void
}

/** JSON lines on stderr, or nothing. Records hold keyed hashes only; a cause is printed for failures of our own. */
export function openLog(where: 'stderr' | 'silent'): Log {
  if (where === 'silent') return { exchange: () => {}, event: () => {}, close: () => {} }
  const stream = destination({ dest: 2, sync: false })
  const logger = pino({ base: null, timestamp: false }, stream)
  return {
    exchange({ record, cause }) {
      const { requestSm3: _request, answerSm3: _answer, ...line } = record
      if (record.code === 'INTERNAL' || record.code === 'AUDIT_UNAVAILABLE')
        logger.error({ ...line, cause: describe(cause) })
      else logger.info(cause === null ? line : { ...line, cause: describe(cause) })
    },
    event: (name, facts) => logger.info({ at: new Date().toISOString(), event: name, ...facts }),
    close: () => stream.flushSync(),
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error
    ? `${cause.stack ?? cause.message} ← ${cause.cause.message}`
    : (cause.stack ?? cause.message)
}
