import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { taxContext, taxReply, taxRequest } from '../../../test/tax-golden.js'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer, Licence } from '../../canonical/model.js'
import { notChecked, verdictReport } from '../../canonical/verdict.js'
import type { Loss } from '../adapter.js'
import { taxGt3 } from './index.js'

const licenceId = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const renewed = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S')
const purpose = {
  organisation: '深圳市税务局办税服务厅（测试）',
  operator: { id: 'sz-window-07', name: '测试员甲', assurance: 'asserted' },
  category: 'item',
  itemCode: 'SZ-TEST-0001',
  itemName: '安全生产许可证核发（测试）',
  caseNumber: 'SZ20231115-0001',
  reason: '核验安管人员考核合格证',
} as const
const asked = { purpose, trace: '7f3a9c52e1b04d68a5c7e90b12f4d836', hops: [], deadline: null }
const inspection = {
  organisation: purpose.organisation,
  operator: { id: 'sz-window-07', name: null, assurance: 'asserted' },
  category: 'inspection',
  itemCode: null,
  itemName: null,
  caseNumber: 'SZ-PLAN-2023-11',
  reason: '检查安管人员持证情况',
} as const
const issuer = { code: '11430000006122244L', name: '湖南省住房和城乡建设厅' }
const typeCode = '11100000000013338W011'

const requests: Record<string, { request: CanonicalRequest; nonce: string }> = {
  'verify-data': {
    nonce: '3f00045c746a1526aa870d9b433153fb',
    request: {
      operation: 'verifyData',
      licenceId,
      claims: { holderName: '测试员乙', validTo: '2026-05-20', GANGWEI: '企业主要负责人' },
      ...asked,
    },
  },
  'get-data': {
    nonce: '9542621198402d12ee27b75a418affd5',
    request: { operation: 'getData', licenceId, ...asked },
  },
  search: {
    nonce: '2e767eb7eab6c5ca7af9810b9578da15',
    request: {
      operation: 'search',
      holder: { typeCode: '111', code: '11010519491231002X', name: '测试员乙' },
      typeCode,
      issuer: issuer.code,
      division: '430000',
      purpose: inspection,
      trace: '',
      hops: [],
      deadline: null,
    },
  },
}

function requestOf(name: string): CanonicalRequest {
  const found = requests[name]
  if (found === undefined) throw new Error(name)
  return found.request
}

describe('golden requests', () => {
  test.each(Object.entries(requests))('%s is written byte for byte', async (name, { request, nonce }) => {
    const golden = taxRequest(name)
    const { value, losses } = await taxGt3.outbound.encode(request, '', taxContext({ nonce }))
    expect(Buffer.from(value.body).toString()).toBe(Buffer.from(golden.body).toString())
    const { host, ...headers } = golden.headers
    expect(value.headers).toEqual(headers)
    expect(host).toBe('issuer.test:8443')
    expect([value.method, value.target]).toEqual([golden.method, golden.target])
    expect(losses).toEqual([])
  })
  test.each(Object.entries(requests))('%s is read, and its sender known', async (name, { request, nonce }) => {
    const golden = taxRequest(name)
    const decoded = taxGt3.inbound.decode(golden)
    expect(decoded.request).toEqual(request)
    expect(decoded.losses).toEqual([])
    expect(await taxGt3.inbound.authenticate(golden, decoded, taxContext())).toEqual({
      strength: 'loopback-secret',
      keyId: 'HTTEST01',
      replay: { nonce, at: 1_700_000_000_000 },
    })
  })
})

const licence: Licence = {
  id: licenceId,
  name: '安管人员考核合格证（测试）',
  typeCode,
  typeName: '安管人员考核合格证',
  number: '湘建安A(2023)0000403',
  issuer,
  holders: [
    { typeCode: '111', code: '11010519491231002X', name: '测试员乙' },
    { typeCode: '001', code: '91430100MA0000TX0L', name: null },
  ],
  issuedOn: '2023-05-21',
  validFrom: '2023-05-21',
  validTo: null,
  validToRaw: '长期',
  lifecycle: { state: 'valid', raw: '1', encumbrances: [] },
  fields: { GANGWEI: '企业主要负责人 A & B', BEIZHU: '见附件]]>其一' },
}
const lifecycle = { state: 'suspended', raw: 'FREEZE', encumbrances: ['mortgaged'] } as const
const claims = { holderName: 'match', validTo: 'match', GANGWEI: 'unknown' } as const
const dates = { validFrom: '2023-05-21', validTo: '2026-05-20' }
const found = [
  {
    id: licenceId,
    name: '安管人员考核合格证（测试）',
    typeCode,
    issuer,
    lifecycle: { state: 'superseded', raw: 'CHANGE', encumbrances: [] },
  },
  {
    id: renewed,
    name: null,
    typeCode,
    issuer: { code: issuer.code, name: null },
    lifecycle: { state: 'valid', raw: '1', encumbrances: [] },
  },
] as const

const replies: Record<string, { answer: CanonicalAnswer; read: IssuerAnswer; losses: readonly Loss[] }> = {
  'verify-data': {
    answer: {
      operation: 'verifyData',
      licenceId,
      report: verdictReport({ code: 'SUSPENDED', parts: { seal: notChecked }, lifecycle, fields: claims }),
      ...dates,
    },
    read: {
      operation: 'verifyData',
      licenceId,
      finding: { existence: 'found', lifecycle, ...dates, claims, mismatch: false },
    },
    losses: [{ field: 'parts', reason: 'no-slot' }],
  },
  'get-data': { answer: { operation: 'getData', licence }, read: { operation: 'getData', licence }, losses: [] },
  search: { answer: { operation: 'search', found }, read: { operation: 'search', found }, losses: [] },
}

describe('golden replies', () => {
  test.each(Object.entries(replies))('%s is written byte for byte', async (name, { answer, losses }) => {
    const golden = taxReply(`${name}.`)
    const decoded = taxGt3.inbound.decode(taxRequest(name))
    const written = await taxGt3.inbound.encode(answer, decoded, taxContext())
    expect(Buffer.from(written.value.body).toString()).toBe(Buffer.from(golden.body).toString())
    expect(written.value.headers).toEqual(golden.headers)
    expect(written.value.status).toBe(200)
    expect(written.losses).toEqual(losses)
  })
  test.each(Object.entries(replies))('%s is read', async (name, { read }) => {
    const answer = await taxGt3.outbound.decode(taxReply(`${name}.`), taxRequest(name), requestOf(name), taxContext())
    expect(answer).toEqual({ value: read, losses: [] })
  })
  test('what an issuing system says is a finding, compact dates included', async () => {
    const { value } = await taxGt3.outbound.decode(
      taxReply('verify-data.issuer-'),
      taxRequest('verify-data'),
      requestOf('verify-data'),
      taxContext(),
    )
    expect(value).toEqual({
      operation: 'verifyData',
      licenceId,
      finding: {
        existence: 'found',
        lifecycle: { state: 'valid', raw: '01', encumbrances: [] },
        ...dates,
        claims: { holderName: 'match', validTo: 'match', GANGWEI: 'mismatch' },
        mismatch: false,
      },
    })
  })
  test('an issuing system that has no such licence says so with success', async () => {
    const { value } = await taxGt3.outbound.decode(
      taxReply('verify-data.not-found.issuer-'),
      taxRequest('verify-data'),
      requestOf('verify-data'),
      taxContext(),
    )
    expect(value).toMatchObject({ finding: { existence: 'not-found', claims: {}, mismatch: false } })
  })
})

async function failureOf(name: string): Promise<HubError> {
  const sent = taxRequest('get-data')
  const failed = await taxGt3.outbound
    .decode(taxReply(name), sent, requestOf('get-data'), taxContext())
    .catch((thrown: unknown) => thrown)
  if (!(failed instanceof HubError)) throw new Error('an answer was read out of a failure')
  return failed
}

describe('golden failures', () => {
  test('ours is written byte for byte, with the request’s number', () => {
    const decoded = taxGt3.inbound.decode(taxRequest('get-data'))
    const error = new HubError('ISSUER_UNREACHABLE')
    const written = taxGt3.inbound.encodeError(error, '7f3a9c52e1b04d68a5c7e90b12f4d836', decoded)
    const golden = taxReply('error.')
    expect(Buffer.from(written.body).toString()).toBe(Buffer.from(golden.body).toString())
    expect([written.status, written.headers]).toEqual([200, golden.headers])
  })
  test.each([
    ['error.', 'ISSUER_UNREACHABLE', undefined],
    ['access-error.issuer-', 'ISSUER_REFUSED', undefined],
    ['osb-fault.issuer-', 'ISSUER_FAILED', 'BEA-382505'],
  ])('%s is read as %s', async (name, code, subject) => {
    const failure = await failureOf(name)
    expect([failure.code, failure.subject]).toEqual([code, subject])
  })
  test('no text of the other side is passed on', async () => {
    const { message } = await failureOf('access-error.issuer-')
    expect(message).not.toContain('渠道')
  })
})

test('the page prints every golden message', () => {
  const page = readFileSync(new URL('../../../spec/dialects/tax-gt3.md', import.meta.url), 'utf8')
  const folder = new URL('../../../test/golden/tax-gt3/', import.meta.url)
  const files = readdirSync(folder)
  expect(files).toHaveLength(11)
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    expect(page.includes(`\`${file}\`\n\n\`\`\`http\n${text}\`\`\`\n`), file).toBe(true)
  }
})
