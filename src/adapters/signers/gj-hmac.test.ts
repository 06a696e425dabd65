import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { contextOf, GOLDEN_NOW } from '../../../test/dialect-golden.js'
import { HubError } from '../../canonical/errors.js'
import type { Proof, SignerContext, WireHeaders, WireRequest } from '../adapter.js'
import { gjHmac, gjSign } from './gj-hmac.js'

const secrets = {
  rid: 'rid-test@df-0001',
  appsecret: 'hutong-test-appsecret-0001',
  sidSearch: 's_test_0001',
  sidGetData: 's_test_0002',
}
const signer = gjHmac<null>({
  prefix: 'gjzwfwpt',
  sidSecret: ({ target }) => (target === '/a' ? 'sidSearch' : target === '/b' ? 'sidGetData' : undefined),
})
const context = (now = GOLDEN_NOW) => contextOf({ secrets }, { now })
const wire: WireRequest = { method: 'POST', target: '/a', mount: '', headers: {}, body: Buffer.from('{"a":1}') }

const signed = async (from: SignerContext = context(), request = wire) =>
  (await signer.signRequest?.(request, from)) ?? request
const check = async (request: WireRequest, at = GOLDEN_NOW) => await signer.checkRequest(null, request, context(at))
const altered = (request: WireRequest, headers: Record<string, string | undefined>): WireRequest => ({
  ...request,
  headers: Object.fromEntries(
    Object.entries({ ...request.headers, ...headers }).filter(([, value]) => value !== undefined),
  ) as WireHeaders,
})
const hmac = (text: string) => createHmac('sha256', secrets.appsecret).update(text).digest('base64')

async function refusal(request: WireRequest, at?: number): Promise<string> {
  try {
    await check(request, at)
  } catch (thrown) {
    const { code, subject } = HubError.from(thrown)
    return `${code} ${subject}`
  }
  return 'accepted'
}

test('the published vector, byte for byte', () => {
  expect(gjSign('hutong-test-appsecret-0001', 's_test_0001', 'rid-test@df-0001', '1700000000000')).toBe(
    'MzsiuVicUAnwmTnUsLGdmJL6hNyqyPNOPRZxNAphwQo=',
  )
})

test('an outbound request carries the four headers of its interface', async () => {
  const request = await signed()
  expect(request.headers).toEqual({
    gjzwfwpt_rid: 'rid-test@df-0001',
    gjzwfwpt_sid: 's_test_0001',
    gjzwfwpt_rtime: '1700000000000',
    gjzwfwpt_sign: 'MzsiuVicUAnwmTnUsLGdmJL6hNyqyPNOPRZxNAphwQo=',
  })
  expect(request.body).toBe(wire.body)
})

test('what was signed is accepted', async () => {
  const { strength, keyId, replay } = await check(await signed())
  expect([strength, keyId, replay?.at]).toEqual(['hmac', 'rid-test@df-0001', GOLDEN_NOW])
  expect(replay?.nonce).toMatch(/^[0-9a-f]{64}$/)
})

const sid = 's_test_0001'
const rid = secrets.rid
test.each<[string, Record<string, string | undefined>, string]>([
  ['no rid', { gjzwfwpt_rid: undefined }, 'SIGNATURE_MISSING gjzwfwpt_rid'],
  ['no sid', { gjzwfwpt_sid: undefined }, 'SIGNATURE_MISSING gjzwfwpt_sid'],
  ['no rtime', { gjzwfwpt_rtime: undefined }, 'TIMESTAMP_MISSING gjzwfwpt_rtime'],
  ['no sign', { gjzwfwpt_sign: undefined }, 'SIGNATURE_MISSING gjzwfwpt_sign'],
  ['empty sign', { gjzwfwpt_sign: '' }, 'SIGNATURE_INVALID gjzwfwpt_sign'],
  ['foreign rid', { gjzwfwpt_rid: 'rid-test@df-0002' }, 'CALLER_UNKNOWN gjzwfwpt_rid'],
  ['rid twice', { gjzwfwpt_rid: `${rid}, ${rid}` }, 'CALLER_UNKNOWN gjzwfwpt_rid'],
  ['wrong order rid+sid', { gjzwfwpt_sign: hmac(`${rid}${sid}1700000000000`) }, 'SIGNATURE_INVALID gjzwfwpt_sign'],
  ['order rtime+sid+rid', { gjzwfwpt_sign: hmac(`1700000000000${sid}${rid}`) }, 'SIGNATURE_INVALID gjzwfwpt_sign'],
  [
    'hex in place of Base64',
    { gjzwfwpt_sign: Buffer.from(hmac(`${sid}${rid}1700000000000`), 'base64').toString('hex') },
    'SIGNATURE_INVALID gjzwfwpt_sign',
  ],
  ['sid of another interface', { gjzwfwpt_sid: 's_test_0002' }, 'CREDENTIAL_REFUSED gjzwfwpt_sid'],
  [
    'sid of another interface, well signed',
    { gjzwfwpt_sid: 's_test_0002', gjzwfwpt_sign: hmac(`s_test_0002${rid}1700000000000`) },
    'CREDENTIAL_REFUSED gjzwfwpt_sid',
  ],
  ['another time', { gjzwfwpt_rtime: '1700000000001' }, 'SIGNATURE_INVALID gjzwfwpt_sign'],
  ['seconds', { gjzwfwpt_rtime: '1700000000' }, 'TIMESTAMP_STALE gjzwfwpt_rtime'],
  ['no number', { gjzwfwpt_rtime: '1.7e12' }, 'REQUEST_INVALID gjzwfwpt_rtime'],
  ['a sign in the number', { gjzwfwpt_rtime: '+1700000000000' }, 'REQUEST_INVALID gjzwfwpt_rtime'],
])('refuses: %s', async (_case, headers, expected) => {
  expect(await refusal(altered(await signed(), headers))).toBe(expected)
})

describe('window', () => {
  test.each([
    [300_000, 'accepted'],
    [300_001, 'TIMESTAMP_STALE gjzwfwpt_rtime'],
    [-300_000, 'accepted'],
    [-300_001, 'TIMESTAMP_FUTURE gjzwfwpt_rtime'],
  ])('%d ms later', async (later, expected) => {
    expect(await refusal(await signed(), GOLDEN_NOW + later)).toBe(expected)
  })
})

test('another body, another interface or another time is another replay claim', async () => {
  const nonceOf = async (request: WireRequest, from?: SignerContext) => {
    const { replay }: Proof = await check(await signed(from, request))
    return replay?.nonce
  }
  const first = await nonceOf(wire)
  expect(await nonceOf(wire)).toBe(first)
  const others = [
    await nonceOf({ ...wire, body: Buffer.from('{"a":2}') }),
    await nonceOf({ ...wire, target: '/b' }),
    await nonceOf(wire, context(GOLDEN_NOW + 1)),
  ]
  expect(new Set([first, ...others]).size).toBe(4)
})

test('a body that was changed on the way passes the sign, which does not cover it, but is no replay of the first', async () => {
  const request = await signed()
  const changed = { ...request, body: Buffer.from('{"a":2}') }
  expect((await check(changed)).replay?.nonce).not.toBe((await check(request)).replay?.nonce)
})

test('questions in one millisecond get times of their own', async () => {
  const from = context()
  const times = []
  for (let count = 0; count < 5; count++) times.push((await signed(from)).headers['gjzwfwpt_rtime'])
  expect(times).toEqual(['1700000000000', '1700000000001', '1700000000002', '1700000000003', '1700000000004'])
})

test('times do not run away from the clock', async () => {
  const from = context()
  from.session.set('rtime', String(GOLDEN_NOW + 1000))
  expect((await signed(from)).headers['gjzwfwpt_rtime']).toBe(String(GOLDEN_NOW))
})

test('an empty secret signs nothing', async () => {
  const from = contextOf({ secrets: { ...secrets, appsecret: '' } })
  await expect(signed(from)).rejects.toMatchObject({ code: 'INTERNAL', subject: 'appsecret' })
})

test('a prototype is no secret store', async () => {
  const odd = gjHmac<null>({ prefix: 'gjzwfwpt', sidSecret: () => 'constructor' })
  await expect(async () => odd.signRequest?.(wire, context())).rejects.toMatchObject({ code: 'INTERNAL' })
})
