import type { LifecycleState } from '../canonical/lifecycle.js'
import type { IssuerFinding } from '../canonical/model.js'
import {
  firstVerdict,
  type VerdictCode,
  type VerdictPart,
  type VerdictReport,
  verdictReport,
  verdictTable,
} from '../canonical/verdict.js'

/** Which code a life-cycle state earns. `unknown` is never read as valid. */
const codeOfState: Readonly<Record<LifecycleState, VerdictCode>> = {
  valid: 'VALID',
  'not-yet-active': 'NOT_YET_VALID',
  suspended: 'SUSPENDED',
  expired: 'EXPIRED',
  revoked: 'REVOKED',
  withdrawn: 'REVOKED',
  cancelled: 'CANCELLED',
  abolished: 'CANCELLED',
  superseded: 'SUPERSEDED',
  'transferred-out': 'SUPERSEDED',
  unknown: 'STATUS_UNKNOWN',
}

/** Who answered and when. The reply is taken as authenticated: an unauthenticated one never gets here. */
export interface Evidence {
  /** Name of the spoke. */
  readonly source: string
  /** Epoch milliseconds. */
  readonly at: number
}

/**
 * Judges what the issuer said about a licence that was asked for by identifier. The parts that such a question
 * requires are status and identity; integrity and seal stay unchecked, since there is no file to check.
 */
export function judgeFinding(finding: IssuerFinding, evidence: Evidence): VerdictReport {
  const asOf = new Date(evidence.at).toISOString()
  const source = { source: evidence.source, asOf }
  const held = new Set<VerdictCode>(statusCodes(finding, chinaDate(evidence.at)))
  const statusCode = firstVerdict(held)
  if (finding.mismatch || Object.values(finding.claims).includes('mismatch')) held.add('MISMATCH')
  const claimed = Object.keys(finding.claims).length > 0
  return verdictReport({
    code: firstVerdict(held),
    parts: {
      status: partOf(statusCode, source),
      // The route chose the issuer's own spoke and its reply was authenticated: that is who may say so.
      identity: { value: 'VALID', reason: null, evidence: source },
    },
    lifecycle: finding.lifecycle,
    ...(claimed ? { fields: finding.claims } : {}),
  })
}

function statusCodes({ existence, lifecycle, validFrom, validTo }: IssuerFinding, today: string): VerdictCode[] {
  if (existence === 'not-found') return ['NOT_FOUND']
  const codes: VerdictCode[] = [codeOfState[lifecycle.state]]
  // A source that still calls an outdated licence valid has not run its own clock; the dates decide.
  if (validTo !== null && validTo < today) codes.push('EXPIRED')
  if (validFrom !== null && validFrom > today) codes.push('NOT_YET_VALID')
  return codes
}

function partOf(code: VerdictCode, evidence: VerdictPart['evidence']): VerdictPart {
  return { value: verdictTable[code].verdict, reason: code === 'VALID' ? null : code, evidence }
}

/** The date in China (UTC+8, no daylight saving), where a licence's last day ends. */
function chinaDate(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 10)
}
