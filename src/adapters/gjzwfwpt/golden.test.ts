import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { contextOf, goldenReplyOf, goldenRequestOf, goldenText, messageText } from '../../../test/dialect-golden.js'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer, Licence } from '../../canonical/model.js'
import { type VerdictReport, verdictReport } from '../../canonical/verdict.js'
import { gjzwfwpt } from './index.js'

const context = () =>
  contextOf({
    secrets: {
      rid: 'rid-test@df-0001',
      appsecret: 'hutong-test-appsecret-0001',
      sidSearch: 's_test_0001',
      sidGetData: 's_test_0002',
      sidVerifyData: 's_test_0003',
    },
  })

const licenceId = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const asked = {
  purpose: {
    organisation: '民政部（测试）',
    operator: { id: 'mca-window-07', name: null, assurance: 'asserted' },
    category: 'item',
    itemCode: 'MCA-TEST-0001',
    itemName: '社会团体成立登记（测试）',
    caseNumber: 'MZ20231115-0001',
    reason: '核验安管人员考核合格证',
  },
  trace: '',
  hops: [],
  deadline: null,
} as const
const lifecycle = { state: 'valid', raw: '01', encumbrances: [] } as const
const issuer = { code: '11430000006122244L', name: '湖南省住房和城乡建设厅' }
const licence: Licence = {
  id: licenceId,
  name: '安管人员考核合格证（测试）',
  typeCode: '11100000000013338W011',
  typeName: '安管人员考核合格证',
  number: '湘建安A（2023）0000403',
  issuer,
  holders: [
    { typeCode: '111', code: '11010519491231002X', name: '测试员乙' },
    { typeCode: '111', code: '990001199001010013', name: '测试员丙' },
  ],
  issuedOn: '2023-05-21',
  validFrom: '2023-05-21',
  validTo: '2026-05-20',
  validToRaw: null,
  lifecycle,
  fields: { GANGWEI: '企业主要负责人', XINGBIE: '女' },
}
const { id, name, typeCode } = licence
const found = [{ id, name, typeCode, issuer, lifecycle }]
const claims = { holderName: '测试员乙', validTo: '2026-05-20', GANGWEI: '企业主要负责人' }
const dates = { validFrom: '2023-05-21', validTo: '2026-05-20' }
const search = {
  operation: 'search',
  holder: { typeCode: '111', code: '11010519491231002X', name: '测试员乙' },
  typeCode: '11100000000013338W011',
  issuer: '11430000006122244L',
  division: '430000',
  ...asked,
} as CanonicalRequest
const getData: CanonicalRequest = { operation: 'getData', licenceId, ...asked }
const verifyData: CanonicalRequest = { operation: 'verifyData', licenceId, claims, ...asked }
const verified = (report: VerdictReport, rest: object = {}): CanonicalAnswer => ({
  operation: 'verifyData',
  licenceId,
  report,
  ...rest,
})
const revoked = { state: 'revoked', raw: '07', encumbrances: [] } as const
const matched = { holderName: 'match', validTo: 'match', GANGWEI: 'match' } as const
const noSlot = (field: string) => ({ field, reason: 'no-slot' })

interface Exchange {
  readonly request: CanonicalRequest
  readonly sent: string
  readonly answer: CanonicalAnswer
  readonly replied: string
  readonly losses: readonly object[]
  readonly read: IssuerAnswer
}
const exchanges: Record<string, Exchange> = {
  search: {
    request: search,
    sent: 'search',
    answer: { operation: 'search', found },
    replied: 'search',
    losses: [],
    read: { operation: 'search', found },
  },
  'search without a hit': {
    request: search,
    sent: 'search',
    answer: { operation: 'search', found: [] },
    replied: 'search.empty',
    losses: [],
    read: { operation: 'search', found: [] },
  },
  getData: {
    request: getData,
    sent: 'get-data',
    answer: { operation: 'getData', licence },
    replied: 'get-data',
    losses: [],
    read: { operation: 'getData', licence },
  },
  verifyData: {
    request: verifyData,
    sent: 'verify-data',
    answer: verified(verdictReport({ code: 'VALID', parts: {}, lifecycle, fields: matched }), dates),
    replied: 'verify-data',
    losses: [noSlot('parts'), noSlot('fields')],
    read: {
      operation: 'verifyData',
      licenceId,
      finding: { existence: 'found', lifecycle, ...dates, claims: matched, mismatch: false },
    },
  },
  'verifyData of a revoked licence': {
    request: verifyData,
    sent: 'verify-data',
    answer: verified(verdictReport({ code: 'REVOKED', parts: {}, lifecycle: revoked })),
    replied: 'verify-data.revoked',
    losses: [noSlot('parts'), { field: 'code', reason: 'narrowed' }],
    read: {
      operation: 'verifyData',
      licenceId,
      finding: {
        existence: 'found',
        lifecycle: revoked,
        validFrom: null,
        validTo: null,
        claims: matched,
        mismatch: false,
      },
    },
  },
}

describe.each(Object.entries(exchanges))('%s', (_name, { request, sent, answer, replied, losses, read }) => {
  const file = `gjzwfwpt/${sent}`

  test('is asked in exactly these bytes', async () => {
    const { value, losses: lost } = await gjzwfwpt.outbound.encode(request, '', context())
    expect(messageText(`${value.method} ${value.target} HTTP/1.1`, value.headers, value.body)).toBe(
      goldenText(`${file}.request.http`),
    )
    expect(lost).toEqual([])
  })

  test('these bytes are read, under a mount, and their sign holds', async () => {
    const wire = goldenRequestOf(file, '/in/mca')
    const decoded = gjzwfwpt.inbound.decode(wire)
    expect([decoded.request, decoded.losses]).toEqual([request, []])
    expect((await gjzwfwpt.inbound.authenticate(wire, decoded, context())).strength).toBe('hmac')
  })

  test('is answered in exactly these bytes', async () => {
    const decoded = gjzwfwpt.inbound.decode(goldenRequestOf(file))
    const { value, losses: lost } = await gjzwfwpt.inbound.encode(answer, decoded, context())
    expect(messageText(`HTTP/1.1 ${value.status}`, value.headers, value.body)).toBe(
      goldenText(`gjzwfwpt/${replied}.reply.http`),
    )
    expect(lost).toEqual(losses)
  })

  test('the answer is read', async () => {
    const reply = goldenReplyOf(`gjzwfwpt/${replied}`)
    const translated = await gjzwfwpt.outbound.decode(reply, goldenRequestOf(file), request, context())
    expect(translated).toEqual({ value: read, losses: [] })
  })
})

test('a verdict that determines nothing is a failure', async () => {
  const wire = goldenRequestOf('gjzwfwpt/verify-data')
  const answer = verified(verdictReport({ code: 'ISSUER_UNREACHABLE', parts: {} }))
  const { value } = await gjzwfwpt.inbound.encode(answer, gjzwfwpt.inbound.decode(wire), context())
  const golden = 'gjzwfwpt/verify-data.unreachable'
  expect(messageText('HTTP/1.1 200', value.headers, value.body)).toBe(goldenText(`${golden}.reply.http`))
  await expect(gjzwfwpt.outbound.decode(goldenReplyOf(golden), wire, verifyData, context())).rejects.toMatchObject({
    code: 'ISSUER_UNREACHABLE',
  })
})

test('a failure is told in exactly these bytes', () => {
  const decoded = gjzwfwpt.inbound.decode(goldenRequestOf('gjzwfwpt/get-data'))
  const { status, headers, body } = gjzwfwpt.inbound.encodeError(
    new HubError('LICENCE_NOT_FOUND'),
    '7f3a9c52e1b04d68',
    decoded,
  )
  expect(messageText(`HTTP/1.1 ${status}`, headers, body)).toBe(goldenText('gjzwfwpt/error.reply.http'))
})

test.each([
  ['error', 'LICENCE_NOT_FOUND', undefined],
  ['error.plain', 'ISSUER_FAILED', 'db-001'],
])('the failure %s is read', async (file, code, subject) => {
  const reading = gjzwfwpt.outbound.decode(
    goldenReplyOf(`gjzwfwpt/${file}`),
    goldenRequestOf('gjzwfwpt/get-data'),
    getData,
    context(),
  )
  await expect(reading).rejects.toMatchObject({ code, subject })
})

test('the page shows every message as it is', () => {
  const page = readFileSync(new URL('../../../spec/dialects/gjzwfwpt.md', import.meta.url), 'utf8')
  for (const file of ['search', 'get-data', 'verify-data']) {
    expect(page).toContain(`\`\`\`http\n${goldenText(`gjzwfwpt/${file}.request.http`)}\n\`\`\``)
    expect(page).toContain(`\`\`\`http\n${goldenText(`gjzwfwpt/${file}.reply.http`)}\n\`\`\``)
  }
  for (const file of ['verify-data.revoked', 'verify-data.unreachable', 'error', 'error.plain']) {
    expect(page).toContain(goldenText(`gjzwfwpt/${file}.reply.http`))
  }
})
