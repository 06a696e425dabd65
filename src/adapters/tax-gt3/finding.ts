import { type ErrorCode, HubError } from '../../canonical/errors.js'
import type { Lifecycle, LifecycleState } from '../../canonical/lifecycle.js'
import type { CanonicalAnswer, ClaimResult, IssuerFinding } from '../../canonical/model.js'
import { isVerdictCode, type VerdictCode, verdictTable } from '../../canonical/verdict.js'
import type { XmlElement } from '../wire/xml.js'
import { element, optionalElement } from '../wire/xml-writer.js'
import { readClaims, wireClaim } from './claims.js'
import { dateAt, type Elements, endAt, flagOf, type Reading, refuse, textOf } from './elements.js'
import { readLifecycle, writeLifecycle } from './licence.js'

/** Children of `taxML` in an answer to verifyData. */
export const findingShape = {
  texts: new Set([
    ...['zzbs', 'hydm', 'hyjl', 'sfcz', 'zzzt', 'zzztyz', 'dyzt', 'zyzt'],
    ...['zzyxqqsrq', 'zzyxqjzrq', 'xxbf'],
  ]),
  lists: new Set(['hyx']),
}

const letterOf = { match: 'Y', mismatch: 'N', unknown: 'U' } as const
const resultOf: ReadonlyMap<string, ClaimResult> = new Map([
  ['Y', 'match'],
  ['N', 'mismatch'],
  ['U', 'unknown'],
])

// Verdicts after which nobody can say whether the licence exists, and the failure that each is for whoever asked.
const failureOfVerdict: Partial<Readonly<Record<VerdictCode, ErrorCode>>> = {
  ISSUER_UNREACHABLE: 'ISSUER_UNREACHABLE',
  ISSUER_UNKNOWN: 'ISSUER_UNKNOWN',
  UNSUPPORTED: 'OPERATION_UNSUPPORTED',
  NOT_AUTHORISED: 'LICENCE_WITHHELD',
}

interface Agreement {
  /** States that say the same as the code; the first stands in for those that say less. */
  readonly same: readonly [LifecycleState, ...LifecycleState[]]
  /** States that leave the code open: it was judged from a date, or the source's own status has no mapping. */
  readonly less: readonly LifecycleState[]
}
const agreementOf: Partial<Readonly<Record<VerdictCode, Agreement>>> = {
  VALID: { same: ['valid'], less: [] },
  REVOKED: { same: ['revoked', 'withdrawn'], less: ['unknown'] },
  SUSPENDED: { same: ['suspended'], less: ['unknown'] },
  CANCELLED: { same: ['cancelled', 'abolished'], less: ['unknown'] },
  SUPERSEDED: { same: ['superseded', 'transferred-out'], less: ['unknown'] },
  EXPIRED: { same: ['expired'], less: ['valid', 'not-yet-active', 'unknown'] },
  NOT_YET_VALID: { same: ['not-yet-active'], less: ['valid', 'unknown'] },
  STATUS_UNKNOWN: { same: ['unknown'], less: [] },
}
// The codes that a detail which does not match leaves standing; any other would have been MISMATCH.
const mayDiffer: ReadonlySet<VerdictCode> = new Set(['MISMATCH', 'REVOKED', 'NOT_FOUND'])

/**
 * What an issuing system says about a licence; a verdict code beside it (when the other side is a gateway) has to
 * agree, and never replaces it.
 *
 * @throws HubError REPLY_MALFORMED, or the failure that an undetermined verdict amounts to
 */
export function readFinding(elements: Elements, reading: Reading): IssuerFinding {
  const code = readCode(elements)
  const failure = code === null ? undefined : failureOfVerdict[code]
  if (failure !== undefined) throw new HubError(failure)
  const exists = flagOf(elements, 'sfcz') ?? refuse(elements, 'sfcz')
  if (code !== null && exists === (code === 'NOT_FOUND')) refuse(elements, 'sfcz')
  const lifecycle = readLifecycle(elements)
  if (code === null && exists && lifecycle.raw === null) refuse(elements, 'zzzt')
  const claims = readResults(elements.lists.get('hyx') ?? [], reading)
  const differs = Object.values(claims).includes('mismatch')
  const said = flagOf(elements, 'xxbf') === true
  if (code !== null && (differs || said) && !mayDiffer.has(code)) refuse(elements, 'hydm')
  return {
    existence: exists ? 'found' : 'not-found',
    lifecycle: code === null || !exists ? lifecycle : agreed(code, lifecycle, elements),
    validFrom: dateAt(elements, 'zzyxqqsrq'),
    validTo: endAt(elements, 'zzyxqjzrq').date,
    claims,
    mismatch: said || (code === 'MISMATCH' && !differs),
  }
}

function readCode(elements: Elements): VerdictCode | null {
  const code = elements.texts.get('hydm')
  if (code === undefined) return elements.texts.has('hyjl') ? refuse(elements, 'hydm') : null
  if (!isVerdictCode(code) || !isPossible(code)) return refuse(elements, 'hydm')
  return textOf(elements, 'hyjl') === verdictTable[code].verdict ? code : refuse(elements, 'hyjl')
}

// Nobody who was asked by identifier can have looked at bytes, seals or a presented code.
function isPossible(code: VerdictCode): boolean {
  return code === 'NOT_FOUND' || code === 'MISMATCH' || code in agreementOf || code in failureOfVerdict
}

/** The life-cycle as the code has it, where it says less than the code. */
function agreed(code: VerdictCode, lifecycle: Lifecycle, elements: Elements): Lifecycle {
  if (code === 'MISMATCH') {
    const { state } = lifecycle
    // REVOKED goes before MISMATCH.
    return state === 'revoked' || state === 'withdrawn' ? refuse(elements, 'hydm') : lifecycle
  }
  const agreement = agreementOf[code]
  if (agreement?.same.includes(lifecycle.state)) return lifecycle
  return agreement?.less.includes(lifecycle.state)
    ? { ...lifecycle, state: agreement.same[0] }
    : refuse(elements, 'zzzt')
}

function readResults(items: readonly XmlElement[], reading: Reading): Readonly<Record<string, ClaimResult>> {
  const results: [string, ClaimResult][] = []
  for (const [name, elements] of readClaims(items, reading)) {
    results.push([name, resultOf.get(textOf(elements, 'jg')) ?? refuse(elements, 'jg')])
  }
  return Object.fromEntries(results)
}

/** The elements of a gateway's answer to verifyData. */
export function writeVerdict(answer: Extract<CanonicalAnswer, { operation: 'verifyData' }>): string {
  const { licenceId, report, validFrom, validTo } = answer
  const { code, verdict, lifecycle, fields = {} } = report
  const exists = code === 'NOT_FOUND' ? 'N' : code in failureOfVerdict ? null : 'Y'
  return (
    element('zzbs', licenceId) +
    element('hydm', code) +
    element('hyjl', verdict) +
    optionalElement('sfcz', exists) +
    writeLifecycle(lifecycle) +
    optionalElement('zzyxqqsrq', validFrom) +
    optionalElement('zzyxqjzrq', validTo) +
    Object.entries(fields).map(writeResult).join('')
  )
}

function writeResult([name, result]: readonly [string, ClaimResult]): string {
  return `<hyx>${element('xmc', wireClaim(name))}${element('jg', letterOf[result])}</hyx>`
}
