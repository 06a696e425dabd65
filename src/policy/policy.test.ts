import { expect, test } from 'vitest'
import { parseLicenceId } from '../canonical/licence-id.js'
import type { CanonicalRequest, Licence } from '../canonical/model.js'
import { createCaseScope } from './case-scope.js'
import { createPolicy } from './policy.js'
import { compileUseList } from './use-list.js'

const id = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const renewed = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S')
const request = (licenceId: typeof id): CanonicalRequest => ({
  operation: 'getData',
  licenceId,
  purpose: {
    organisation: '测试',
    operator: { id: 'window-07', name: null, assurance: 'asserted' },
    category: 'item',
    itemCode: 'TEST-0001',
    itemName: null,
    caseNumber: 'CASE-1',
    reason: '测试',
  },
  trace: 'trace-0001',
  hops: [],
  deadline: null,
})
const licence = (licenceId: typeof id, code: string): Licence => ({
  id: licenceId,
  name: null,
  typeCode: '11100000000013338W011',
  typeName: null,
  number: '1',
  issuer: { code: '11430000006122244L', name: null },
  holders: [{ typeCode: '111', code, name: null }],
  issuedOn: null,
  validFrom: null,
  validTo: null,
  validToRaw: null,
  lifecycle: { state: 'valid', raw: null, encumbrances: [] },
  fields: {},
})

function policy() {
  const useList = compileUseList([
    {
      spoke: 'guangdong',
      category: 'item',
      item: { code: 'TEST-0001', name: '测试' },
      types: ['11100000000013338W011'],
      operations: ['getData'],
      fields: ['number'],
    },
  ])
  return createPolicy(useList, createCaseScope({ now: () => 0, hash: (kind, value) => `${kind}:${value}` }))
}

test('the case is bound by a holder that itself does not leave', () => {
  const { permit } = policy()
  const answer = permit('guangdong', request(id)).filter({
    operation: 'getData',
    licence: licence(id, '11010519491231002X'),
  })
  expect(answer).toMatchObject({ licence: { number: '1', holders: [] } })
  const second = permit('guangdong', request(renewed))
  expect(() => second.filter({ operation: 'getData', licence: licence(renewed, '990000199001010011') })).toThrow(
    /CASE_SCOPE_EXCEEDED/,
  )
})

test('what the use list refuses never reaches the case', () => {
  const { permit } = policy()
  expect(() => permit('fujian', request(id))).toThrow(/ITEM_UNKNOWN/)
})
