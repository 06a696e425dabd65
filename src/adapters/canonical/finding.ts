import type { Lifecycle, LifecycleState } from '../../canonical/lifecycle.js'
import type { ClaimResult, IssuerFinding } from '../../canonical/model.js'
import { isVerdictCode, type VerdictCode, verdictParts, verdictTable } from '../../canonical/verdict.js'
import { failureOfVerdict } from './codes.js'
import { readDate, readLifecycle } from './licence.js'
import { type Members, objectAt, optionalStringAt, refuse, stringAt, stringsAt } from './members.js'

interface Agreement {
  /** States that say the same as the code; the first stands in for those that say less. */
  readonly same: readonly [LifecycleState, ...LifecycleState[]]
  /** States that leave the code open: it was judged from a date, or the source's own code has no mapping. */
  readonly less: readonly LifecycleState[]
}

const agreementOf: Partial<Record<VerdictCode, Agreement>> = {
  VALID: { same: ['valid'], less: [] },
  REVOKED: { same: ['revoked', 'withdrawn'], less: ['unknown'] },
  SUSPENDED: { same: ['suspended'], less: ['unknown'] },
  CANCELLED: { same: ['cancelled', 'abolished'], less: ['unknown'] },
  SUPERSEDED: { same: ['superseded', 'transferred-out'], less: ['unknown'] },
  EXPIRED: { same: ['expired'], less: ['valid', 'not-yet-active', 'unknown'] },
  NOT_YET_VALID: { same: ['not-yet-active'], less: ['valid', 'unknown'] },
  STATUS_UNKNOWN: { same: ['unknown'], less: [] },
}
// The codes that a claim which does not match leaves standing; any other would have been MISMATCH.
const mayDiffer = new Set<VerdictCode>(['MISMATCH', 'REVOKED', 'NOT_FOUND'])

/**
 * A verdict report as the finding that our own judgement starts from.
 *
 * @throws HubError the failure that an undetermined report amounts to, or REPLY_MALFORMED for a report that is none or
 * contradicts itself
 */
export function readFinding(members: Members): IssuerFinding {
  const code = readCode(members)
  const lifecycle = readLifecycle(objectAt(members, 'lifecycle'))
  const claims = readClaims(members)
  if (Object.values(claims).includes('mismatch') && !mayDiffer.has(code)) refuse(members, 'fields')
  const dates = { validFrom: readDate(members, 'validFrom'), validTo: readDate(members, 'validTo') }
  if (code === 'NOT_FOUND') return { existence: 'not-found', lifecycle, ...dates, claims, mismatch: false }
  if (code === 'MISMATCH') {
    if (lifecycle.state === 'revoked' || lifecycle.state === 'withdrawn') refuse(members, 'code')
    return { existence: 'found', lifecycle, ...dates, claims, mismatch: !Object.values(claims).includes('mismatch') }
  }
  const agreed = agree(code, lifecycle) ?? refuse(members, 'lifecycle')
  return { existence: 'found', lifecycle: agreed, ...dates, claims, mismatch: false }
}

/** The life-cycle as the code has it, or undefined when the two contradict each other. */
function agree(code: VerdictCode, lifecycle: Lifecycle): Lifecycle | undefined {
  const agreement = agreementOf[code]
  if (agreement?.same.includes(lifecycle.state)) return lifecycle
  return agreement?.less.includes(lifecycle.state) ? { ...lifecycle, state: agreement.same[0] } : undefined
}

/** The report's code, once verdict, group and parts have been found to go with it. @throws its failure, if it is one */
function readCode(members: Members): VerdictCode {
  const code = stringAt(members, 'code')
  if (!isVerdictCode(code)) return refuse(members, 'code')
  const { verdict, group } = verdictTable[code]
  if (members.values['verdict'] !== verdict) refuse(members, 'verdict')
  if (members.values['group'] !== group) refuse(members, 'group')
  const parts = objectAt(members, 'parts')
  const reasons = verdictParts.map((name) => readReason(objectAt(parts, name)))
  const failure = failureOfVerdict(code, reasons)
  if (failure !== undefined) throw failure
  return code
}

function readReason(members: Members): string | null {
  const value = stringAt(members, 'value')
  if (!['VALID', 'INVALID', 'UNDETERMINED', 'NOT_CHECKED'].includes(value)) refuse(members, 'value')
  return optionalStringAt(members, 'reason')
}

function readClaims(members: Members): Readonly<Record<string, ClaimResult>> {
  const results = stringsAt(members, 'fields')
  for (const [name, result] of Object.entries(results)) {
    if (result !== 'match' && result !== 'mismatch' && result !== 'unknown') {
      refuse(members, /^\w{1,40}$/.test(name) ? `fields.${name}` : 'fields')
    }
  }
  return results as Record<string, ClaimResult>
}
