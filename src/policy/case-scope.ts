import type { AuditRecord } from '../canonical/audit-record.js'
import { readCitizenId } from '../canonical/citizen-id.js'
import { HubError } from '../canonical/errors.js'
import type { CanonicalAnswer, CanonicalRequest, Holder, VerifyDataRequest } from '../canonical/model.js'
import { isUscc } from '../canonical/uscc.js'

export interface CaseScopeParts {
  now(): number
  /** The keyed hash of the audit log: what is kept here leads to nobody, and can be rebuilt from the log. */
  hash(kind: 'holder' | 'licence' | 'case', value: string): string
  /** How long a case is remembered from its first use, in milliseconds. */
  readonly ttlMs?: number
  /** Cases remembered for each caller. */
  readonly limit?: number
}

/** What is held back until the answer is known. */
export interface CaseTicket {
  /** Binds the case to the holder of the answer. @throws HubError CASE_SCOPE_EXCEEDED when it is somebody else's */
  settle(answer: CanonicalAnswer): void
}

/**
 * 一事一查: one case (办件) fetches the licences of one holder. The first answer binds the case to its holder; a second
 * holder is refused, and asking again for the same one is not.
 *
 * - A search names its holder, so a second holder is refused before anybody is asked.
 * - The answer to getData names its holders; it must share one with the case, or it does not leave.
 * - verifyData without claims tells a verdict about an identifier that the asker already holds, and is not limited.
 *   With claims it is: the licence must be known in the case, or the claimed holder code be that of the case.
 *   A case that knows no holder yet is bound to the one licence.
 *
 * Only items are limited: an inspection plan, a site or a hotel stands for many holders. Kept in memory, and rebuilt
 * from the audit log by `restore`; when a caller's cases are too many, new ones are refused rather than old ones
 * forgotten.
 */
export interface CaseScope {
  /** @throws HubError CASE_SCOPE_EXCEEDED, or RATE_LIMITED when the caller has too many cases */
  admit(caller: string, request: CanonicalRequest): CaseTicket
  /** Takes over what the log knows of a case, records in order. */
  restore(record: AuditRecord): void
}

interface Case {
  /** Empty while no answer has named a holder. */
  readonly holders: Set<string>
  readonly licences: Set<string>
  readonly expires: number
}

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000
const LICENCES_PER_CASE = 64
const unlimited: CaseTicket = { settle() {} }

export function createCaseScope(parts: CaseScopeParts): CaseScope {
  const { now, hash, ttlMs = THIRTY_DAYS_MS, limit = 100_000 } = parts
  const cases = new Map<string, Map<string, Case>>()
  const holderHash = ({ typeCode, code }: Pick<Holder, 'typeCode' | 'code'>) => hash('holder', `${typeCode}:${code}`)

  function admit(caller: string, request: CanonicalRequest): CaseTicket {
    const { category, itemCode, caseNumber } = request.purpose
    if (category !== 'item' || itemCode === null || caseNumber === null) return unlimited
    if (request.operation === 'verifyData' && Object.keys(request.claims).length === 0) return unlimited
    const key = keyOf(itemCode, hash('case', caseNumber))
    const known = () => lookUp(caller, key)
    if (known() === undefined) refuseWhenFull(caller)
    switch (request.operation) {
      case 'search': {
        const holder = holderHash(request.holder)
        refuseUnless(admits(known(), holder))
        return {
          settle(answer) {
            if (answer.operation !== 'search') return
            const found = answer.found.map(({ id }) => hash('licence', id))
            const held = known()
            const isLinked = held === undefined || held.licences.size === 0 || found.some((id) => held.licences.has(id))
            refuseUnless(admits(held, holder) && (isLinked || held.holders.size > 0))
            bind(caller, key, [holder], found)
          },
        }
      }
      case 'getData': {
        const licence = hash('licence', request.licenceId)
        return {
          settle(answer) {
            if (answer.operation !== 'getData') return
            const holders = answer.licence.holders.map(holderHash)
            refuseUnless(belongs(known(), licence, holders))
            bind(caller, key, holders, [licence])
          },
        }
      }
      case 'verifyData': {
        const licence = hash('licence', request.licenceId)
        const claimed = claimedHolder(request)
        const holders = claimed === null ? [] : [holderHash(claimed)]
        refuseUnless(belongs(known(), licence, holders))
        return {
          settle(answer) {
            if (answer.operation !== 'verifyData' || answer.report.group === 'un') return
            refuseUnless(belongs(known(), licence, holders))
            // Only a holder that the issuer confirmed binds the case; a wrong claim says nothing of whose it is.
            const isConfirmed = answer.report.fields?.['holderCode'] === 'match'
            if (isConfirmed || claimed === null) bind(caller, key, isConfirmed ? holders : [], [licence])
          },
        }
      }
    }
  }

  function restore(record: AuditRecord): void {
    const { caller, operation, itemCode, caseHash, holderHash: holder, licenceHash, outcome } = record
    if (outcome !== 'answered' || caller === null || itemCode === null || caseHash === null) return
    const began = Date.parse(record.at)
    const key = keyOf(itemCode, caseHash)
    // A caller whose cases are full is refused new ones anyway.
    if (lookUp(caller, key) === undefined && (cases.get(caller)?.size ?? 0) >= limit) return
    if (operation === 'search' && holder !== null) bind(caller, key, [holder], [], began)
    if (operation === 'getData' && licenceHash !== null) bind(caller, key, [], [licenceHash], began)
  }

  function lookUp(caller: string, key: string): Case | undefined {
    const held = cases.get(caller)?.get(key)
    return held !== undefined && held.expires > now() ? held : undefined
  }

  /** The first holders bind a case for good: they are never added to, or a chain of joint licences would lead on. */
  function bind(
    caller: string,
    key: string,
    holders: readonly string[],
    licences: readonly string[],
    began: number = now(),
  ): void {
    if (began + ttlMs <= now() || (holders.length === 0 && licences.length === 0)) return
    const own = cases.get(caller) ?? new Map<string, Case>()
    cases.set(caller, own)
    const held = lookUp(caller, key)
    if (held === undefined) {
      refuseWhenFull(caller)
      // Deleted first, so that the map stays in order of expiry.
      own.delete(key)
      own.set(key, {
        holders: new Set(holders),
        licences: new Set(licences.slice(0, LICENCES_PER_CASE)),
        expires: began + ttlMs,
      })
      return
    }
    if (held.holders.size === 0) for (const holder of holders) held.holders.add(holder)
    for (const licence of licences) if (held.licences.size < LICENCES_PER_CASE) held.licences.add(licence)
  }

  function refuseWhenFull(caller: string): void {
    const own = cases.get(caller)
    if (own === undefined || own.size < limit) return
    for (const [key, { expires }] of own) {
      if (expires > now()) break
      own.delete(key)
    }
    if (own.size >= limit) throw new HubError('RATE_LIMITED', { subject: 'purpose.caseNumber', retryAfter: 3600 })
  }

  return { admit, restore }
}

/** True unless the case is known to be about other holders. */
function admits(held: Case | undefined, holder: string): boolean {
  return held === undefined || held.holders.size === 0 || held.holders.has(holder)
}

/** True when the case is new, knows the licence, or shares a holder with it. */
function belongs(held: Case | undefined, licence: string, holders: readonly string[]): boolean {
  if (held === undefined || held.licences.has(licence)) return true
  return held.holders.size > 0 && holders.some((holder) => held.holders.has(holder))
}

/** The kind of code is not claimed along with it; the two that have a check can be told. */
function claimedHolder({ claims }: VerifyDataRequest): Pick<Holder, 'typeCode' | 'code'> | null {
  const code = claims['holderCode']
  if (code === undefined) return null
  const citizen = readCitizenId(code)
  if (citizen !== undefined) return { typeCode: '111', code: citizen }
  return { typeCode: isUscc(code) ? '001' : '?', code }
}

function refuseUnless(holds: boolean): void {
  if (!holds) throw new HubError('CASE_SCOPE_EXCEEDED', { subject: 'purpose.caseNumber' })
}

function keyOf(itemCode: string, caseHash: string): string {
  return `${itemCode}\0${caseHash}`
}
