import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AuditRecord } from '../canonical/audit-record.js'
import { HubError } from '../canonical/errors.js'
import { formatLicenceId, type LicenceId } from '../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, ClaimResult, Holder, Licence } from '../canonical/model.js'
import type { UsePurpose } from '../canonical/purpose.js'
import { type VerdictCode, verdictReport } from '../canonical/verdict.js'
import { type CaseScope, createCaseScope } from './case-scope.js'

const type = '11100000000013338W011'
const idOf = (serial: number) =>
  formatLicenceId({ type, issuer: '11430000006122244L', serial: `2023${serial}`, version: '001' })
const [first, second, third] = [idOf(1), idOf(2), idOf(3)]
const yi: Holder = { typeCode: '111', code: '11010519491231002X', name: '测试员乙' }
const bing: Holder = { typeCode: '001', code: '91430000MA0000TX0A', name: '测试企业' }
const HOUR = 3_600_000

const purpose: UsePurpose = {
  organisation: '测试',
  operator: { id: 'window-07', name: null, assurance: 'asserted' },
  category: 'item',
  itemCode: 'TEST-0001',
  itemName: null,
  caseNumber: 'CASE-1',
  reason: '测试',
}
const hash = (kind: string, value: string) => createHash('sm3').update(`${kind}\0${value}`).digest('hex')

function scopeAt(clock: { now: number }, limit = 10): CaseScope {
  return createCaseScope({ now: () => clock.now, hash, ttlMs: HOUR, limit })
}
function fresh(limit?: number): CaseScope {
  return scopeAt({ now: 0 }, limit)
}

interface Step {
  readonly caller?: string
  readonly purpose?: Partial<UsePurpose>
}
/** `ok`, `refused before` anybody was asked, or `refused after` the answer came. */
function exchange(
  scope: CaseScope,
  request: CanonicalRequest,
  answer: CanonicalAnswer,
  { caller = 'guangdong' }: Step,
) {
  let asked = false
  try {
    const ticket = scope.admit(caller, request)
    asked = true
    ticket.settle(answer)
    return 'ok'
  } catch (thrown) {
    const { code } = HubError.from(thrown)
    return code === 'CASE_SCOPE_EXCEEDED' ? `refused ${asked ? 'after' : 'before'}` : code
  }
}
function askedFor(step: Step) {
  return { purpose: { ...purpose, ...step.purpose }, trace: 'trace-0001', hops: [], deadline: null }
}
function search(scope: CaseScope, holder: Holder, found: readonly LicenceId[], step: Step = {}) {
  const summary = (id: LicenceId) => ({
    id,
    name: null,
    typeCode: type,
    issuer: { code: '11430000006122244L', name: null },
    lifecycle: { state: 'valid', raw: null, encumbrances: [] } as const,
  })
  const request: CanonicalRequest = {
    ...askedFor(step),
    operation: 'search',
    holder,
    typeCode: type,
    issuer: null,
    division: null,
  }
  return exchange(scope, request, { operation: 'search', found: found.map(summary) }, step)
}
function getData(scope: CaseScope, id: LicenceId, holders: readonly Holder[], step: Step = {}) {
  const licence: Licence = {
    id,
    name: null,
    typeCode: type,
    typeName: null,
    number: null,
    issuer: { code: '11430000006122244L', name: null },
    holders,
    issuedOn: null,
    validFrom: null,
    validTo: null,
    validToRaw: null,
    lifecycle: { state: 'valid', raw: null, encumbrances: [] },
    fields: {},
  }
  const request: CanonicalRequest = { ...askedFor(step), operation: 'getData', licenceId: id }
  return exchange(scope, request, { operation: 'getData', licence }, step)
}
function verify(
  scope: CaseScope,
  id: LicenceId,
  claims: Record<string, string>,
  fields: Record<string, ClaimResult> = {},
  code: VerdictCode = 'VALID',
) {
  const request: CanonicalRequest = { ...askedFor({}), operation: 'verifyData', licenceId: id, claims }
  const report = verdictReport({ code, parts: {}, fields })
  return exchange(scope, request, { operation: 'verifyData', licenceId: id, report }, {})
}

describe('one case, one holder', () => {
  test('a second holder is refused before anybody is asked', () => {
    const scope = fresh()
    expect(search(scope, yi, [first])).toBe('ok')
    expect(search(scope, bing, [])).toBe('refused before')
  })
  test('asking again for the same one is not refused', () => {
    const scope = fresh()
    for (let time = 0; time < 3; time++) {
      expect(search(scope, yi, [first])).toBe('ok')
      expect(getData(scope, first, [yi])).toBe('ok')
    }
  })
  test('several licences of one holder are one matter', () => {
    const scope = fresh()
    expect(getData(scope, first, [yi])).toBe('ok')
    expect(getData(scope, second, [yi])).toBe('ok')
  })
  test('data of somebody else’s licence does not leave', () => {
    const scope = fresh()
    expect(getData(scope, first, [yi])).toBe('ok')
    expect(getData(scope, second, [bing])).toBe('refused after')
  })
  test('a joint licence may follow, and does not open the way to the other holder', () => {
    const scope = fresh()
    expect(getData(scope, first, [yi])).toBe('ok')
    expect(getData(scope, second, [yi, bing])).toBe('ok')
    expect(getData(scope, third, [bing])).toBe('refused after')
  })
  test('a licence whose holder the source hides is refused once the case has a holder', () => {
    const scope = fresh()
    expect(getData(scope, first, [yi])).toBe('ok')
    expect(getData(scope, second, [])).toBe('refused after')
  })
  test('the licences that a search found are the case’s own', () => {
    const scope = fresh()
    expect(search(scope, yi, [first])).toBe('ok')
    expect(getData(scope, first, [])).toBe('ok')
  })
  test('two questions at once: the first answer binds, the other does not leave', () => {
    const scope = fresh()
    const ask = (id: LicenceId) => scope.admit('guangdong', { ...askedFor({}), operation: 'getData', licenceId: id })
    const [one, other] = [ask(first), ask(second)]
    const answer = (id: LicenceId, holder: Holder): CanonicalAnswer => ({
      operation: 'getData',
      licence: { id, holders: [holder] } as unknown as Licence,
    })
    other.settle(answer(second, bing))
    expect(() => one.settle(answer(first, yi))).toThrow(/CASE_SCOPE_EXCEEDED/)
  })
  test.each<[string, Step]>([
    ['another case', { purpose: { caseNumber: 'CASE-2' } }],
    ['another item', { purpose: { itemCode: 'TEST-0002' } }],
    ['another caller', { caller: 'fujian' }],
    ['a category that stands for many holders', { purpose: { category: 'hotel' } }],
  ])('%s is another matter', (_, step) => {
    const scope = fresh()
    expect(search(scope, yi, [first])).toBe('ok')
    expect(search(scope, bing, [second], step)).toBe('ok')
  })
})

describe('verification', () => {
  test('without claims it tells a verdict only, and is not limited', () => {
    const scope = fresh()
    expect(search(scope, yi, [first])).toBe('ok')
    expect(verify(scope, second, {})).toBe('ok')
  })
  test('with claims, of a licence that the case knows, it is granted', () => {
    const scope = fresh()
    expect(search(scope, yi, [first])).toBe('ok')
    expect(verify(scope, first, { number: '1' }, { number: 'match' })).toBe('ok')
  })
  test('with claims, of another licence, it needs the case’s holder among them', () => {
    const scope = fresh()
    expect(search(scope, yi, [first])).toBe('ok')
    expect(verify(scope, second, { number: '1' })).toBe('refused before')
    expect(verify(scope, second, { number: '1', holderCode: bing.code })).toBe('refused before')
    expect(verify(scope, second, { number: '1', holderCode: yi.code }, { holderCode: 'match' })).toBe('ok')
    expect(verify(scope, third, { holderCode: '11010519491231002x' }, { holderCode: 'match' })).toBe('ok')
  })
  test('a claim that the issuer denies still gets its verdict, and does not make the licence the case’s own', () => {
    const scope = fresh()
    expect(search(scope, yi, [first])).toBe('ok')
    expect(verify(scope, second, { holderCode: yi.code }, { holderCode: 'mismatch' }, 'MISMATCH')).toBe('ok')
    expect(getData(scope, second, [bing])).toBe('refused after')
  })
  test('a confirmed holder binds a new case', () => {
    const scope = fresh()
    expect(verify(scope, first, { holderCode: yi.code }, { holderCode: 'match' })).toBe('ok')
    expect(search(scope, bing, [])).toBe('refused before')
  })
  test('a new case that knows no holder is bound to the licence', () => {
    const scope = fresh()
    expect(verify(scope, first, { number: '1' }, { number: 'match' })).toBe('ok')
    expect(verify(scope, first, { number: '2' }, { number: 'mismatch' })).toBe('ok')
    expect(verify(scope, second, { number: '1' })).toBe('refused before')
    expect(search(scope, bing, [third])).toBe('refused after')
    expect(search(scope, yi, [first])).toBe('ok')
    expect(search(scope, bing, [])).toBe('refused before')
  })
  test('an outage binds nothing', () => {
    const scope = fresh()
    expect(verify(scope, first, { number: '1' }, {}, 'ISSUER_UNREACHABLE')).toBe('ok')
    expect(search(scope, bing, [second])).toBe('ok')
  })
})

describe('memory', () => {
  test('a case is forgotten after its time', () => {
    const clock = { now: 0 }
    const scope = scopeAt(clock)
    expect(search(scope, yi, [first])).toBe('ok')
    clock.now = HOUR - 1
    expect(search(scope, bing, [])).toBe('refused before')
    clock.now = HOUR
    expect(search(scope, bing, [second])).toBe('ok')
    expect(search(scope, yi, [])).toBe('refused before')
  })
  test('when a caller has too many cases new ones are refused, and old ones still hold', () => {
    const clock = { now: 0 }
    const scope = scopeAt(clock, 2)
    const inCase = (caseNumber: string): Step => ({ purpose: { caseNumber } })
    expect(search(scope, yi, [], inCase('1'))).toBe('ok')
    clock.now = HOUR / 2
    expect(search(scope, yi, [], inCase('2'))).toBe('ok')
    expect(search(scope, yi, [], inCase('3'))).toBe('RATE_LIMITED')
    expect(search(scope, bing, [], inCase('1'))).toBe('refused before')
    expect(search(scope, yi, [], { ...inCase('3'), caller: 'fujian' })).toBe('ok')
    clock.now = HOUR
    expect(search(scope, yi, [], inCase('3'))).toBe('ok')
  })
  test('the log rebuilds it after a restart', () => {
    const record: AuditRecord = {
      index: 0,
      at: new Date(0).toISOString(),
      trace: 'trace-0001',
      caller: 'guangdong',
      operation: 'search',
      type,
      holderHash: hash('holder', `${yi.typeCode}:${yi.code}`),
      licenceHash: null,
      itemCode: 'TEST-0001',
      caseHash: hash('case', 'CASE-1'),
      operator: 'asserted',
      route: 'hunan',
      outcome: 'answered',
      code: 'OK',
      requestSm3: '',
      answerSm3: '',
      configVersion: '',
      ms: 1,
    }
    const clock = { now: 1 }
    const scope = scopeAt(clock)
    scope.restore(record)
    expect(search(scope, bing, [])).toBe('refused before')
    expect(search(scope, yi, [first])).toBe('ok')
    clock.now = HOUR
    expect(search(scope, bing, [])).toBe('ok')

    const refused = fresh()
    refused.restore({ ...record, outcome: 'refused' })
    expect(search(refused, bing, [])).toBe('ok')
    const byLicence = fresh()
    byLicence.restore({ ...record, operation: 'getData', holderHash: null, licenceHash: hash('licence', first) })
    expect(getData(byLicence, second, [bing])).toBe('refused after')
    expect(getData(byLicence, first, [yi])).toBe('ok')
    expect(getData(byLicence, second, [yi])).toBe('ok')
  })
})
