import type { ErrorCode, HubError } from '../canonical/errors.js'
import { unknownLifecycle } from '../canonical/lifecycle.js'
import { type VerdictCode, type VerdictReport, verdictReport } from '../canonical/verdict.js'

/**
 * Failures on the issuer's side that a verify operation answers as a verdict. What is not listed (a loop in the
 * routes, a fault of our own, a full disk) stays an error.
 */
const verdictOfFailure: Partial<Readonly<Record<ErrorCode, VerdictCode>>> = {
  ISSUER_UNKNOWN: 'ISSUER_UNKNOWN',
  ISSUER_UNREACHABLE: 'ISSUER_UNREACHABLE',
  ISSUER_TIMEOUT: 'ISSUER_UNREACHABLE',
  ISSUER_CIRCUIT_OPEN: 'ISSUER_UNREACHABLE',
  ISSUER_BUSY: 'ISSUER_UNREACHABLE',
  ISSUER_FAILED: 'ISSUER_UNREACHABLE',
  DEADLINE_EXCEEDED: 'ISSUER_UNREACHABLE',
  // A reply that cannot be read or trusted is no answer. It says nothing against the licence.
  REPLY_MALFORMED: 'ISSUER_UNREACHABLE',
  REPLY_TOO_LARGE: 'ISSUER_UNREACHABLE',
  REPLY_MISMATCH: 'ISSUER_UNREACHABLE',
  REPLY_SIGNATURE_INVALID: 'ISSUER_UNREACHABLE',
  REPLY_STALE: 'ISSUER_UNREACHABLE',
  REPLY_UNDECRYPTABLE: 'ISSUER_UNREACHABLE',
  ISSUER_REFUSED: 'NOT_AUTHORISED',
  LICENCE_WITHHELD: 'NOT_AUTHORISED',
  OPERATION_UNSUPPORTED: 'UNSUPPORTED',
  LICENCE_NOT_FOUND: 'NOT_FOUND',
}

/** The verdict that a failure on the issuer's side amounts to, or undefined when it is no verdict. */
export function verdictOf(error: HubError): VerdictReport | undefined {
  const code = verdictOfFailure[error.code]
  if (code === undefined) return undefined
  const value = code === 'NOT_FOUND' ? 'INVALID' : 'UNDETERMINED'
  const unknown = { value, reason: error.code, evidence: null } as const
  // An unknown issuer leaves identity open too; after an outage we still know whom to ask.
  const identity = code === 'ISSUER_UNKNOWN' ? { identity: unknown } : {}
  return verdictReport({ code, parts: { status: unknown, ...identity }, lifecycle: unknownLifecycle })
}
