import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import { encumbrances, type Lifecycle, lifecycleStates } from '../../canonical/lifecycle.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer, Licence } from '../../canonical/model.js'
import { type VerdictCode, verdictCodes, verdictReport, verdictTable } from '../../canonical/verdict.js'
import { judgeFinding } from '../../trust/judge.js'
import type { CanonicalMessage } from './envelope.js'
import { envelope } from './envelope.js'
import { fields } from './fields.js'

const licenceId = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const otherId = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S')
const common = {
  purpose: {
    organisation: '测试单位',
    operator: { id: 'window-07', name: null, assurance: 'asserted' },
    category: 'own-licences',
    itemCode: null,
    itemName: null,
    caseNumber: null,
    reason: '测试',
  },
  trace: 'trace-0001',
  hops: [],
  deadline: null,
} as const
const verifying: CanonicalRequest = { operation: 'verifyData', licenceId, claims: {}, ...common }
const getting: CanonicalRequest = { operation: 'getData', licenceId, ...common }
const holder = { typeCode: '111', code: '11010519491231002X', name: null }
const searching: CanonicalRequest = {
  operation: 'search',
  holder,
  typeCode: null,
  issuer: null,
  division: '430000',
  ...common,
}

const messageOf = (body: CanonicalMessage['body'], status = 200): CanonicalMessage => ({
  operation: null,
  status,
  retryAfter: null,
  body,
})
const read = (body: CanonicalMessage['body'], asked: CanonicalRequest) => fields.toAnswer(messageOf(body), asked).value

function outcome(body: CanonicalMessage['body'], asked: CanonicalRequest): string {
  try {
    read(body, asked)
    return 'accepted'
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown
    return thrown.subject === undefined ? thrown.code : `${thrown.code} ${thrown.subject}`
  }
}

const lifecycleOf = (state: Lifecycle['state']): Lifecycle => ({ state, raw: '7', encumbrances: [] })
const reportOf = (code: VerdictCode, state: Lifecycle['state'], more: object = {}) => ({
  licenceId,
  ...verdictReport({ code, parts: {}, lifecycle: lifecycleOf(state) }),
  ...more,
})

describe('a verdict report as a finding', () => {
  test.each<[VerdictCode, Lifecycle['state'], Lifecycle['state']]>([
    ['VALID', 'valid', 'valid'],
    ['REVOKED', 'revoked', 'revoked'],
    ['REVOKED', 'withdrawn', 'withdrawn'],
    ['REVOKED', 'unknown', 'revoked'],
    ['SUSPENDED', 'suspended', 'suspended'],
    ['SUSPENDED', 'unknown', 'suspended'],
    ['CANCELLED', 'cancelled', 'cancelled'],
    ['CANCELLED', 'abolished', 'abolished'],
    ['SUPERSEDED', 'superseded', 'superseded'],
    ['SUPERSEDED', 'transferred-out', 'transferred-out'],
    ['EXPIRED', 'expired', 'expired'],
    ['EXPIRED', 'valid', 'expired'],
    ['EXPIRED', 'unknown', 'expired'],
    ['NOT_YET_VALID', 'not-yet-active', 'not-yet-active'],
    ['NOT_YET_VALID', 'valid', 'not-yet-active'],
    ['STATUS_UNKNOWN', 'unknown', 'unknown'],
  ])('%s over %s is found and %s', (code, state, expected) => {
    expect(read(reportOf(code, state), verifying)).toEqual({
      operation: 'verifyData',
      licenceId,
      finding: {
        existence: 'found',
        lifecycle: lifecycleOf(expected),
        validFrom: null,
        validTo: null,
        claims: {},
        mismatch: false,
      },
    })
  })

  test('NOT_FOUND is not found', () => {
    expect(read(reportOf('NOT_FOUND', 'unknown'), verifying)).toMatchObject({ finding: { existence: 'not-found' } })
  })

  test('MISMATCH keeps the results by claim, or says that something differs', () => {
    const named = reportOf('MISMATCH', 'valid', { fields: { name: 'mismatch', number: 'match' } })
    expect(read(named, verifying)).toMatchObject({ finding: { claims: named.fields, mismatch: false } })
    expect(read(reportOf('MISMATCH', 'valid'), verifying)).toMatchObject({ finding: { claims: {}, mismatch: true } })
  })

  test('dates, encumbrances and the raw status come through', () => {
    const lifecycle = { state: 'valid', raw: '01', encumbrances: ['mortgaged', 'pledged'] }
    const body = reportOf('VALID', 'valid', { lifecycle, validFrom: '2023-01-01', validTo: '2024-02-29' })
    expect(read(body, verifying)).toMatchObject({
      finding: { lifecycle, validFrom: '2023-01-01', validTo: '2024-02-29' },
    })
  })

  const everyPair = verdictCodes.flatMap((code) => lifecycleStates.map((state) => [code, state] as const))
  test.each(everyPair)('%s over %s is judged as itself, or not at all', (code, state) => {
    let judged: VerdictCode
    try {
      const answer = read(reportOf(code, state), verifying)
      judged = judgeFinding((answer as Extract<IssuerAnswer, { operation: 'verifyData' }>).finding, {
        source: 'peer',
        at: 1_700_000_000_000,
      }).code
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(HubError)
      judged = code
    }
    expect(judged).toBe(code)
  })
})

describe('a report that is none, or contradicts itself', () => {
  const valid = reportOf('VALID', 'valid')
  test.each<[string, string, CanonicalMessage['body']]>([
    ['REPLY_MISMATCH licenceId', 'another licence', { ...valid, licenceId: otherId }],
    ['REPLY_MALFORMED licenceId', 'no licence', { ...valid, licenceId: undefined }],
    ['REPLY_MALFORMED code', 'no code', { ...valid, code: undefined }],
    ['REPLY_MALFORMED code', 'a code that does not exist', { ...valid, code: 'FINE' }],
    ['REPLY_MALFORMED code', 'a name that objects have', { ...valid, code: 'toString' }],
    ['REPLY_MALFORMED verdict', 'a verdict that is not the code’s', { ...valid, verdict: 'INVALID' }],
    [
      'REPLY_MALFORMED verdict',
      'an undetermined code called valid',
      reportOf('STATUS_UNKNOWN', 'unknown', { verdict: 'VALID' }),
    ],
    ['REPLY_MALFORMED group', 'a group that is not the code’s', { ...valid, group: 'un' }],
    ['REPLY_MALFORMED parts', 'no parts', { ...valid, parts: undefined }],
    ['REPLY_MALFORMED parts.seal', 'a part missing', { ...valid, parts: { ...valid.parts, seal: undefined } }],
    [
      'REPLY_MALFORMED parts.status.value',
      'a part with a value of its own',
      { ...valid, parts: { ...valid.parts, status: { value: 'OK' } } },
    ],
    ['REPLY_MALFORMED lifecycle', 'no life-cycle', { ...valid, lifecycle: undefined }],
    ['REPLY_MALFORMED lifecycle.state', 'no state', { ...valid, lifecycle: { raw: '1' } }],
    [
      'REPLY_MALFORMED lifecycle.encumbrances',
      'an encumbrance without a word',
      { ...valid, lifecycle: { state: 'valid', encumbrances: ['leased'] } },
    ],
    ['REPLY_MALFORMED lifecycle', 'valid and revoked', reportOf('VALID', 'revoked')],
    ['REPLY_MALFORMED lifecycle', 'valid and not known', reportOf('VALID', 'unknown')],
    ['REPLY_MALFORMED lifecycle', 'valid and a state of next year', { ...valid, lifecycle: { state: 'frozen' } }],
    ['REPLY_MALFORMED lifecycle', 'revoked and valid', reportOf('REVOKED', 'valid')],
    ['REPLY_MALFORMED lifecycle', 'unknown and valid', reportOf('STATUS_UNKNOWN', 'valid')],
    ['REPLY_MALFORMED code', 'differing and revoked, which comes first', reportOf('MISMATCH', 'revoked')],
    ['REPLY_MALFORMED fields', 'valid though a claim differs', { ...valid, fields: { name: 'mismatch' } }],
    [
      'REPLY_MALFORMED fields',
      'expired though a claim differs',
      reportOf('EXPIRED', 'expired', { fields: { name: 'mismatch' } }),
    ],
    ['REPLY_MALFORMED fields.name', 'a result that does not exist', { ...valid, fields: { name: 'yes' } }],
    ['REPLY_MALFORMED validTo', 'a date in words', { ...valid, validTo: '长期' }],
    ['REPLY_MALFORMED validTo', 'a date that no calendar has', { ...valid, validTo: '2023-02-29' }],
    ['REPLY_MALFORMED validFrom', 'a time', { ...valid, validFrom: '2023-02-28T00:00:00Z' }],
    ['accepted', 'members that we do not know', { ...valid, colour: 'green', receipt: { v: 2 } }],
  ])('%s: %s', (expected, _name, body) => {
    expect(outcome(body, verifying)).toBe(expected)
  })

  test.each<VerdictCode>(['TAMPERED', 'SEAL_INVALID', 'FOREIGN_CODE', 'UNREADABLE', 'CODE_EXPIRED', 'SEAL_UNVERIFIED'])(
    '%s is no answer to a question by identifier',
    (code) => {
      expect(outcome(reportOf(code, 'unknown'), verifying)).toBe('REPLY_MALFORMED lifecycle')
    },
  )
})

describe('an undetermined report stays undetermined', () => {
  const undetermined = verdictCodes.filter((code) => verdictTable[code].verdict === 'UNDETERMINED')
  test.each(undetermined)('%s', (code) => {
    expect(outcome(reportOf(code, 'unknown'), verifying)).toBe(
      {
        ISSUER_UNREACHABLE: 'ISSUER_UNREACHABLE',
        ISSUER_UNKNOWN: 'ISSUER_UNKNOWN',
        UNSUPPORTED: 'OPERATION_UNSUPPORTED',
        NOT_AUTHORISED: 'LICENCE_WITHHELD',
        STATUS_UNKNOWN: 'accepted',
      }[code as string] ?? 'REPLY_MALFORMED lifecycle',
    )
  })

  test('the reason in the parts tells which failure it was', () => {
    const status = { value: 'UNDETERMINED', reason: 'ISSUER_TIMEOUT', evidence: null } as const
    const report = verdictReport({ code: 'ISSUER_UNREACHABLE', parts: { status } })
    expect(outcome({ ...report, licenceId }, verifying)).toBe('ISSUER_TIMEOUT')
  })
})

describe('licence data', () => {
  const licence: Licence = {
    id: licenceId,
    name: null,
    typeCode: '11100000000013338W011',
    typeName: null,
    number: '0012',
    issuer: { code: '11430000006122244L', name: null },
    holders: [holder],
    issuedOn: null,
    validFrom: '2023-05-21',
    validTo: null,
    validToRaw: '长期',
    lifecycle: lifecycleOf('valid'),
    fields: {},
  }
  test.each<[string, string, unknown]>([
    ['accepted', 'as it should be', licence],
    ['accepted', 'nulls left out', Object.fromEntries(Object.entries(licence).filter(([, value]) => value !== null))],
    ['accepted', 'members that we do not know', { ...licence, colour: 'green' }],
    ['REPLY_MALFORMED licence', 'no licence', undefined],
    ['REPLY_MALFORMED licence', 'a list', [licence]],
    ['REPLY_MISMATCH licenceId', 'another licence', { ...licence, id: otherId }],
    ['REPLY_MALFORMED licence.id', 'no identifier', { ...licence, id: '403' }],
    ['REPLY_MALFORMED licence.id', 'an identifier whose check fails', { ...licence, id: licenceId.replace(/U$/, 'V') }],
    ['REPLY_MALFORMED licence.number', 'a number that is a number', { ...licence, number: 12 }],
    ['REPLY_MALFORMED licence.issuer', 'no issuer', { ...licence, issuer: null }],
    ['REPLY_MALFORMED licence.issuer.code', 'an issuer without a code', { ...licence, issuer: {} }],
    ['REPLY_MALFORMED licence.holders', 'a holder that is a text', { ...licence, holders: ['测试员乙'] }],
    ['REPLY_MALFORMED licence.holders.code', 'a holder without a code', { ...licence, holders: [{ typeCode: '111' }] }],
    ['REPLY_MALFORMED licence.validTo', 'a date of eight digits', { ...licence, validTo: '20260520' }],
    ['REPLY_MALFORMED licence.lifecycle', 'no life-cycle', { ...licence, lifecycle: null }],
    ['REPLY_MALFORMED licence.fields.area', 'a face field that is a number', { ...licence, fields: { area: 12 } }],
  ])('%s: %s', (expected, _name, given) => {
    expect(outcome({ licence: given }, getting)).toBe(expected)
  })

  test('a state that we do not know is unknown, and its word is kept', () => {
    const answer = read({ licence: { ...licence, lifecycle: { state: 'frozen', raw: null } } }, getting)
    expect(answer).toMatchObject({ licence: { lifecycle: { state: 'unknown', raw: 'frozen', encumbrances: [] } } })
  })

  test.each<[string, CanonicalMessage['body']]>([
    ['accepted', { found: [] }],
    ['accepted', {}],
    ['REPLY_MALFORMED found', { found: {} }],
    ['REPLY_MALFORMED found', { found: [null] }],
    ['REPLY_MALFORMED found.id', { found: [{ ...licence, id: '' }] }],
    ['REPLY_MALFORMED found.issuer', { found: [{ ...licence, issuer: 'x' }] }],
  ])('search: %s for %j', (expected, body) => {
    expect(outcome(body, searching)).toBe(expected)
  })
})

describe('any answer', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 })
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const day = fc
    .date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))
  const lifecycle = fc.record({
    state: fc.constantFrom(...lifecycleStates),
    raw: optional(text),
    encumbrances: fc.uniqueArray(fc.constantFrom(...encumbrances)),
  })
  const issuer = fc.record({ code: text, name: optional(text) })
  const summary = { id: fc.constant(licenceId), name: optional(text), typeCode: text, issuer, lifecycle }
  const fieldName = text.filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))
  const licence = fc.record({
    ...summary,
    typeName: optional(text),
    number: optional(text),
    holders: fc.array(fc.record({ typeCode: text, code: text, name: optional(text) }), { maxLength: 3 }),
    issuedOn: optional(day),
    validFrom: optional(day),
    validTo: optional(day),
    validToRaw: optional(text),
    fields: fc.dictionary(fieldName, text, { noNullPrototype: true }),
  })
  const throughTheWire = (answer: CanonicalAnswer, asked: CanonicalRequest) => {
    const { value, losses } = fields.fromAnswer(answer, messageOf({}))
    expect(losses).toEqual([])
    return fields.toAnswer(envelope.readReply(envelope.writeReply(value)), asked)
  }

  test('licence data come out as they went in', () => {
    fc.assert(
      fc.property(licence, (given) => {
        const answer = { operation: 'getData', licence: given } as const
        expect(throughTheWire(answer, getting)).toEqual({ value: answer, losses: [] })
      }),
    )
  })

  test('so does what a search found', () => {
    fc.assert(
      fc.property(fc.array(fc.record(summary), { maxLength: 5 }), (found) => {
        const answer = { operation: 'search', found } as const
        expect(throughTheWire(answer, searching)).toEqual({ value: answer, losses: [] })
      }),
    )
  })

  test('a judged finding is read by the next gateway as one that it judges alike', () => {
    const finding = fc.record({
      existence: fc.constantFrom('found' as const, 'not-found' as const),
      lifecycle,
      validFrom: optional(day),
      validTo: optional(day),
      claims: fc.dictionary(fieldName, fc.constantFrom('match' as const, 'mismatch' as const, 'unknown' as const), {
        noNullPrototype: true,
        maxKeys: 4,
      }),
      mismatch: fc.boolean(),
    })
    const evidence = { source: 'hunan', at: 1_700_000_000_000 }
    fc.assert(
      fc.property(finding, (given) => {
        const report = judgeFinding(given, evidence)
        const { validFrom, validTo } = given
        const { value } = throughTheWire({ operation: 'verifyData', licenceId, report, validFrom, validTo }, verifying)
        const next = judgeFinding((value as Extract<IssuerAnswer, { operation: 'verifyData' }>).finding, evidence)
        expect(next.code).toBe(report.code)
        expect(next.fields).toEqual(report.fields)
        expect(next.lifecycle.raw).toBe(report.lifecycle.raw)
        expect(next.lifecycle.encumbrances).toEqual(report.lifecycle.encumbrances)
      }),
      { numRuns: 500 },
    )
  })
})
