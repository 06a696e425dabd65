import { describe, expect, test } from 'vitest'
import { contextOf, goldenReplyOf, goldenRequestOf } from '../../../test/dialect-golden.js'
import { type ErrorCode, errorTable, HubError } from '../../canonical/errors.js'
import type { CanonicalRequest, IssuerAnswer } from '../../canonical/model.js'
import type { WireReply, WireRequest } from '../adapter.js'
import { xBgHmac, xBgSecrets } from '../signers/x-bg-hmac.js'
import { xTif, xTifSecrets } from '../signers/x-tif.js'
import { gjzwfwpt, gjzwfwptWith } from './index.js'

const context = contextOf({})
const files = { search: 'search', getData: 'get-data', verifyData: 'verify-data' } as const
type Name = keyof typeof files
const wireOf = (operation: Name) => goldenRequestOf(`gjzwfwpt/${files[operation]}`)
const askedOf = (operation: Name): CanonicalRequest => gjzwfwpt.inbound.decode(wireOf(operation)).request

const reply = (body: unknown, status = 200): WireReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})
const read = async (operation: Name, wire: WireReply): Promise<IssuerAnswer> =>
  (await gjzwfwpt.outbound.decode(wire, wireOf(operation), askedOf(operation), context)).value

async function failure(operation: Name, wire: WireReply): Promise<HubError> {
  try {
    await read(operation, wire)
  } catch (thrown) {
    return HubError.from(thrown)
  }
  throw new Error('an answer was read')
}

describe('no code of the closed list is lost', () => {
  test.each(Object.keys(errorTable) as ErrorCode[])('%s', async (code) => {
    for (const decoded of [gjzwfwpt.inbound.decode(wireOf('getData')), null]) {
      const wire = gjzwfwpt.inbound.encodeError(
        new HubError(code, { subject: 'certificateidentifier' }),
        'trace-0001',
        decoded,
      )
      expect(wire.status).toBe(200)
      expect(JSON.parse(Buffer.from(wire.body).toString())).toMatchObject({ code: 300, data: null })
      const error = await failure('getData', wire)
      expect(error.code === code ? error.code : error.subject).toBe(code)
      expect(errorTable[error.code].origin).not.toBe('client')
    }
  })
})

test.each<[unknown, string, string | undefined]>([
  [{ code: 300, message: '失败', data: null }, 'ISSUER_FAILED', 'code'],
  [{ code: '300', message: '[LICENCE_NOT_FOUND] x' }, 'LICENCE_NOT_FOUND', undefined],
  [{ code: 'api-003', message: '签名错误' }, 'ISSUER_FAILED', 'api-003'],
  [{ code: 300, message: 'catalog-001 目录不存在' }, 'ISSUER_FAILED', 'catalog-001'],
  [{ code: 300, message: 'res-12 x' }, 'ISSUER_FAILED', 'code'],
  [{ code: 300, message: 'db-0017' }, 'ISSUER_FAILED', 'code'],
  [{ code: 0, message: 'ok', data: {} }, 'ISSUER_FAILED', 'code'],
  [{ code: '000001', message: 'ok', data: {} }, 'ISSUER_FAILED', 'code'],
  [{ code: 300, message: 42 }, 'ISSUER_FAILED', 'code'],
  [{ code: 300, message: '[NOT_AUTHORISED] x' }, 'LICENCE_WITHHELD', 'NOT_AUTHORISED'],
  [{ code: 300, message: '[UNSUPPORTED] x' }, 'OPERATION_UNSUPPORTED', 'UNSUPPORTED'],
])('%j reads as %s', async (body, code, subject) => {
  const error = await failure('getData', reply(body))
  expect([error.code, error.subject]).toEqual([code, subject])
})

test.each<[number, string, string]>([
  [200, '<html></html>', 'REPLY_MALFORMED'],
  [200, '', 'REPLY_MALFORMED'],
  [200, '[]', 'REPLY_MALFORMED'],
  [200, '{"data":{}}', 'REPLY_MALFORMED'],
  [200, '{"code":200,"code":300}', 'REPLY_MALFORMED'],
  [200, '{"code":{},"data":{}}', 'REPLY_MALFORMED'],
  [200, '{"code":200,"data":"{"}', 'REPLY_MALFORMED'],
  [401, 'no', 'ISSUER_REFUSED'],
  [403, 'no', 'ISSUER_REFUSED'],
  [404, 'no', 'ISSUER_FAILED'],
  [429, 'no', 'ISSUER_BUSY'],
  [502, 'no', 'ISSUER_UNREACHABLE'],
  [503, 'no', 'ISSUER_UNREACHABLE'],
  [504, 'no', 'ISSUER_TIMEOUT'],
])('HTTP %d with %j reads as %s', async (status, body, code) => {
  expect((await failure('verifyData', reply(body, status))).code).toBe(code)
})

const golden = (name: string) => JSON.parse(Buffer.from(goldenReplyOf(`gjzwfwpt/${name}`).body).toString())
const other = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S'

describe('answers about something else', () => {
  test.each<[Name, object, string]>([
    ['getData', { certificateidentifier: other }, 'REPLY_MISMATCH'],
    ['verifyData', { certificateidentifier: other }, 'REPLY_MISMATCH'],
    ['verifyData', { certificateidentifier: null }, 'REPLY_MALFORMED'],
    ['verifyData', { certificateidentifier: other.replace('.S', '.A') }, 'REPLY_MALFORMED'],
    ['verifyData', { result: null }, 'REPLY_MALFORMED'],
    ['verifyData', { result: '6' }, 'ISSUER_FAILED'],
    ['getData', { certificateexpiringdate: '三年' }, 'REPLY_MALFORMED'],
    ['getData', { certificateissueddate: '2023-02-30' }, 'REPLY_MALFORMED'],
    ['getData', { certificatenumber: 403 }, 'REPLY_MALFORMED'],
    ['getData', { certificateholdertypecode: '', certificateholdercode: 'G1' }, 'REPLY_MALFORMED'],
    ['getData', { extend_info: [{ name: 'KZ___proto__', value: 'x' }] }, 'REPLY_MALFORMED'],
    [
      'getData',
      {
        extend_info: [
          { name: 'KZ_A', value: '1' },
          { name: 'KZ_A', value: '2' },
        ],
      },
      'REPLY_MALFORMED',
    ],
    ['getData', { extend_info: { KZ_A: '1' } }, 'REPLY_MALFORMED'],
  ])('%s with %j is %s', async (operation, change, code) => {
    const body = golden(files[operation])
    expect((await failure(operation, reply({ ...body, data: { ...body.data, ...change } }))).code).toBe(code)
  })

  test('a hit of another type', async () => {
    const hit = other.replace('W011', 'W012').replace(/.$/, '')
    const id = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((check) => hit + check)
    const errors = await Promise.all(
      id.map((each) => failure('search', reply({ code: 200, message: '', data: [{ certificateidentifier: each }] }))),
    )
    // One check character is right (and one more in the deviating form): those are mismatches, the rest no identifiers.
    expect(errors.map(({ code }) => code)).toContain('REPLY_MISMATCH')
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['REPLY_MISMATCH', 'REPLY_MALFORMED']))
  })
})

test('data may be a text that holds JSON, and a reply may say more than we know', async () => {
  const body = golden('get-data')
  const data = { ...body.data, certificateissuingauthoritylevel: '省级' }
  const wire = reply({ ...body, code: '200', data: JSON.stringify(data) })
  const { value, losses } = await gjzwfwpt.outbound.decode(wire, wireOf('getData'), askedOf('getData'), context)
  expect(value).toEqual(await read('getData', goldenReplyOf('gjzwfwpt/get-data')))
  expect(losses).toEqual([{ field: 'certificateissuingauthoritylevel', reason: 'no-slot' }])
})

test.each([null, {}, [], ''])('an empty answer %j is not found', async (data) => {
  const wire = reply({ code: 200, message: '', data })
  expect((await failure('getData', wire)).code).toBe('LICENCE_NOT_FOUND')
  expect(await read('verifyData', wire)).toMatchObject({ finding: { existence: 'not-found' } })
})

test('search and verifyData take LICENCE_NOT_FOUND for an answer', async () => {
  const wire = goldenReplyOf('gjzwfwpt/error')
  expect(await read('search', wire)).toEqual({ operation: 'search', found: [] })
  expect(await read('verifyData', wire)).toMatchObject({ finding: { existence: 'not-found' } })
})

const request = (operation: Name, change: Record<string, unknown>): WireRequest => {
  const wire = wireOf(operation)
  return { ...wire, body: Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(wire.body).toString()), ...change })) }
}

describe('questions that are refused', () => {
  test.each<[Name, Record<string, unknown>, ErrorCode, string | undefined]>([
    ['getData', { certificateidentifier: undefined }, 'LICENCE_ID_MALFORMED', 'licenceId'],
    ['getData', { certificateidentifier: `${other.slice(0, -1)}A` }, 'LICENCE_ID_CHECK_FAILED', 'licenceId'],
    ['getData', { certificateidentifiers: other }, 'REQUEST_INVALID', 'certificateidentifiers'],
    ['getData', { 姓名: 'x' }, 'REQUEST_INVALID', '?'],
    ['getData', { orgname: '' }, 'PURPOSE_INVALID', 'orgname'],
    ['getData', { username: null }, 'PURPOSE_INVALID', 'username'],
    ['getData', { usefor: undefined }, 'PURPOSE_INVALID', 'usefor'],
    ['getData', { businesscode: '' }, 'PURPOSE_INVALID', 'businesscode'],
    ['getData', { itemcode: '' }, 'PURPOSE_INVALID', 'itemcode'],
    ['getData', { itemcode: '', itemname: '公共核验' }, 'PURPOSE_INVALID', 'itemcode'],
    ['getData', { itemcode: '', itemname: '监督检查', businesscode: '' }, 'PURPOSE_INVALID', 'businesscode'],
    ['getData', { orgname: '甲'.repeat(201) }, 'REQUEST_INVALID', 'orgname'],
    ['getData', { username: 'a\nb' }, 'REQUEST_INVALID', 'username'],
    ['getData', { itemcode: 7 }, 'REQUEST_INVALID', 'itemcode'],
    ['search', { certificateholdercode: '110105194912310021' }, 'HOLDER_CODE_MALFORMED', 'certificateholdercode'],
    ['search', { certificateholdertypecode: '11' }, 'REQUEST_INVALID', 'certificateholdertypecode'],
    ['search', { certificateareacode: '4300' }, 'REQUEST_INVALID', 'certificateareacode'],
    ['search', { certificatetypecode: '安管人员' }, 'REQUEST_INVALID', 'certificatetypecode'],
    ['search', { certificateissuingauthoritycode: '340100' }, 'REQUEST_INVALID', 'certificateissuingauthoritycode'],
    ['verifyData', { extend_info: [{ name: 'GANGWEI', value: 'x' }] }, 'REQUEST_INVALID', 'KZ_'],
    ['verifyData', { extend_info: [{ name: 'KZ_holderName', value: 'x' }] }, 'REQUEST_INVALID', 'extend_info'],
    ['verifyData', { extend_info: 'KZ_A' }, 'REQUEST_INVALID', 'extend_info'],
    ['verifyData', { certificateholdernam: 'x' }, 'REQUEST_INVALID', 'certificateholdernam'],
  ])('%s with %j: %s', (operation, change, code, subject) => {
    try {
      gjzwfwpt.inbound.decode(request(operation, change))
    } catch (thrown) {
      const error = HubError.from(thrown)
      expect([error.code, error.subject]).toEqual([code, subject])
      return
    }
    throw new Error('it was accepted')
  })

  test('without any purpose', () => {
    const empty = { orgname: '', username: '', itemname: '', itemcode: '', businesscode: '', usefor: '' }
    expect(() => gjzwfwpt.inbound.decode(request('getData', empty))).toThrow('PURPOSE_MISSING')
  })

  test.each<[Partial<WireRequest>, ErrorCode]>([
    [{ target: '/sysapi/certificate/file' }, 'ENDPOINT_UNKNOWN'],
    [{ target: '/sysapi/certificate/data/' }, 'ENDPOINT_UNKNOWN'],
    [{ target: '/sysapi/certificate/data?a=1' }, 'REQUEST_INVALID'],
    [{ method: 'GET' }, 'METHOD_NOT_ALLOWED'],
    [{ headers: { 'content-type': 'text/plain' } }, 'CONTENT_TYPE_UNSUPPORTED'],
    [{ headers: { 'content-type': 'application/json;charset=gbk' } }, 'CONTENT_TYPE_UNSUPPORTED'],
    [{ body: Buffer.from('[]') }, 'REQUEST_INVALID'],
    [{ body: Buffer.from([0x7b, 0xff, 0x7d]) }, 'CHARSET_MISMATCH'],
  ])('%j is %s', (change, code) => {
    expect(() => gjzwfwpt.inbound.decode({ ...wireOf('getData'), ...change })).toThrow(code)
  })
})

test('a small x in a citizen id is raised', () => {
  const decoded = gjzwfwpt.inbound.decode(request('search', { certificateholdercode: '11010519491231002x' }))
  expect(decoded.request).toMatchObject({ holder: { code: '11010519491231002X' } })
})

test.each([
  ['x-tif', gjzwfwptWith(xTif(), xTifSecrets), { paasId: 'hutong-test-paas', token: 'hutong-test-token' }],
  ['x-bg', gjzwfwptWith(xBgHmac(), xBgSecrets), { accessKey: 'BCDSGA_test', secretKey: 'BCDSGS_test' }],
])('the envelope works under %s too', async (_name, dialect, secrets) => {
  const from = contextOf({ secrets })
  const { value } = await dialect.outbound.encode(askedOf('getData'), '/in/mca', from)
  const decoded = dialect.inbound.decode(value)
  expect((await dialect.inbound.authenticate(value, decoded, from)).strength).toBe('hmac')
  expect(dialect.secrets).toEqual(Object.keys(secrets))
})
