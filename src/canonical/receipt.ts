import type { AuditRecord } from './audit-record.js'

/** What the gateway signs about an exchange (回执): RFC 8785 JSON of this object is what the signature covers. */
export interface ReceiptBody {
  readonly v: 1
  /** Receipt number, `HT<yyyymmdd>-<index>-<check>`. */
  readonly no: string
  readonly at: string
  readonly requestSm3: string
  /** SM3 of the answer's body without the receipt. */
  readonly answerSm3: string
  readonly code: string
  /** The spoke that answered; null when none was asked. */
  readonly route: string | null
  readonly configVersion: string
  /** Origin of the audit log. */
  readonly log: string
  /** Position in the log, from 0. */
  readonly index: number
  readonly keyId: string
}

/** RFC 6962 inclusion of the record in the tree that the checkpoint signs. */
export interface InclusionProof {
  readonly record: AuditRecord
  /** Sibling hashes from the leaf up, base64. */
  readonly path: readonly string[]
  /** Signed checkpoint: origin, size, root, signature line. */
  readonly checkpoint: string
}

export interface Receipt extends ReceiptBody {
  /** SM2 r‖s over the RFC 8785 form of the body, base64. */
  readonly signature: string
  readonly proof: InclusionProof
}
