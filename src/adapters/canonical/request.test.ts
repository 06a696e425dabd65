import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../canonical/canonical-json.js'
import { readDivision } from '../../canonical/division.js'
import { HubError } from '../../canonical/errors.js'
import { formatLicenceId, parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalRequest } from '../../canonical/model.js'
import { purposeCategories } from '../../canonical/purpose.js'
import type { WireRequest } from '../adapter.js'
import { envelope } from './envelope.js'
import { fields } from './fields.js'
import { canonical } from './index.js'

const licenceId = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
const purpose = {
  organisation: '测试单位',
  operator: { id: 'window-07', name: '测试员甲' },
  category: 'item',
  itemCode: 'TEST-0001',
  itemName: '测试事项',
  caseNumber: 'CASE-0001',
  reason: '测试',
}
const holder = { typeCode: '111', code: '11010519491231002X', name: '测试员乙' }
const verify = { licenceId, claims: { holderName: '测试员乙' }, purpose }
const search = { holder, division: '430000', purpose }

function wireOf(body: unknown, operation = 'verifyData', text = JSON.stringify(body)): WireRequest {
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', target: `/v1/${operation}`, mount: '', headers, body: Buffer.from(text) }
}

/** `CODE subject`, or `accepted`. */
function outcome(wire: WireRequest): string {
  try {
    canonical.inbound.decode(wire)
    return 'accepted'
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown
    return thrown.subject === undefined ? thrown.code : `${thrown.code} ${thrown.subject}`
  }
}

describe('a verification', () => {
  test.each<[string, string, unknown]>([
    ['accepted', 'as it should be', verify],
    ['accepted', 'no claims', { licenceId, purpose }],
    ['accepted', 'null for what may be absent', { ...verify, claims: null, trace: null, hops: null, deadline: null }],
    ['accepted', 'an empty claim', { ...verify, claims: { holderName: '' } }],
    ['accepted', 'a claim of several lines', { ...verify, claims: { JYFW: '一\n二' } }],
    ['LICENCE_ID_MALFORMED licenceId', 'no identifier', { purpose }],
    ['LICENCE_ID_MALFORMED licenceId', 'a number', { ...verify, licenceId: 1 }],
    [
      'LICENCE_ID_CHECK_FAILED licenceId',
      'a wrong check character',
      { ...verify, licenceId: licenceId.replace(/U$/, 'V') },
    ],
    ['LICENCE_ID_CHARACTER_REFUSED licenceId', 'a small letter', { ...verify, licenceId: licenceId.toLowerCase() }],
    ['REQUEST_INVALID claims', 'claims that are a list', { ...verify, claims: ['holderName'] }],
    ['REQUEST_INVALID claims', 'a claim that is a number', { ...verify, claims: { number: 403 } }],
    ['REQUEST_INVALID claims', 'a claim that is null', { ...verify, claims: { number: null } }],
    ['REQUEST_INVALID claims', 'a claim without a name', { ...verify, claims: { '': 'x' } }],
    ['REQUEST_INVALID claims', 'a claim too long', { ...verify, claims: { name: 'x'.repeat(4001) } }],
    [
      'REQUEST_INVALID claims',
      '65 claims',
      { ...verify, claims: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`f${at}`, 'x'])) },
    ],
    ['REQUEST_INVALID claim', 'a mistyped member', { ...verify, claim: {} }],
    ['REQUEST_INVALID operation', 'the operation in the body', { ...verify, operation: 'verifyData' }],
    ['REQUEST_INVALID holder', 'a member of another operation', { ...verify, holder }],
    ['REQUEST_INVALID ?', 'a member whose name may be anything', { ...verify, '11010519491231002X 测试员乙': 1 }],
    ['REQUEST_INVALID trace', 'a trace too short', { ...verify, trace: '1234567' }],
    ['REQUEST_INVALID trace', 'a trace too long', { ...verify, trace: 'a'.repeat(65) }],
    ['REQUEST_INVALID trace', 'a trace with a line break', { ...verify, trace: '12345678\n' }],
    ['REQUEST_INVALID trace', 'an empty trace', { ...verify, trace: '' }],
    ['accepted', 'the longest trace', { ...verify, trace: 'a'.repeat(64) }],
    ['accepted', 'eight hops', { ...verify, hops: Array(8).fill('gateway-a') }],
    ['TOO_MANY_HOPS', 'nine hops', { ...verify, hops: Array(9).fill('gateway-a') }],
    ['REQUEST_INVALID hops', 'hops that are a text', { ...verify, hops: 'gateway-a' }],
    ['REQUEST_INVALID hops', 'a hop with a capital letter', { ...verify, hops: ['Gateway'] }],
    ['REQUEST_INVALID hops', 'an empty hop', { ...verify, hops: [''] }],
    ['REQUEST_INVALID hops', 'a hop too long', { ...verify, hops: ['a'.repeat(41)] }],
    ['REQUEST_INVALID hops', 'a hop that is a number', { ...verify, hops: [1] }],
    ['accepted', 'a deadline', { ...verify, deadline: 1_700_000_008_000 }],
    ['REQUEST_INVALID deadline', 'a deadline in words', { ...verify, deadline: '2023-11-14T22:13:28Z' }],
    ['REQUEST_INVALID deadline', 'a fraction', { ...verify, deadline: 1.5 }],
    ['REQUEST_INVALID deadline', 'zero', { ...verify, deadline: 0 }],
    ['REQUEST_INVALID deadline', 'over 53 bits', { ...verify, deadline: 9_007_199_254_740_992 }],
  ])('%s: %s', (expected, _name, body) => {
    expect(outcome(wireOf(body))).toBe(expected)
  })

  test('an endless deadline', () => {
    expect(outcome(wireOf(null, 'verifyData', `${JSON.stringify(verify).slice(0, -1)},"deadline":1e400}`))).toBe(
      'REQUEST_INVALID deadline',
    )
  })
})

describe('a search', () => {
  test.each<[string, string, unknown]>([
    ['accepted', 'as it should be', search],
    ['accepted', 'neither issuer, division nor type: that is for the route to refuse', { holder, purpose }],
    ['accepted', 'by credit code', { ...search, holder: { typeCode: '001', code: '91430000MA0000TX0F' } }],
    ['accepted', 'by passport', { ...search, holder: { typeCode: '414', code: 'E00000001' } }],
    ['REQUEST_INVALID holder', 'no holder', { division: '43', purpose }],
    ['REQUEST_INVALID holder.typeCode', 'no holder type', { ...search, holder: { code: holder.code } }],
    [
      'REQUEST_INVALID holder.typeCode',
      'a holder type of two digits',
      { ...search, holder: { ...holder, typeCode: '11' } },
    ],
    ['REQUEST_INVALID holder.code', 'no holder code', { ...search, holder: { typeCode: '111' } }],
    ['REQUEST_INVALID holder.idNo', 'a mistyped member', { ...search, holder: { ...holder, idNo: '1' } }],
    [
      'HOLDER_CODE_MALFORMED holder.code',
      'a wrong citizen id',
      { ...search, holder: { ...holder, code: '110105194912310021' } },
    ],
    [
      'HOLDER_CODE_MALFORMED holder.code',
      'a wrong credit code',
      { ...search, holder: { typeCode: '001', code: '91430000MA0000TX01' } },
    ],
    ['REQUEST_INVALID holder.name', 'an empty name', { ...search, holder: { ...holder, name: '' } }],
    ['REQUEST_INVALID typeCode', 'a type code with a blank', { ...search, typeCode: '11100000000013338W 011' }],
    ['REQUEST_INVALID issuer', 'an issuer whose check fails', { ...search, issuer: '11430000006122244M' }],
    ['REQUEST_INVALID division', 'a division of four digits', { ...search, division: '4300' }],
    ['REQUEST_INVALID licenceId', 'a member of another operation', { ...search, licenceId }],
  ])('%s: %s', (expected, _name, body) => {
    expect(outcome(wireOf(body, 'search'))).toBe(expected)
  })

  test('what has several ways to be written is read as one', () => {
    const body = { holder: { ...holder, code: '11010519491231002x' }, division: '430102001000', purpose }
    expect(canonical.inbound.decode(wireOf(body, 'search')).request).toMatchObject({
      holder: { code: '11010519491231002X' },
      division: '430102',
      typeCode: null,
      issuer: null,
    })
  })
})

describe('the purpose', () => {
  const without = (name: string) => Object.fromEntries(Object.entries(purpose).filter(([key]) => key !== name))
  const noItem = { ...without('itemCode'), itemName: null }
  test.each<[string, string, unknown]>([
    ['PURPOSE_MISSING', 'absent', undefined],
    ['PURPOSE_MISSING', 'null', null],
    ['PURPOSE_INVALID purpose', 'a text', '测试'],
    ['PURPOSE_INVALID purpose', 'a list', [purpose]],
    ['PURPOSE_INVALID purpose.organisation', 'no organisation', without('organisation')],
    ['PURPOSE_INVALID purpose.organisation', 'an empty organisation', { ...purpose, organisation: '' }],
    [
      'PURPOSE_INVALID purpose.organisation',
      'an organisation with a control character',
      { ...purpose, organisation: 'a\u0007' },
    ],
    [
      'PURPOSE_INVALID purpose.organisation',
      'an organisation too long',
      { ...purpose, organisation: '测'.repeat(201) },
    ],
    ['PURPOSE_INVALID purpose.operator', 'no operator', without('operator')],
    ['PURPOSE_INVALID purpose.operator', 'an operator that is a text', { ...purpose, operator: '测试员甲' }],
    [
      'PURPOSE_INVALID purpose.operator.id',
      'an operator without an id',
      { ...purpose, operator: { name: '测试员甲' } },
    ],
    ['accepted', 'an operator without a name', { ...purpose, operator: { id: 'window-07' } }],
    [
      'REQUEST_INVALID purpose.operator.assurance',
      'an operator that vouches for itself',
      { ...purpose, operator: { id: 'a', assurance: 'authenticated' } },
    ],
    ['PURPOSE_INVALID purpose.category', 'no category', without('category')],
    ['PURPOSE_INVALID purpose.category', 'a category that does not exist', { ...purpose, category: 'curiosity' }],
    ['PURPOSE_INVALID purpose.category', 'a name that objects have', { ...purpose, category: 'toString' }],
    ['PURPOSE_INVALID purpose.category', 'public', { ...purpose, category: 'public' }],
    ['PURPOSE_INVALID purpose.itemCode', 'an item without its code', without('itemCode')],
    ['PURPOSE_INVALID purpose.caseNumber', 'an item without its case', without('caseNumber')],
    ['accepted', 'an item without its name', without('itemName')],
    ['PURPOSE_INVALID purpose.reason', 'no reason', without('reason')],
    ['PURPOSE_INVALID purpose.reason', 'a reason too long', { ...purpose, reason: '因'.repeat(201) }],
    ['REQUEST_INVALID purpose.caseNo', 'a mistyped member', { ...purpose, caseNo: '1' }],
    ['accepted', 'an inspection with its plan', { ...noItem, category: 'inspection' }],
    [
      'PURPOSE_INVALID purpose.caseNumber',
      'an inspection without its plan',
      { ...noItem, category: 'inspection', caseNumber: null },
    ],
    [
      'PURPOSE_INVALID purpose.caseNumber',
      'a hotel without its site',
      { ...noItem, category: 'hotel', caseNumber: null },
    ],
    [
      'PURPOSE_INVALID purpose.caseNumber',
      'an entry registration without its site',
      { ...noItem, category: 'entry-registration', caseNumber: null },
    ],
    ['accepted', 'one’s own licences', { ...noItem, category: 'own-licences', caseNumber: null }],
  ])('%s: %s', (expected, _name, given) => {
    expect(outcome(wireOf({ licenceId, purpose: given }))).toBe(expected)
  })

  test('whoever operates, it is the sender’s word', () => {
    expect(canonical.inbound.decode(wireOf(verify)).request.purpose.operator.assurance).toBe('asserted')
  })
})

test.each(['getFile', 'verifyFile', 'verifySeal'])('%s is not offered', (operation) => {
  expect(outcome(wireOf(verify, operation))).toBe(`OPERATION_UNSUPPORTED ${operation}`)
})

test('an absent trace is an empty one, for the hub to fill', () => {
  expect(canonical.inbound.decode(wireOf(verify)).request).toMatchObject({ trace: '', hops: [], deadline: null })
})

describe('any request', () => {
  const word = (maxLength: number) =>
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength })
      .filter((text) => text.length <= maxLength && !/\p{Cc}/u.test(text))
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const id = fc
    .record({
      type: fc.constantFrom('11100000000013338W011', '11100000MB03271699022'),
      issuer: fc.constantFrom('11430000006122244L', '340100'),
      serial: fc.stringMatching(/^[0-9A-Z]{1,40}$/),
      version: fc.stringMatching(/^\d{3}$/),
    })
    .map(formatLicenceId)
  const anyPurpose = fc.record({
    organisation: word(200),
    operator: fc.record({
      id: word(100),
      name: optional(word(100)),
      assurance: fc.constantFrom('asserted' as const, 'authenticated' as const),
    }),
    category: fc.constantFrom(...purposeCategories.filter((category) => category !== 'public')),
    itemCode: word(100),
    itemName: optional(word(200)),
    caseNumber: word(100),
    reason: word(200),
  })
  const common = {
    purpose: anyPurpose,
    trace: fc.oneof(fc.constant(''), fc.stringMatching(/^[A-Za-z0-9-]{8,64}$/)),
    hops: fc.array(fc.stringMatching(/^[a-z0-9-]{1,40}$/), { maxLength: 8 }),
    deadline: optional(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  }
  const claimName = word(64).filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))
  const request: fc.Arbitrary<CanonicalRequest> = fc.oneof(
    fc.record({ operation: fc.constant('getData' as const), licenceId: id, ...common }),
    fc.record({
      operation: fc.constant('verifyData' as const),
      licenceId: id,
      claims: fc.dictionary(claimName, fc.string({ unit: 'grapheme', maxLength: 60 }), {
        noNullPrototype: true,
        maxKeys: 20,
      }),
      ...common,
    }),
    fc.record({
      operation: fc.constant('search' as const),
      holder: fc.record({
        typeCode: fc.constantFrom('099', '114', '414', '999'),
        code: word(64),
        name: optional(word(200)),
      }),
      typeCode: optional(fc.stringMatching(/^[0-9A-Z]{1,40}$/)),
      issuer: optional(fc.constantFrom('11430000006122244L', '91430000MA0000TX0F')),
      division: optional(fc.integer({ min: 100_000, max: 999_999 }).map((code) => readDivision(String(code)) ?? null)),
      ...common,
    }),
  )
  const throughTheWire = (given: CanonicalRequest, mount = '') =>
    canonical.inbound.decode(envelope.writeRequest(fields.fromRequest(given).value, mount)).request

  test('comes out as it went in, but for the operator’s assurance', () => {
    fc.assert(
      fc.property(request, fc.constantFrom('', '/in/hunan'), (given, mount) => {
        const { operator } = given.purpose
        expect(throughTheWire(given, mount)).toEqual({
          ...given,
          purpose: { ...given.purpose, operator: { ...operator, assurance: 'asserted' } },
        })
      }),
      { numRuns: 300 },
    )
  })

  test('reports that one loss, and only where there is one', () => {
    fc.assert(
      fc.property(request, (given) => {
        const narrowed = throughTheWire(given).purpose.operator.assurance !== given.purpose.operator.assurance
        const loss = { field: 'purpose.operator.assurance', reason: 'narrowed' }
        expect(fields.fromRequest(given).losses).toEqual(narrowed ? [loss] : [])
      }),
    )
  })

  test('is written as RFC 8785', () => {
    fc.assert(
      fc.property(request, (given) => {
        const text = Buffer.from(envelope.writeRequest(fields.fromRequest(given).value, '').body).toString()
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
    )
  })
})

test('a legacy check character is kept as it came', () => {
  const legacy = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.T')
  expect(canonical.inbound.decode(wireOf({ ...verify, licenceId: legacy })).request).toMatchObject({
    licenceId: legacy,
  })
})
