import type { ErrorCode } from './errors.js'
import type { Operation } from './model.js'
import type { VerdictCode } from './verdict.js'

/**
 * One exchange as the audit log keeps it. It holds no personal data: what could lead to a person is a keyed hash
 * (HMAC-SM3, hex). Hashes of bodies are plain SM3, hex.
 */
export interface AuditEntry {
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string
  readonly trace: string
  /** The spoke that asked; `public` for public verification; null when the caller could not be told. */
  readonly caller: string | null
  /** Null when the request could not be read, or was handed on untranslated. */
  readonly operation: Operation | 'explain' | null
  /** Licence type code; it names a kind of licence, not a person. */
  readonly type: string | null
  readonly holderHash: string | null
  readonly licenceHash: string | null
  readonly itemCode: string | null
  readonly caseHash: string | null
  readonly operator: 'asserted' | 'authenticated' | null
  /** The spoke that answered, or would have. */
  readonly route: string | null
  readonly outcome: 'answered' | 'refused'
  readonly code: VerdictCode | ErrorCode | 'OK'
  readonly requestSm3: string
  readonly answerSm3: string
  readonly configVersion: string
  /** Whole milliseconds from the first byte read to the record. */
  readonly ms: number
}

/** An entry with its position, from 0. */
export interface AuditRecord extends AuditEntry {
  readonly index: number
}
