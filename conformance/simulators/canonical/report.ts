import type { BookLicence } from '../kit/book.js'

/** Our reading of the status codes that this system keeps (住建 归集 codes, STANDARDS' MOHURD row). */
const states: Readonly<Record<string, readonly [state: string, code: string]>> = {
  '01': ['valid', 'VALID'],
  '02': ['suspended', 'SUSPENDED'],
  '03': ['withdrawn', 'REVOKED'],
  '04': ['cancelled', 'CANCELLED'],
  '05': ['expired', 'EXPIRED'],
  '06': ['transferred-out', 'SUPERSEDED'],
  '07': ['revoked', 'REVOKED'],
}

const groups: Readonly<Record<string, readonly [verdict: string, group: string]>> = {
  VALID: ['VALID', 'ok'],
  NOT_FOUND: ['INVALID', 'no'],
  REVOKED: ['INVALID', 'no'],
  MISMATCH: ['INVALID', 'no'],
  SUSPENDED: ['INVALID', 'gr'],
  CANCELLED: ['INVALID', 'gr'],
  SUPERSEDED: ['INVALID', 'gr'],
  EXPIRED: ['INVALID', 'gr'],
  NOT_YET_VALID: ['INVALID', 'gr'],
  STATUS_UNKNOWN: ['UNDETERMINED', 'un'],
}

const NOT_CHECKED = { value: 'NOT_CHECKED', reason: null, evidence: null }

export function lifecycleOf({ status }: BookLicence) {
  return { state: states[status]?.[0] ?? 'unknown', raw: status, encumbrances: [] }
}

/** The verdict report of a licence, or of its absence. `now` is epoch milliseconds. */
export function reportOf(
  id: string,
  licence: BookLicence | undefined,
  claims: Readonly<Record<string, string>>,
  node: string,
  now: number,
) {
  const today = new Date(now + 8 * 3_600_000).toISOString().slice(0, 10)
  const fields = licence === undefined ? {} : claimResults(licence, claims)
  const code = codeOf(licence, fields, today)
  const [verdict = '', group = ''] = groups[code] ?? []
  const evidence = { source: node, asOf: new Date(now).toISOString() }
  const statusCode = code === 'MISMATCH' ? 'VALID' : code
  const [value = ''] = groups[statusCode] ?? []
  return {
    verdict,
    code,
    group,
    licenceId: id,
    parts: {
      integrity: NOT_CHECKED,
      seal: NOT_CHECKED,
      identity: { value: 'VALID', reason: null, evidence },
      status: { value, reason: statusCode === 'VALID' ? null : statusCode, evidence },
    },
    lifecycle: licence === undefined ? { state: 'unknown', raw: null, encumbrances: [] } : lifecycleOf(licence),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(licence === undefined ? {} : { validFrom: licence.validFrom, validTo: licence.validTo ?? undefined }),
  }
}

function codeOf(licence: BookLicence | undefined, fields: Readonly<Record<string, string>>, today: string): string {
  if (licence === undefined) return 'NOT_FOUND'
  const own = states[licence.status]?.[1] ?? 'STATUS_UNKNOWN'
  if (own === 'REVOKED') return own
  if (Object.values(fields).includes('mismatch')) return 'MISMATCH'
  if (own !== 'VALID') return own
  if (licence.validTo !== null && licence.validTo < today) return 'EXPIRED'
  return licence.validFrom > today ? 'NOT_YET_VALID' : 'VALID'
}

function claimResults(
  licence: BookLicence,
  claims: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const own: Readonly<Record<string, readonly string[]>> = {
    name: [licence.name],
    number: [licence.number],
    holderName: licence.holders.map(({ name }) => name),
    holderCode: licence.holders.map(({ code }) => code),
    issuedOn: [licence.issuedOn],
    validFrom: [licence.validFrom],
    validTo: licence.validTo === null ? [] : [licence.validTo],
    ...Object.fromEntries(Object.entries(licence.fields).map(([name, value]) => [name, [value]])),
  }
  return Object.fromEntries(
    Object.entries(claims).map(([name, claim]) => {
      const values = own[name]
      return [name, values === undefined ? 'unknown' : values.includes(claim) ? 'match' : 'mismatch']
    }),
  )
}
