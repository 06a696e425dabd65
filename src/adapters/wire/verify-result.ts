import type { Lifecycle, LifecycleState } from '../../canonical/lifecycle.js'
import type { ClaimResult, IssuerFinding } from '../../canonical/model.js'
import type { VerdictCode } from '../../canonical/verdict.js'
import type { MessageCode } from './message-code.js'

/**
 * Results 0 to 7 of a verification. Source: EST in one province's interface (0 correct and in force, 1 not active yet,
 * 2 suspended, 3 no longer in force, 4 cannot be verified, 5 not found, 6 nothing to verify, 7 partly wrong).
 */
export type VerifyResult = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7'

const written: Partial<Record<VerdictCode, VerifyResult>> = {
  VALID: '0',
  NOT_YET_VALID: '1',
  SUSPENDED: '2',
  EXPIRED: '3',
  REVOKED: '3',
  CANCELLED: '3',
  SUPERSEDED: '3',
  STATUS_UNKNOWN: '4',
  NOT_FOUND: '5',
  MISMATCH: '7',
  TAMPERED: '7',
  SEAL_INVALID: '7',
}

/** What each result reads as when nothing more is said. */
const plain: Readonly<Record<string, { readonly state: LifecycleState; readonly verdict: VerdictCode }>> = {
  0: { state: 'valid', verdict: 'VALID' },
  1: { state: 'not-yet-active', verdict: 'NOT_YET_VALID' },
  2: { state: 'suspended', verdict: 'SUSPENDED' },
  3: { state: 'expired', verdict: 'EXPIRED' },
  4: { state: 'unknown', verdict: 'STATUS_UNKNOWN' },
  5: { state: 'unknown', verdict: 'NOT_FOUND' },
  7: { state: 'unknown', verdict: 'MISMATCH' },
}

// The states that a verdict can come from; the first stands in when the status code says less.
const statesOf: Partial<Record<MessageCode, readonly [LifecycleState, ...LifecycleState[]]>> = {
  NOT_YET_VALID: ['not-yet-active'],
  SUSPENDED: ['suspended'],
  EXPIRED: ['expired'],
  REVOKED: ['revoked', 'withdrawn'],
  CANCELLED: ['cancelled', 'abolished'],
  SUPERSEDED: ['superseded', 'transferred-out'],
  STATUS_UNKNOWN: ['unknown'],
}

/** The result for a verdict, and whether the result alone gives it back; undefined for one that determines nothing. */
export function resultOf(code: VerdictCode): { readonly result: VerifyResult; readonly exact: boolean } | undefined {
  const result = written[code]
  return result === undefined ? undefined : { result, exact: plain[result]?.verdict === code }
}

export interface VerifyReply {
  readonly result: string
  /** The life-cycle that a status code beside the result says; null without one. */
  readonly status: Lifecycle | null
  /** Our code in the reply's message slot. */
  readonly mark: MessageCode | undefined
  readonly validFrom: string | null
  readonly validTo: string | null
  /** Names of the claims that the question carried. */
  readonly claims: readonly string[]
}

/** What the reply amounts to. Contradictions and results without a mapping are unknown, never valid. */
export function findingOf(reply: VerifyReply): IssuerFinding {
  const { result, status, claims, validFrom, validTo } = reply
  const correct = result === '0' || result === '1' || result === '2' || result === '3'
  return {
    existence: result === '5' ? 'not-found' : 'found',
    lifecycle: {
      state: stateOf(reply),
      raw: status?.raw ?? result,
      encumbrances: status?.encumbrances ?? [],
    },
    validFrom,
    validTo,
    claims: correct ? matched(claims) : {},
    mismatch: result === '7',
  }
}

function stateOf({ result, status, mark }: VerifyReply): LifecycleState {
  // The result comes from outside: `__proto__` must find nothing.
  const own = Object.hasOwn(plain, result) ? plain[result] : undefined
  if (own === undefined || result === '4' || result === '5') return 'unknown'
  const named = mark === undefined ? undefined : statesOf[mark]
  if (named !== undefined) {
    if (written[mark as VerdictCode] !== result) return 'unknown'
    return status !== null && named.includes(status.state) ? status.state : named[0]
  }
  if (status === null) return own.state
  if (result === '0' || result === '7') return status.state
  // A result says that it is not in force; a status code may say why, but not take it back.
  return status.state === 'valid' || status.state === 'unknown' ? own.state : status.state
}

function matched(claims: readonly string[]): Readonly<Record<string, ClaimResult>> {
  return Object.fromEntries(claims.map((name) => [name, 'match']))
}
