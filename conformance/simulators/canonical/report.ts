import type { BookLicence } from '../kit/book.js'
import { type ClaimResult, compareClaim, hasRunOut, isNotYetInForce } from '../kit/ground.js'

/** The province's own codes: those of the housing ministry's collection of licences. Anything else is unknown. */
const stateOf: Readonly<Record<string, string>> = {
  '01': 'valid',
  '02': 'suspended',
  '03': 'withdrawn',
  '04': 'cancelled',
  '05': 'expired',
  '06': 'transferred-out',
  '07': 'revoked',
}

export const VALID_STATUS = '01'

const codeOf: Readonly<Record<string, string>> = {
  valid: 'VALID',
  suspended: 'SUSPENDED',
  withdrawn: 'REVOKED',
  revoked: 'REVOKED',
  cancelled: 'CANCELLED',
  expired: 'EXPIRED',
  'transferred-out': 'SUPERSEDED',
  'not-yet-active': 'NOT_YET_VALID',
  unknown: 'STATUS_UNKNOWN',
}

// The order in which a finding decides when several hold.
const order = ['NOT_FOUND', 'REVOKED', 'MISMATCH', 'SUSPENDED', 'CANCELLED', 'SUPERSEDED', 'EXPIRED', 'NOT_YET_VALID']

/** Life-cycle in the dialect's terms. A licence in force whose first day is still to come is not active yet. */
export function lifecycleOf(licence: BookLicence, now: number) {
  const known = stateOf[licence.status] ?? 'unknown'
  const state = known === 'valid' && isNotYetInForce(licence, now) ? 'not-yet-active' : known
  return { state, raw: licence.status, encumbrances: [] }
}

/** The verdict report of a verification. A null licence is one that was never issued. */
export function reportOf(
  id: string,
  licence: BookLicence | null,
  claims: Readonly<Record<string, string>>,
  now: number,
) {
  const lifecycle = licence === null ? { state: 'unknown', raw: null, encumbrances: [] } : lifecycleOf(licence, now)
  const fields =
    licence === null
      ? {}
      : Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, compareClaim(licence, name, value)]))
  const code = codeFor(licence, lifecycle.state, fields, now)
  const evidence = { source: licence?.issuer.name ?? '证照库', asOf: new Date(now).toISOString() }
  const statusValue = code === 'VALID' || code === 'MISMATCH' ? 'VALID' : verdictOf(code)
  const notChecked = { value: 'NOT_CHECKED', reason: null, evidence: null }
  return {
    code,
    verdict: verdictOf(code),
    group: groupOf(code),
    licenceId: licence?.id ?? id,
    lifecycle,
    parts: {
      integrity: notChecked,
      seal: notChecked,
      identity: { value: 'VALID', reason: null, evidence },
      status: { value: statusValue, reason: statusValue === 'VALID' ? null : code, evidence },
    },
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(licence === null ? {} : { validFrom: licence.validFrom, validTo: licence.validTo ?? undefined }),
  }
}

function codeFor(
  licence: BookLicence | null,
  state: string,
  fields: Readonly<Record<string, ClaimResult>>,
  now: number,
): string {
  if (licence === null) return 'NOT_FOUND'
  const own = codeOf[state] ?? 'STATUS_UNKNOWN'
  const held = [
    own,
    ...(Object.values(fields).includes('mismatch') ? ['MISMATCH'] : []),
    ...(hasRunOut(licence, now) ? ['EXPIRED'] : []),
  ]
  return order.find((code) => held.includes(code)) ?? own
}

function groupOf(code: string): string {
  if (code === 'VALID') return 'ok'
  if (code === 'STATUS_UNKNOWN') return 'un'
  return ['NOT_FOUND', 'REVOKED', 'MISMATCH'].includes(code) ? 'no' : 'gr'
}

function verdictOf(code: string): string {
  if (code === 'VALID') return 'VALID'
  return code === 'STATUS_UNKNOWN' ? 'UNDETERMINED' : 'INVALID'
}
