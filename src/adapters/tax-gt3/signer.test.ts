import { describe, expect, test } from 'vitest'
import { TAX_NOW, TAX_SECRETS, type TaxContext, taxContext, taxReply, taxRequest } from '../../../test/tax-golden.js'
import { HubError } from '../../canonical/errors.js'
import type { WireRequest } from '../adapter.js'
import { taxGt3 } from './index.js'
import { signer, writeTime } from './signer.js'

const golden = taxRequest('verify-data')
const CERTIFICATE = 'ab'.repeat(32)

function changed(from: string, to: string): WireRequest {
  const body = golden.body.toString()
  if (!body.includes(from)) throw new Error(`nothing to change: ${from}`)
  return { ...golden, body: Buffer.from(body.replace(from, to)) }
}

function without(header: string): WireRequest {
  return { ...golden, headers: Object.fromEntries(Object.entries(golden.headers).filter(([name]) => name !== header)) }
}

async function outcome(wire: WireRequest, context: TaxContext = {}): Promise<string> {
  try {
    const proof = await taxGt3.inbound.authenticate(wire, taxGt3.inbound.decode(wire), taxContext(context))
    return proof.strength
  } catch (thrown) {
    return thrown instanceof HubError ? `${thrown.code} ${thrown.subject ?? ''}`.trim() : String(thrown)
  }
}

const faraway = { loopback: false, clientCertificate: null }
const pinned = { loopback: false, clientCertificate: CERTIFICATE }
const SECRET = 'hutong-spoke-secret'
const secretIs = (value: string) => ({ ...golden, headers: { ...golden.headers, [SECRET]: value } })
const noSecret = { channelId: TAX_SECRETS.channelId }

describe('who may ask', () => {
  test.each<[name: string, wire: WireRequest, context: TaxContext, expected: string]>([
    ['the secret on loopback', golden, {}, 'loopback-secret'],
    ['a pinned certificate', without(SECRET), { peer: pinned, pinned: [CERTIFICATE] }, 'pinned-certificate'],
    [
      'a pinned certificate on loopback',
      without(SECRET),
      { peer: { ...pinned, loopback: true }, pinned: [CERTIFICATE] },
      'pinned-certificate',
    ],
    ['the secret from elsewhere', golden, { peer: faraway }, 'CLIENT_CERTIFICATE_REQUIRED'],
    [
      'a certificate that is not pinned',
      golden,
      { peer: pinned, pinned: ['cd'.repeat(32)] },
      'CLIENT_CERTIFICATE_REQUIRED',
    ],
    ['no secret', without(SECRET), {}, 'CREDENTIAL_REFUSED'],
    ['a wrong secret', secretIs(`${TAX_SECRETS.spokeSecret}x`), {}, 'CREDENTIAL_REFUSED'],
    ['a shorter secret', secretIs('hutong'), {}, 'CREDENTIAL_REFUSED'],
    ['no secret configured', golden, { secrets: noSecret }, 'CREDENTIAL_REFUSED'],
    [
      'an empty secret on both sides',
      secretIs(''),
      { secrets: { ...noSecret, spokeSecret: '' } },
      'CREDENTIAL_REFUSED',
    ],
    [
      'another channel',
      golden,
      { secrets: { ...TAX_SECRETS, channelId: 'HTTEST02' } },
      'CREDENTIAL_REFUSED channel_id',
    ],
    ['no channel', changed('<channel_id>HTTEST01</channel_id>', ''), {}, 'CREDENTIAL_REFUSED channel_id'],
  ])('%s', async (_, wire, context, expected) => {
    expect(await outcome(wire, context)).toBe(expected)
  })
})

const DATE = '<tran_date>20231115</tran_date>'
const TIME = '<tran_time>061320000</tran_time>'
const SEQUENCE = '<tran_seq>3f00045c746a1526aa870d9b433153fb</tran_seq>'
describe('when, and only once', () => {
  test.each<[name: string, wire: WireRequest, now: number, expected: string]>([
    ['300 s old', golden, TAX_NOW + 300_000, 'loopback-secret'],
    ['300.001 s old', golden, TAX_NOW + 300_001, 'TIMESTAMP_STALE tran_date'],
    ['300 s ahead', golden, TAX_NOW - 300_000, 'loopback-secret'],
    ['300.001 s ahead', golden, TAX_NOW - 300_001, 'TIMESTAMP_FUTURE tran_date'],
    ['the same digits read as UTC', golden, Date.UTC(2023, 10, 15, 6, 13, 20), 'TIMESTAMP_STALE tran_date'],
    ['no date', changed(DATE, ''), TAX_NOW, 'TIMESTAMP_MISSING tran_date'],
    ['no time', changed(TIME, ''), TAX_NOW, 'TIMESTAMP_MISSING tran_time'],
    ['an empty time', changed(TIME, '<tran_time/>'), TAX_NOW, 'TIMESTAMP_MISSING tran_time'],
    ['a date of seven digits', changed('20231115', '2023115'), TAX_NOW, 'TIMESTAMP_MISSING tran_date'],
    ['a date that does not exist', changed('20231115', '20231131'), TAX_NOW, 'TIMESTAMP_MISSING tran_date'],
    ['a minute that does not exist', changed('061320000', '066020000'), TAX_NOW, 'TIMESTAMP_MISSING tran_time'],
    ['no sequence', changed(SEQUENCE, ''), TAX_NOW, 'NONCE_MISSING tran_seq'],
    ['31 digits', changed('3f00045c746a', '3f00045c746'), TAX_NOW, 'NONCE_MISSING tran_seq'],
    ['no hex', changed('3f00045c', 'zz00045c'), TAX_NOW, 'NONCE_MISSING tran_seq'],
  ])('%s', async (_, wire, now, expected) => {
    expect(await outcome(wire, { now })).toBe(expected)
  })
  test('both cases of a sequence are one', async () => {
    const wire = changed('3f00045c746a1526aa870d9b433153fb', '3F00045C746A1526AA870D9B433153FB')
    const proof = await taxGt3.inbound.authenticate(wire, taxGt3.inbound.decode(wire), taxContext())
    expect(proof.replay).toEqual({ nonce: '3f00045c746a1526aa870d9b433153fb', at: TAX_NOW })
  })
  test('who cannot prove itself learns nothing about its clock', async () => {
    expect(await outcome(without(SECRET), { now: 0 })).toBe('CREDENTIAL_REFUSED')
  })
})

describe('asking', () => {
  const nonce = '000102030405060708090a0b0c0d0e0f'
  const request = taxGt3.inbound.decode(golden).request
  test('date and time are those of China', () => {
    expect(writeTime(Date.UTC(2023, 11, 31, 16, 0, 0, 7))).toEqual({ tranDate: '20240101', tranTime: '000000007' })
  })
  test('the secret is sent only by a spoke that has one', async () => {
    const { value } = await taxGt3.outbound.encode(request, '/peer', taxContext({ nonce, secrets: noSecret }))
    expect(Object.keys(value.headers)).toEqual(['content-type', 'soapaction'])
    expect([value.target, value.mount]).toEqual(['/peer/services/Gt3AipWebService', '/peer'])
  })
  test('a spoke without a channel is a fault of ours', async () => {
    await expect(taxGt3.outbound.encode(request, '', taxContext({ nonce, secrets: {} }))).rejects.toThrow('[INTERNAL]')
  })
  const SENT = '3f00045c746a1526aa870d9b433153fb'
  const open = (from: string, to: string) => {
    const reply = taxReply('verify-data.issuer-')
    const body = Buffer.from(Buffer.from(reply.body).toString().replace(from, to))
    return taxGt3.outbound.decode({ ...reply, body }, golden, request, taxContext())
  }
  test.each([
    ['another sequence', SENT, '4f00045c746a1526aa870d9b433153fb'],
    ['an empty one', SENT, ''],
    ['none', `<tran_seq>${SENT}</tran_seq>`, ''],
  ])('a success with %s is no answer', async (_, from, to) => {
    await expect(open(from, to)).rejects.toThrow('[REPLY_MISMATCH]')
  })
  test('the case of the sequence does not matter', async () => {
    await expect(open(SENT, SENT.toUpperCase())).resolves.toMatchObject({ value: { operation: 'verifyData' } })
  })
  test('a failure without a sequence is that failure, and one with another’s is nobody’s', async () => {
    const bare = taxGt3.inbound.encodeError(new HubError('XML_MALFORMED'), 'trace-0001', null)
    const other = taxGt3.inbound.encodeError(
      new HubError('LICENCE_NOT_FOUND'),
      'trace-0001',
      taxGt3.inbound.decode(taxRequest('get-data')),
    )
    const read = (reply: typeof bare) => taxGt3.outbound.decode(reply, golden, request, taxContext())
    await expect(read(bare)).rejects.toMatchObject({ code: 'ISSUER_FAILED', subject: 'XML_MALFORMED' })
    await expect(read(other)).rejects.toMatchObject({ code: 'REPLY_MISMATCH', subject: 'tran_seq' })
  })
  test('our own number is found in what we sent, whatever the pairs hold', async () => {
    const purpose = { ...request.purpose, reason: `<tran_seq>${'0'.repeat(32)}</tran_seq>` }
    const sent = await taxGt3.outbound.encode({ ...request, purpose }, '', taxContext({ nonce: SENT }))
    const reply = taxReply('verify-data.issuer-')
    await expect(taxGt3.outbound.decode(reply, sent.value, request, taxContext())).resolves.toMatchObject({
      value: { operation: 'verifyData' },
    })
  })
})

test('the dialect proves nothing by itself', () => {
  expect(signer.carries).toBe('nothing')
  expect(taxGt3.secrets).toEqual(['channelId', 'spokeSecret'])
})
