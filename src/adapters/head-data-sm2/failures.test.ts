import { describe, expect, test } from 'vitest'
import { contextOf, goldenReplyOf, goldenRequestOf, goldenText } from '../../../test/dialect-golden.js'
import { type ErrorCode, errorTable, HubError } from '../../canonical/errors.js'
import type { CanonicalRequest, IssuerAnswer } from '../../canonical/model.js'
import { generateSm2Key, openingKey, sealingKey } from '../../crypto/sm2-keys.js'
import type { PeerFacts, SignerContext, SpokeKeys, WireReply, WireRequest } from '../adapter.js'
import { statuses } from './codes.js'
import { headDataSm2, headDataSm2With } from './index.js'

const { asker } = JSON.parse(goldenText('head-data-sm2/keys.json')) as { asker: Record<string, string> }
const keys = {
  opening: openingKey(Buffer.from(asker['privateKey'] ?? '', 'hex')),
  sealing: sealingKey(Buffer.from(asker['publicKey'] ?? '', 'hex')),
  secrets: { accessId: 'hutong-test-access', accessToken: 'hutong-test-token-0001' },
}
const context = contextOf(keys)
const files = { search: 'search', getData: 'get-data', verifyData: 'verify-data' } as const
type Name = keyof typeof files
const wireOf = (operation: Name) => goldenRequestOf(`head-data-sm2/${files[operation]}`)
const askedOf = (operation: Name): CanonicalRequest => headDataSm2.inbound.decode(wireOf(operation)).request

const reply = (body: unknown, status = 200): WireReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})
const ok = { status: 0, message: '接口调用成功' }
const hex = (plain: string) => Buffer.from(keys.sealing.encrypt(Buffer.from(plain))).toString('hex')
const plainOf = (file: string) => JSON.parse(goldenText(`head-data-sm2/${file}.plain.json`))

async function outcome(
  operation: Name,
  wire: WireReply,
  from: SignerContext = context,
): Promise<IssuerAnswer | HubError> {
  try {
    return (await headDataSm2.outbound.decode(wire, wireOf(operation), askedOf(operation), from)).value
  } catch (thrown) {
    return HubError.from(thrown)
  }
}
async function failure(operation: Name, wire: WireReply, from?: SignerContext): Promise<HubError> {
  const result = await outcome(operation, wire, from)
  if (result instanceof HubError) return result
  throw new Error('an answer was read')
}

describe('no code of the closed list is lost', () => {
  test.each(Object.keys(errorTable) as ErrorCode[])('%s', async (code) => {
    for (const decoded of [headDataSm2.inbound.decode(wireOf('getData')), null]) {
      const wire = headDataSm2.inbound.encodeError(new HubError(code, { subject: 'certData' }), 'trace-0001', decoded)
      expect(wire.status).toBe(200)
      const { head, data } = JSON.parse(Buffer.from(wire.body).toString())
      // Never 0, and never a status that says something about the licence.
      expect(['2', '10', '11', '12', '13', '99', '100', '103']).toContain(String(head.status))
      expect(data).toEqual({})
      const error = await failure('getData', wire)
      expect(error.code === code ? error.code : error.subject).toBe(code)
      expect(errorTable[error.code].origin).not.toBe('client')
    }
  })
})

describe('the dialect’s own statuses', () => {
  const listed = '2 10 11 12 13 21 22 23 99 100 101 102 103 105 106 107 108 109 110 111 113 60001'
  const findings: Record<string, string> = { 21: 'cancelled', 22: 'expired', 23: 'suspended' }

  test('all that are listed have a meaning', () => {
    expect(Object.keys(statuses)).toEqual(listed.split(' '))
  })

  test.each(listed.split(' '))('%s, as a number or a text', async (status) => {
    for (const written of [Number(status), status]) {
      const wire = reply({ head: { status: written, message: 'x' }, data: {} })
      const expected = statuses[status]
      expect((await failure('getData', wire)).code).toBe(expected?.error)
      const verified = await outcome('verifyData', wire)
      if (status === '10') expect(verified).toMatchObject({ finding: { existence: 'not-found' } })
      else if (status in findings) {
        const lifecycle = { state: findings[status], raw: status }
        expect(verified).toMatchObject({ finding: { existence: 'found', lifecycle } })
      } else expect((verified as HubError).code).toBe(expected?.verifying ?? expected?.error)
      const found = await outcome('search', wire)
      if (status === '10') expect(found).toEqual({ operation: 'search', found: [] })
      else expect((found as HubError).code).toBe(expected?.error)
    }
  })

  test.each([[1], ['-1'], [200], ['000001'], ['constructor']])('%j has none and is a failure', async (status) => {
    for (const operation of ['search', 'getData', 'verifyData'] as const) {
      const error = await failure(operation, reply({ head: { status, message: 'x' }, data: { certData: '04' } }))
      expect(error.code).toBe('ISSUER_FAILED')
    }
  })

  test('the exact code in the message decides over the status', async () => {
    const wire = reply({ head: { status: 99, message: '[ISSUER_UNREACHABLE] x' }, data: {} })
    expect((await failure('verifyData', wire)).code).toBe('ISSUER_UNREACHABLE')
    const expired = reply({ head: { status: 22, message: '[NOT_AUTHORISED] x' }, data: {} })
    expect((await failure('verifyData', expired)).code).toBe('LICENCE_WITHHELD')
  })
})

test.each<[number, string, string]>([
  [200, '<html></html>', 'REPLY_MALFORMED'],
  [200, '{"data":{}}', 'REPLY_MALFORMED'],
  [200, '{"head":[]}', 'REPLY_MALFORMED'],
  [200, '{"head":{}}', 'REPLY_MALFORMED'],
  [200, '{"head":{"status":true}}', 'REPLY_MALFORMED'],
  [401, 'no', 'ISSUER_REFUSED'],
  [429, 'no', 'ISSUER_BUSY'],
  [500, 'no', 'ISSUER_FAILED'],
  [503, 'no', 'ISSUER_UNREACHABLE'],
  [504, 'no', 'ISSUER_TIMEOUT'],
])('HTTP %d with %j reads as %s', async (status, body, code) => {
  expect((await failure('verifyData', reply(body, status))).code).toBe(code)
})

describe('sealed data', () => {
  const licence = JSON.stringify(plainOf('get-data'))

  test('either case of hex, in certData or in data itself', async () => {
    const expected = await outcome('getData', goldenReplyOf('head-data-sm2/get-data'))
    expect(expected).toMatchObject({ operation: 'getData' })
    for (const data of [{ certData: hex(licence) }, hex(licence), { certData: hex(licence).toUpperCase() }]) {
      expect(await outcome('getData', reply({ head: { ...ok, status: '0' }, data }))).toEqual(expected)
    }
  })

  const sealed = hex(licence)
  test.each<[string, unknown, string]>([
    ['no hex', { certData: `${sealed.slice(0, -1)}z` }, 'REPLY_UNDECRYPTABLE'],
    ['a digit short', { certData: sealed.slice(0, -1) }, 'REPLY_UNDECRYPTABLE'],
    [
      'a byte changed',
      { certData: `${sealed.slice(0, -2)}${sealed.endsWith('00') ? '01' : '00'}` },
      'REPLY_UNDECRYPTABLE',
    ],
    ['no point', { certData: `03${sealed.slice(2)}` }, 'REPLY_UNDECRYPTABLE'],
    ['too short', { certData: '04' }, 'REPLY_UNDECRYPTABLE'],
    ['not JSON inside', { certData: hex('证照') }, 'REPLY_MALFORMED'],
    [
      'not UTF-8 inside',
      { certData: Buffer.from(keys.sealing.encrypt(Buffer.from([0xff, 0xfe]))).toString('hex') },
      'REPLY_MALFORMED',
    ],
    ['not sealed', JSON.parse(licence), 'REPLY_MALFORMED'],
    ['not sealed in certData', { certData: JSON.parse(licence) }, 'REPLY_MALFORMED'],
    ['nothing', null, 'REPLY_MALFORMED'],
    ['empty', { certData: '' }, 'REPLY_MALFORMED'],
  ])('%s is %s', async (_case, data, code) => {
    expect((await failure('getData', reply({ head: ok, data }))).code).toBe(code)
  })

  test('to another key, or without one, it cannot be read', async () => {
    const wire = goldenReplyOf('head-data-sm2/get-data')
    const other = contextOf({ ...keys, opening: openingKey(generateSm2Key()) })
    expect((await failure('getData', wire, other)).code).toBe('REPLY_UNDECRYPTABLE')
    expect((await failure('getData', wire, contextOf({ ...keys, opening: null }))).code).toBe('REPLY_UNDECRYPTABLE')
  })

  test('what stands in the data of a failure is not opened', async () => {
    expect((await failure('getData', reply({ head: { status: 99, message: 'x' }, data: 'no' }))).code).toBe(
      'ISSUER_FAILED',
    )
  })

  test('without the asker’s key nothing leaves in the clear', async () => {
    const decoded = headDataSm2.inbound.decode(wireOf('search'))
    const writing = headDataSm2.inbound.encode(
      { operation: 'search', found: [] },
      decoded,
      contextOf({ secrets: keys.secrets }),
    )
    // No hit holds nothing to seal.
    expect(JSON.parse(Buffer.from((await writing).value.body).toString())).toMatchObject({ head: { status: 10 } })
    const answer = await outcome('getData', goldenReplyOf('head-data-sm2/get-data'))
    const failing = headDataSm2.inbound.encode(
      answer as Parameters<typeof headDataSm2.inbound.encode>[0],
      headDataSm2.inbound.decode(wireOf('getData')),
      contextOf({ secrets: keys.secrets }),
    )
    await expect(failing).rejects.toMatchObject({ code: 'INTERNAL', subject: 'encryptTo' })
  })

  test('a verdict discloses nothing and may be plain', async () => {
    const expected = await outcome('verifyData', goldenReplyOf('head-data-sm2/verify-data'))
    expect(await outcome('verifyData', reply({ head: ok, data: plainOf('verify-data') }))).toEqual(expected)
    expect(await outcome('verifyData', reply({ head: ok, data: { result: 0, message: '' } }))).toEqual(expected)
  })
})

const other = '1.2.156.3005.2.11100000000013661B006.11370000MA0000TX0H.2024000008.001.W'
describe('answers about something else', () => {
  test.each<[Name, string, object, string]>([
    ['getData', 'get-data', { cert_identifier: other }, 'REPLY_MISMATCH'],
    ['getData', 'get-data', { cert_identifier: '' }, 'REPLY_MALFORMED'],
    ['getData', 'get-data', { cert_identifier: `${other.slice(0, -1)}0` }, 'REPLY_MALFORMED'],
    ['getData', 'get-data', { certificateExpiringDate: '1Y' }, 'REPLY_MALFORMED'],
    ['getData', 'get-data', { KZ_: 'x' }, 'REPLY_MALFORMED'],
    ['getData', 'get-data', { KZ_XKFW: 1 }, 'REPLY_MALFORMED'],
    ['getData', 'get-data', { KZ___proto__: 'x' }, 'REPLY_MALFORMED'],
    ['verifyData', 'verify-data', { certIdentifier: other }, 'REPLY_MISMATCH'],
    ['verifyData', 'verify-data', { certIdentifier: 'x' }, 'REPLY_MALFORMED'],
    ['verifyData', 'verify-data', { result: null }, 'REPLY_MALFORMED'],
    ['verifyData', 'verify-data', { result: '6' }, 'OPERATION_UNSUPPORTED'],
  ])('%s: %s with %j is %s', async (operation, file, change, code) => {
    const data = hex(JSON.stringify({ ...plainOf(file), ...change }))
    expect((await failure(operation, reply({ head: ok, data }))).code).toBe(code)
  })

  test('a hit of another type, and hits that are no list', async () => {
    const id = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
    const wire = (data: unknown) => reply({ head: ok, data: { certData: hex(JSON.stringify(data)) } })
    expect((await failure('search', wire([{ cert_identifier: id }]))).code).toBe('REPLY_MISMATCH')
    expect((await failure('search', wire({ cert_identifier: other }))).code).toBe('REPLY_MALFORMED')
    expect((await failure('search', wire([other]))).code).toBe('REPLY_MALFORMED')
  })
})

test('a hit that gives its identifier only, as the real interface does', async () => {
  const wire = reply({ head: ok, data: { certData: hex(JSON.stringify([{ cert_identifier: other }])) } })
  expect(await outcome('search', wire)).toEqual({
    operation: 'search',
    found: [
      {
        id: other,
        name: null,
        typeCode: '11100000000013661B006',
        issuer: { code: '11370000MA0000TX0H', name: null },
        lifecycle: { state: 'unknown', raw: null, encumbrances: [] },
      },
    ],
  })
})

test('names that callers have seen are read, and members that we do not know are losses', async () => {
  const { certificateName: name, certificateNumber: certno, ...rest } = plainOf('get-data')
  const data = hex(JSON.stringify({ ...rest, name, certno, certificateIssuingAuthorityLevel: '省级' }))
  const wire = reply({ head: ok, data })
  const { value, losses } = await headDataSm2.outbound.decode(wire, wireOf('getData'), askedOf('getData'), context)
  expect(value).toEqual(await outcome('getData', goldenReplyOf('head-data-sm2/get-data')))
  expect(losses).toEqual([{ field: 'certificateIssuingAuthorityLevel', reason: 'no-slot' }])
})

test.each([
  ['11', 'valid'],
  ['20', 'unknown'],
  ['-2', 'cancelled'],
  ['-3', 'cancelled'],
  ['-5', 'cancelled'],
  ['-8', 'cancelled'],
  ['-4', 'expired'],
  ['12', 'suspended'],
  ['13', 'suspended'],
  ['1', 'unknown'],
  ['-1', 'unknown'],
])('status %s is %s, and kept', async (raw, state) => {
  const data = hex(JSON.stringify({ ...plainOf('get-data'), certificateStatus: Number(raw) }))
  expect(await outcome('getData', reply({ head: ok, data }))).toMatchObject({ licence: { lifecycle: { state, raw } } })
})

test('a deployment says which statuses are valid', async () => {
  const dialect = headDataSm2With({ validStatuses: ['20', '21', '-4'] })
  const read = async (status: number) => {
    const wire = reply({ head: ok, data: hex(JSON.stringify({ ...plainOf('get-data'), certificateStatus: status })) })
    const { value } = await dialect.outbound.decode(wire, wireOf('getData'), askedOf('getData'), context)
    return value.operation === 'getData' && value.licence.lifecycle.state
  }
  expect([await read(20), await read(21), await read(11)]).toEqual(['valid', 'valid', 'unknown'])
  expect(await read(-4)).toBe('expired')
})

const request = (operation: Name, change: (body: Record<string, Record<string, unknown>>) => void): WireRequest => {
  const wire = wireOf(operation)
  const body = JSON.parse(Buffer.from(wire.body).toString())
  change(body)
  return { ...wire, body: Buffer.from(JSON.stringify(body)) }
}

describe('who is it', () => {
  const pinned = 'a'.repeat(64)
  const outcomeOf = async (head: object, peer: PeerFacts, more: Partial<SpokeKeys> = {}): Promise<string> => {
    const wire = request('getData', (body) => Object.assign(body['head'] ?? {}, head))
    const decoded = headDataSm2.inbound.decode(wire)
    const from = contextOf({ ...keys, pinnedCertificates: [pinned], ...more }, { peer })
    try {
      return (await headDataSm2.inbound.authenticate(wire, decoded, from)).strength
    } catch (thrown) {
      return HubError.from(thrown).code
    }
  }
  const local = { loopback: true, clientCertificate: null }
  const remote = { loopback: false, clientCertificate: null }
  const known = { loopback: false, clientCertificate: pinned }

  test.each<[string, object, PeerFacts, string]>([
    ['loopback and token', {}, local, 'loopback-secret'],
    ['loopback, wrong token', { accessToken: 'hutong-test-token-0002' }, local, 'CREDENTIAL_REFUSED'],
    ['loopback, wrong account', { accessId: 'other' }, local, 'CREDENTIAL_REFUSED'],
    ['loopback, no token', { accessToken: null }, local, 'CREDENTIAL_REFUSED'],
    ['the token alone', {}, remote, 'CLIENT_CERTIFICATE_REQUIRED'],
    ['another certificate', {}, { ...remote, clientCertificate: 'b'.repeat(64) }, 'CLIENT_CERTIFICATE_REQUIRED'],
    ['certificate and token', {}, known, 'pinned-certificate'],
    ['certificate, wrong token', { accessToken: 'x' }, known, 'CREDENTIAL_REFUSED'],
  ])('%s', async (_case, head, peer, expected) => {
    expect(await outcomeOf(head, peer)).toBe(expected)
  })

  test('an account without a configured token is nobody’s', async () => {
    const empty = { secrets: { accessId: 'hutong-test-access', accessToken: '' } }
    expect(await outcomeOf({ accessToken: '' }, local, empty)).toBe('INTERNAL')
  })
})

describe('questions that are refused', () => {
  const id = '1.2.156.3005.2.11100000000013661B006.11370000MA0000TX0H.2024000007.001.B'
  test.each<[Name, Record<string, unknown>, ErrorCode, string | undefined]>([
    ['getData', { certIdentifier: '' }, 'REQUEST_INVALID', 'certIdentifier'],
    ['getData', { certIdentifier: `${id.slice(0, -1)}A` }, 'LICENCE_ID_CHECK_FAILED', 'licenceId'],
    ['getData', { holderCode: 'x' }, 'REQUEST_INVALID', 'holderCode'],
    ['getData', { useCause: undefined }, 'PURPOSE_MISSING', undefined],
    ['getData', { useCause: '' }, 'PURPOSE_MISSING', undefined],
    ['getData', { useCause: '济宁政务服务' }, 'PURPOSE_INVALID', 'useCause'],
    ['getData', { useCause: [] }, 'PURPOSE_INVALID', 'useCause'],
    ['search', { certTypeCode: '' }, 'REQUEST_INVALID', 'certTypeCode'],
    ['search', { holderTypeCode: '1' }, 'REQUEST_INVALID', 'holderTypeCode'],
    ['search', { holderCode: '91370000MA0000TX1D' }, 'HOLDER_CODE_MALFORMED', 'holderCode'],
    ['search', { certificateAreaCode: '37' + '00' }, 'REQUEST_INVALID', 'certificateAreaCode'],
    ['search', { certificateIssuingAuthorityCode: '370000' }, 'REQUEST_INVALID', 'certificateIssuingAuthorityCode'],
    ['verifyData', { certIdentifier: undefined }, 'REQUEST_INVALID', 'certIdentifier'],
    ['verifyData', { certTypeCode: '11100000000013338W011' }, 'REQUEST_INVALID', 'certTypeCode'],
    ['verifyData', { certData: undefined }, 'REQUEST_INVALID', 'certData'],
    ['verifyData', { certData: ['x'] }, 'REQUEST_INVALID', 'certData'],
    ['verifyData', { certData: '{' }, 'JSON_MALFORMED', undefined],
    ['verifyData', { certData: { holdercode: 'x' } }, 'REQUEST_INVALID', 'holdercode'],
    ['verifyData', { certData: { KZ_number: 'x' } }, 'REQUEST_INVALID', 'KZ_number'],
    ['verifyData', { certData: { certNo: 7 } }, 'REQUEST_INVALID', 'certNo'],
  ])('%s with %j: %s', (operation, change, code, subject) => {
    const wire = request(operation, (body) => Object.assign(body['data'] ?? {}, change))
    try {
      headDataSm2.inbound.decode(wire)
    } catch (thrown) {
      const error = HubError.from(thrown)
      expect([error.code, error.subject]).toEqual([code, subject])
      return
    }
    throw new Error('it was accepted')
  })

  test.each<[string, Record<string, unknown>, ErrorCode, string]>([
    ['no system', { certificateSystemName: '' }, 'PURPOSE_INVALID', 'certificateSystemName'],
    ['no item', { certificateEventCode: '' }, 'PURPOSE_INVALID', 'certificateEventCode'],
    ['no category', { certificateCallCategory: '' }, 'PURPOSE_INVALID', 'certificateCallCategory'],
    ['an unknown category', { certificateCallCategory: '2' }, 'PURPOSE_INVALID', 'certificateCallCategory'],
    ['an unknown non-item', { certificateCallCategory: '1' }, 'PURPOSE_INVALID', 'certificateMatterName'],
    [
      'public verification',
      { certificateCallCategory: 1, certificateMatterName: '公共核验' },
      'PURPOSE_INVALID',
      'certificateMatterName',
    ],
    ['no cause', { certificateCopyCause: '' }, 'PURPOSE_INVALID', 'certificateCopyCause'],
    ['no case number', { certificateCopyCause: '核验' }, 'PURPOSE_INVALID', 'certificateCopyCause'],
    [
      'case number 无',
      { certificateCopyCause: '核验；办件编号：无；经办人：a' },
      'PURPOSE_INVALID',
      'certificateCopyCause',
    ],
    ['no reason', { certificateCopyCause: '；办件编号：A1；经办人：a' }, 'PURPOSE_INVALID', 'certificateCopyCause'],
    ['201 characters', { certificateCopyCause: '甲'.repeat(201) }, 'REQUEST_INVALID', 'certificateCopyCause'],
    ['a member too many', { operator: 'x' }, 'REQUEST_INVALID', 'operator'],
  ])('useCause with %s', (_case, change, code, subject) => {
    const wire = request('getData', (body) => Object.assign(body['data']?.['useCause'] ?? {}, change))
    expect(() => headDataSm2.inbound.decode(wire)).toThrow(
      expect.objectContaining({ code, subject }) as unknown as Error,
    )
  })

  test.each<[Partial<WireRequest>, ErrorCode]>([
    [{ target: '/verifyFile' }, 'OPERATION_UNSUPPORTED'],
    [{ target: '/downloadFile' }, 'OPERATION_UNSUPPORTED'],
    [{ target: '/queryCertInfoByHolderCode' }, 'OPERATION_UNSUPPORTED'],
    [{ target: '/querycert' }, 'ENDPOINT_UNKNOWN'],
    [{ target: '/queryCertInfo?x=1' }, 'REQUEST_INVALID'],
    [{ method: 'GET' }, 'METHOD_NOT_ALLOWED'],
    [{ headers: {} }, 'CONTENT_TYPE_UNSUPPORTED'],
    [{ body: Buffer.from('{"head":{}}') }, 'REQUEST_INVALID'],
    [{ body: Buffer.from('{"head":{},"head":{},"data":{}}') }, 'JSON_DUPLICATE_KEY'],
  ])('%j is %s', (change, code) => {
    expect(() => headDataSm2.inbound.decode({ ...wireOf('getData'), ...change })).toThrow(code)
  })
})

describe('questions in the forms of the field', () => {
  test('useCause and certData may be texts that hold JSON', () => {
    const wire = request('verifyData', (body) => {
      const { data } = body
      if (data !== undefined) {
        data['useCause'] = JSON.stringify(data['useCause'])
        data['certData'] = JSON.stringify(data['certData'])
      }
    })
    expect(headDataSm2.inbound.decode(wire).request).toEqual(askedOf('verifyData'))
  })

  test('without an ending the account is the operator, and only one’s own licences need no case', () => {
    const wire = request('getData', (body) =>
      Object.assign(body['data']?.['useCause'] ?? {}, {
        certificateCallCategory: '1',
        certificateMatterName: '本人证照',
        certificateCopyCause: '本人查询',
      }),
    )
    const { request: read, losses } = headDataSm2.inbound.decode(wire)
    expect(read.purpose).toMatchObject({
      category: 'own-licences',
      operator: { id: 'hutong-test-access' },
      caseNumber: null,
      reason: '本人查询',
    })
    expect(losses).toEqual([{ field: 'purpose.operator.id', reason: 'defaulted' }])
  })

  test('a number in a search is a loss', () => {
    const wire = request('search', (body) => Object.assign(body['data'] ?? {}, { certNo: '鲁危化经〔2024〕000007号' }))
    expect(headDataSm2.inbound.decode(wire).losses).toEqual([{ field: 'number', reason: 'no-slot' }])
  })

  test('dates of claims are read in the forms of the field', () => {
    const certData = { certificateExpiringDate: '2026年5月20日', certificateIssuedDate: '不详' }
    const wire = request('verifyData', (body) => Object.assign(body['data'] ?? {}, { certData }))
    expect(headDataSm2.inbound.decode(wire).request).toMatchObject({
      claims: { validTo: '2026-05-20', issuedOn: '不详' },
    })
  })
})
