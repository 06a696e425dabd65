import type { AuditLog } from '../../audit/audit-log.js'
import type { Registry } from '../../config/registry.js'
import type { ChosenEngine } from '../../crypto/choose-engine.js'
import { hmacSm3 } from '../../crypto/sm3.js'
import type { Metrics } from '../../server/metrics.js'
import type { NonceJournal } from '../../store/nonce-journal.js'
import type { Log } from './log.js'

/** What outlives a reload: the engine, what is on disk, and what counts. */
export interface House {
  readonly engine: ChosenEngine
  readonly registry: Registry
  readonly audit: AuditLog
  readonly nonces: NonceJournal
  readonly metrics: Metrics
  readonly log: Log
  now(): number
}

/** Key of the receipt numbers' check characters; it follows from the hash key, so a rotation of signing keys keeps it. */
export function receiptNumberKey(hashKey: Uint8Array): Uint8Array {
  return hmacSm3(hashKey, Buffer.from('hutong receipt number'))
}
