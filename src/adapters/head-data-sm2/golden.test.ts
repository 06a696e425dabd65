import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { contextOf, goldenReplyOf, goldenRequestOf, goldenText, messageText } from '../../../test/dialect-golden.js'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer, Licence } from '../../canonical/model.js'
import { verdictReport } from '../../canonical/verdict.js'
import { openingKey, sealingKey } from '../../crypto/sm2-keys.js'
import { headDataSm2 } from './index.js'

const { asker } = JSON.parse(goldenText('head-data-sm2/keys.json')) as { asker: Record<string, string> }
const context = contextOf({
  opening: openingKey(Buffer.from(asker['privateKey'] ?? '', 'hex')),
  sealing: sealingKey(Buffer.from(asker['publicKey'] ?? '', 'hex')),
  secrets: { accessId: 'hutong-test-access', accessToken: 'hutong-test-token-0001' },
})

const licenceId = parseLicenceId('1.2.156.3005.2.11100000000013661B006.11370000MA0000TX0H.2024000007.001.B')
const asked = {
  purpose: {
    organisation: '福建省政务服务系统（测试）',
    operator: { id: 'fj-window-07', name: null, assurance: 'asserted' },
    category: 'item',
    itemCode: 'FJ-TEST-0001',
    itemName: '安全生产许可证核发（测试）',
    caseNumber: 'FJ20231115-0001',
    reason: '核验危险化学品经营许可证',
  },
  trace: '',
  hops: [],
  deadline: null,
} as const
const lifecycle = { state: 'valid', raw: '11', encumbrances: [] } as const
const issuer = { code: '11370000MA0000TX0H', name: '山东省应急管理厅（测试）' }
const licence: Licence = {
  id: licenceId,
  name: '危险化学品经营许可证（测试）',
  typeCode: '11100000000013661B006',
  typeName: '危险化学品经营许可证',
  number: '鲁危化经〔2024〕000007号',
  issuer,
  holders: [
    { typeCode: '001', code: '91370000MA0000TX1C', name: '测试化工有限公司' },
    { typeCode: '001', code: '91370100MA0000TX2L', name: '测试贸易（山东）有限公司' },
  ],
  issuedOn: '2024-03-01',
  validFrom: '2024-03-01',
  validTo: null,
  validToRaw: '长期',
  lifecycle,
  fields: { XKFW: '乙醇汽油、柴油', JYFS: '带有储存设施的经营' },
}
const { id, name, typeCode } = licence
const hit = { id, name, typeCode, issuer, lifecycle }
const claims = {
  holderCode: '91370000MA0000TX1C',
  holderName: '测试化工有限公司',
  number: '鲁危化经〔2024〕000007号',
  XKFW: '乙醇汽油、柴油',
}
const matched = { holderCode: 'match', holderName: 'match', number: 'match', XKFW: 'match' } as const
const search: CanonicalRequest = {
  operation: 'search',
  holder: { typeCode: '001', code: '91370000MA0000TX1C', name: '测试化工有限公司' },
  typeCode: '11100000000013661B006',
  issuer: null,
  division: '370000',
  ...asked,
} as CanonicalRequest
const getData: CanonicalRequest = { operation: 'getData', licenceId, ...asked }
const verifyData: CanonicalRequest = { operation: 'verifyData', licenceId, claims, ...asked }
const cancelled = { state: 'cancelled', raw: '-2', encumbrances: [] } as const
const noDates = { validFrom: null, validTo: null }

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
    answer: { operation: 'search', found: [hit] },
    replied: 'search',
    losses: [],
    read: { operation: 'search', found: [hit] },
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
    answer: {
      operation: 'verifyData',
      licenceId,
      report: verdictReport({
        code: 'VALID',
        parts: {},
        lifecycle: { state: 'unknown', raw: null, encumbrances: [] },
        fields: matched,
      }),
    },
    replied: 'verify-data',
    losses: [
      { field: 'parts', reason: 'no-slot' },
      { field: 'fields', reason: 'no-slot' },
    ],
    read: {
      operation: 'verifyData',
      licenceId,
      finding: {
        existence: 'found',
        lifecycle: { state: 'valid', raw: '0', encumbrances: [] },
        ...noDates,
        claims: matched,
        mismatch: false,
      },
    },
  },
  'verifyData of a revoked licence': {
    request: verifyData,
    sent: 'verify-data',
    answer: {
      operation: 'verifyData',
      licenceId,
      report: verdictReport({ code: 'REVOKED', parts: {}, lifecycle: cancelled }),
    },
    replied: 'verify-data.revoked',
    losses: [
      { field: 'parts', reason: 'no-slot' },
      { field: 'code', reason: 'narrowed' },
    ],
    read: {
      operation: 'verifyData',
      licenceId,
      finding: {
        existence: 'found',
        lifecycle: { state: 'revoked', raw: '-2', encumbrances: [] },
        ...noDates,
        claims: matched,
        mismatch: false,
      },
    },
  },
}

/** The reply with its sealed part opened, since no two encryptions are alike. */
function opened(body: Uint8Array): string {
  const text = Buffer.from(body).toString()
  return text.replace(/"04[0-9A-F]{200,}"/, (hex) =>
    Buffer.from(context.keys.opening?.decrypt(Buffer.from(hex.slice(1, -1), 'hex')) ?? []).toString(),
  )
}

describe.each(Object.entries(exchanges))('%s', (_kind, { request, sent, answer, replied, losses, read }) => {
  const file = `head-data-sm2/${sent}`

  test('is asked in exactly these bytes', async () => {
    const { value, losses: lost } = await headDataSm2.outbound.encode(request, '', context)
    expect(messageText(`${value.method} ${value.target} HTTP/1.1`, value.headers, value.body)).toBe(
      goldenText(`${file}.request.http`),
    )
    expect(lost).toEqual([])
  })

  test('these bytes are read, under a mount', async () => {
    const wire = goldenRequestOf(file, '/in/fujian')
    const decoded = headDataSm2.inbound.decode(wire)
    expect([decoded.request, decoded.losses]).toEqual([request, []])
    expect(await headDataSm2.inbound.authenticate(wire, decoded, context)).toEqual({
      strength: 'loopback-secret',
      keyId: 'hutong-test-access',
      replay: null,
    })
  })

  test('is answered in exactly these bytes, but for the cipher', async () => {
    const decoded = headDataSm2.inbound.decode(goldenRequestOf(file))
    const { value, losses: lost } = await headDataSm2.inbound.encode(answer, decoded, context)
    const golden = goldenReplyOf(`head-data-sm2/${replied}`)
    expect([value.status, value.headers]).toEqual([golden.status, golden.headers])
    expect(opened(value.body)).toBe(opened(golden.body))
    expect(lost).toEqual(losses)
  })

  test('the answer is read', async () => {
    const reply = goldenReplyOf(`head-data-sm2/${replied}`)
    const translated = await headDataSm2.outbound.decode(reply, goldenRequestOf(file), request, context)
    expect(translated).toEqual({ value: read, losses: [] })
  })

  test('the file of its plain text says what is sealed in it', () => {
    expect(opened(goldenReplyOf(`head-data-sm2/${replied}`).body)).toContain(
      goldenText(`head-data-sm2/${replied}.plain.json`),
    )
  })
})

test.each(['search', 'get-data', 'verify-data'])('nothing of the answer to %s can be read on the way', (file) => {
  expect(Buffer.from(goldenReplyOf(`head-data-sm2/${file}`).body).toString()).not.toContain(licenceId)
})

test('no hit is status 10', async () => {
  const wire = goldenRequestOf('head-data-sm2/search')
  const { value } = await headDataSm2.inbound.encode(
    { operation: 'search', found: [] },
    headDataSm2.inbound.decode(wire),
    context,
  )
  expect(messageText('HTTP/1.1 200', value.headers, value.body)).toBe(
    goldenText('head-data-sm2/search.empty.reply.http'),
  )
  expect((await headDataSm2.outbound.decode(value, wire, search, context)).value).toEqual({
    operation: 'search',
    found: [],
  })
})

test('a verdict that determines nothing is a failure', async () => {
  const wire = goldenRequestOf('head-data-sm2/verify-data')
  const report = verdictReport({ code: 'ISSUER_UNREACHABLE', parts: {} })
  const { value } = await headDataSm2.inbound.encode(
    { operation: 'verifyData', licenceId, report },
    headDataSm2.inbound.decode(wire),
    context,
  )
  const golden = 'head-data-sm2/verify-data.unreachable'
  expect(messageText('HTTP/1.1 200', value.headers, value.body)).toBe(goldenText(`${golden}.reply.http`))
  await expect(headDataSm2.outbound.decode(goldenReplyOf(golden), wire, verifyData, context)).rejects.toMatchObject({
    code: 'ISSUER_UNREACHABLE',
  })
})

test('a head that says expired is a finding', async () => {
  const reply = goldenReplyOf('head-data-sm2/verify-data.expired')
  const { value } = await headDataSm2.outbound.decode(
    reply,
    goldenRequestOf('head-data-sm2/verify-data'),
    verifyData,
    context,
  )
  expect(value).toMatchObject({
    finding: { existence: 'found', lifecycle: { state: 'expired', raw: '22' }, claims: {}, mismatch: false },
  })
})

test('a failure is told in exactly these bytes', () => {
  const decoded = headDataSm2.inbound.decode(goldenRequestOf('head-data-sm2/get-data'))
  const { status, headers, body } = headDataSm2.inbound.encodeError(
    new HubError('LICENCE_NOT_FOUND'),
    '7f3a9c52e1b04d68',
    decoded,
  )
  expect(messageText(`HTTP/1.1 ${status}`, headers, body)).toBe(goldenText('head-data-sm2/error.reply.http'))
})

test.each([
  ['error', 'LICENCE_NOT_FOUND', undefined],
  ['error.plain', 'ISSUER_REFUSED', 'status-100'],
])('the failure %s is read', async (file, code, subject) => {
  const reading = headDataSm2.outbound.decode(
    goldenReplyOf(`head-data-sm2/${file}`),
    goldenRequestOf('head-data-sm2/get-data'),
    getData,
    context,
  )
  await expect(reading).rejects.toMatchObject({ code, subject })
})

test('the page shows every message as it is', () => {
  const page = readFileSync(new URL('../../../spec/dialects/head-data-sm2.md', import.meta.url), 'utf8')
  const requests = ['search', 'get-data', 'verify-data']
  const replies = [
    ...requests,
    'verify-data.revoked',
    'search.empty',
    'verify-data.expired',
    'verify-data.unreachable',
    'error',
    'error.plain',
  ]
  for (const file of requests) expect(page).toContain(goldenText(`head-data-sm2/${file}.request.http`))
  for (const file of replies) expect(page).toContain(goldenText(`head-data-sm2/${file}.reply.http`))
  for (const file of [...requests, 'verify-data.revoked']) {
    expect(page).toContain(goldenText(`head-data-sm2/${file}.plain.json`))
  }
})
