import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HubError } from '../canonical/errors.js'
import { formatLicenceId, parseLicenceId } from '../canonical/licence-id.js'
import type { CanonicalRequest, GetDataRequest, SearchRequest, VerifyDataRequest } from '../canonical/model.js'
import { purposeCategories, type UsePurpose } from '../canonical/purpose.js'
import { compileUseList, type UseListEntry, type UseListOptions } from './use-list.js'

const safety = '11100000000013338W011'
const property = '11100000MB03271699022'
const licenceId = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const propertyId = formatLicenceId({ type: property, issuer: '340100', serial: '000000016', version: '001' })

const purpose: UsePurpose = {
  organisation: '广东省政务服务中心（测试）',
  operator: { id: 'gd-window-07', name: null, assurance: 'asserted' },
  category: 'item',
  itemCode: 'GD-TEST-0001',
  itemName: null,
  caseNumber: 'GD20231115-0001',
  reason: '核验安管人员考核合格证',
}
const asked = { purpose, trace: 'trace-0001', hops: [], deadline: null }
const verify: VerifyDataRequest = { ...asked, operation: 'verifyData', licenceId, claims: {} }
const getData: GetDataRequest = { ...asked, operation: 'getData', licenceId }
const search: SearchRequest = {
  ...asked,
  operation: 'search',
  holder: { typeCode: '111', code: '11010519491231002X', name: null },
  typeCode: safety,
  issuer: null,
  division: '430000',
}
const row: UseListEntry = {
  spoke: 'guangdong',
  category: 'item',
  item: { code: 'GD-TEST-0001', name: '安全生产许可证核发（测试）' },
  types: [safety],
  operations: ['verifyData'],
  fields: [],
}

function withPurpose<R extends CanonicalRequest>(request: R, change: Partial<UsePurpose>): R {
  return { ...request, purpose: { ...purpose, ...change } }
}
/** `granted`, or the refusal's code and subject. */
function outcome(
  entries: readonly UseListEntry[],
  request: CanonicalRequest,
  caller = 'guangdong',
  options: UseListOptions = {},
): string {
  try {
    compileUseList(entries, options).permit(caller, request)
    return 'granted'
  } catch (thrown) {
    const { code, subject } = HubError.from(thrown)
    return `${code} ${subject ?? ''}`.trim()
  }
}

describe('deny by default', () => {
  test('what a row grants is granted', () => {
    expect(outcome([row], verify)).toBe('granted')
  })
  test.each<[string, readonly UseListEntry[], CanonicalRequest, string]>([
    ['an empty list', [], verify, 'ITEM_UNKNOWN purpose.category'],
    ['another item', [row], withPurpose(verify, { itemCode: 'OTHER' }), 'ITEM_UNKNOWN purpose.itemCode'],
    ['another type', [row], { ...verify, licenceId: propertyId }, 'TYPE_NOT_LISTED typeCode'],
    ['another operation', [row], getData, 'OPERATION_NOT_PERMITTED getData'],
    ['another category', [row], withPurpose(verify, { category: 'hotel' }), 'ITEM_UNKNOWN purpose.category'],
  ])('%s is refused', (_, entries, request, expected) => {
    expect(outcome(entries, request)).toBe(expected)
  })
  test('another spoke is refused', () => {
    expect(outcome([row], verify, 'fujian')).toBe('ITEM_UNKNOWN purpose.category')
  })
  test('a search for an unlisted type is refused', () => {
    const rows = [{ ...row, operations: ['search'] }]
    expect(outcome(rows, search)).toBe('granted')
    expect(outcome(rows, { ...search, typeCode: property })).toBe('TYPE_NOT_LISTED typeCode')
  })
  test('type and operation must stand in one row: two rows do not add up', () => {
    const rows = [row, { ...row, types: [property], operations: ['getData'] }]
    expect(outcome(rows, getData)).toBe('OPERATION_NOT_PERMITTED getData')
  })
  test('names of JavaScript’s own are in no list', () => {
    for (const caller of ['constructor', '__proto__']) expect(outcome([row], verify, caller)).toMatch(/^ITEM_UNKNOWN/)
  })
  test('whatever is asked of a list that says nothing of it is refused', () => {
    const anything = fc.record({
      caller: fc.constantFrom('guangdong', 'fujian', 'public', ''),
      category: fc.constantFrom(...purposeCategories),
      itemCode: fc.option(fc.string(), { nil: null }),
      request: fc.constantFrom<CanonicalRequest>(verify, getData, search),
    })
    fc.assert(
      fc.property(anything, ({ caller, category, itemCode, request }) => {
        fc.pre(itemCode !== 'GD-TEST-0001')
        expect(outcome([row], withPurpose(request, { category, itemCode }), caller)).not.toBe('granted')
      }),
    )
  })
})

describe('the purpose', () => {
  test('a call without one is refused', () => {
    const none = { ...verify, purpose: undefined } as unknown as CanonicalRequest
    expect(outcome([row], none)).toBe('PURPOSE_MISSING')
    const shell = {
      organisation: ' ',
      operator: { ...purpose.operator, id: '' },
      itemCode: null,
      caseNumber: '',
      reason: '',
    }
    expect(outcome([row], withPurpose(verify, shell))).toBe('PURPOSE_MISSING')
  })
  test.each<[Partial<UsePurpose>, string]>([
    [{ organisation: '' }, 'purpose.organisation'],
    [{ operator: { ...purpose.operator, id: '  ' } }, 'purpose.operator.id'],
    [{ reason: '' }, 'purpose.reason'],
    [{ reason: '长'.repeat(201) }, 'purpose.reason'],
    [{ itemCode: null }, 'purpose.itemCode'],
    [{ caseNumber: null }, 'purpose.caseNumber'],
    [{ caseNumber: ' ' }, 'purpose.caseNumber'],
    [{ category: 'anything' as 'item' }, 'purpose.category'],
  ])('%j is incomplete', (change, subject) => {
    expect(outcome([row], withPurpose(verify, change))).toBe(`PURPOSE_INVALID ${subject}`)
  })
  test.each(['inspection', 'entry-registration', 'hotel', 'own-licences'] as const)(
    '%s has its own rows and demands what stands for a case number',
    (category) => {
      const rows = [{ ...row, category, item: null }]
      const request = withPurpose(verify, { category, itemCode: null })
      expect(outcome(rows, request)).toBe('granted')
      expect(outcome(rows, withPurpose(request, { category, itemCode: null, caseNumber: null }))).toBe(
        'PURPOSE_INVALID purpose.caseNumber',
      )
      expect(outcome([row], request)).toBe('ITEM_UNKNOWN purpose.category')
    },
  )
  test('an inspection row may be bound to a supervision item', () => {
    const rows = [{ ...row, category: 'inspection', item: { code: 'JC-TEST-01', name: '监督检查（测试）' } }]
    const inspection = { category: 'inspection', itemCode: 'JC-TEST-01' } as const
    expect(outcome(rows, withPurpose(verify, inspection))).toBe('granted')
    expect(outcome(rows, withPurpose(verify, { ...inspection, itemCode: null }))).toBe('ITEM_UNKNOWN purpose.itemCode')
  })
  test('an item row that forgot its item matches no item, and is a problem', () => {
    const rows = [{ ...row, item: null }]
    expect(outcome(rows, verify)).toBe('ITEM_UNKNOWN purpose.itemCode')
    expect(compileUseList(rows).problems.map(({ field }) => field)).toEqual(['item'])
  })
  test('a category that does not exist grants nothing, and is a problem', () => {
    const rows = [{ ...row, category: 'Item' }]
    expect(outcome(rows, verify)).toBe('ITEM_UNKNOWN purpose.category')
    expect(compileUseList(rows).problems.map(({ field }) => field)).toEqual(['category'])
  })
})

describe('public verification', () => {
  const open = { publicVerify: true }
  const everybody = withPurpose(verify, { category: 'public', itemCode: null, caseNumber: null })

  test('is off unless it is switched on', () => {
    expect(outcome([row], everybody, 'public')).toBe('PUBLIC_VERIFY_DISABLED')
    expect(outcome([row], everybody, 'public', open)).toBe('granted')
  })
  test('gives a verdict by identifier, and nothing else', () => {
    expect(compileUseList([], open).permit('public', everybody).fields).toBe('none')
    const claims = { ...everybody, claims: { holderName: '测试员甲' } }
    expect(outcome([], claims, 'public', open)).toBe('OPERATION_NOT_PERMITTED claims')
    for (const request of [getData, search]) {
      const change = { category: 'public', itemCode: null, caseNumber: null } as const
      expect(outcome([], withPurpose(request, change), 'public', open)).toMatch(/^OPERATION_NOT_PERMITTED/)
    }
  })
  test('is limited to the listed types where some are listed', () => {
    const rows = [{ ...row, spoke: 'public', category: 'public', item: null, types: [property] }]
    expect(outcome(rows, everybody, 'public', open)).toBe('TYPE_NOT_LISTED typeCode')
    expect(outcome(rows, { ...everybody, licenceId: propertyId }, 'public', open)).toBe('granted')
  })
  test('is nobody else’s: a spoke that says `public` needs a row like any other', () => {
    expect(outcome([row], everybody, 'guangdong', open)).toBe('ITEM_UNKNOWN purpose.category')
  })
  test('cannot be used for an item', () => {
    expect(outcome([row], verify, 'public', open)).toBe('OPERATION_NOT_PERMITTED verifyData')
  })
})

describe('fields', () => {
  test('rows that grant the same add up their fields', () => {
    const rows = [
      { ...row, operations: ['getData'], fields: ['validTo'] },
      { ...row, operations: ['getData'], fields: ['GANGWEI', 'validTo'] },
    ]
    expect(compileUseList(rows).permit('guangdong', getData).fields).toEqual(['validTo', 'GANGWEI'])
  })
  test('a field above the category’s ceiling never leaves, and is a problem of the list', () => {
    const rows = [
      {
        ...row,
        category: 'hotel',
        item: null,
        operations: ['getData'],
        fields: ['holderName', 'holderCode', 'XINGBIE'],
      },
    ]
    const list = compileUseList(rows)
    expect(list.problems.map((problem) => problem.field)).toEqual(['fields.holderCode', 'fields.XINGBIE'])
    expect(list.permit('guangdong', withPurpose(getData, { category: 'hotel' })).fields).toEqual(['holderName'])
  })
  test('a face field without a grade has the highest; the operator may grade it lower', () => {
    const rows = [{ ...row, category: 'hotel', item: null, operations: ['getData'], fields: ['XINGBIE'] }]
    expect(compileUseList(rows).problems).toHaveLength(1)
    expect(compileUseList(rows, { grades: { XINGBIE: 2 } }).problems).toEqual([])
  })
  test('nobody’s grades lower the metadata', () => {
    const rows = [{ ...row, category: 'hotel', item: null, fields: ['holderCode'] }]
    expect(compileUseList(rows, { grades: { holderCode: 1 } }).problems).toHaveLength(1)
  })
})
