import { describe, expect, test } from 'vitest'
import { contextOf, GOLDEN_NOW } from '../../../test/dialect-golden.js'
import { HubError } from '../../canonical/errors.js'
import type { WireRequest } from '../adapter.js'
import { xBgHmac, xBgSignature } from './x-bg-hmac.js'

const target = '/restapi/prod/IC0000/x?a=1&b=2'
const date = 'Tue, 14 Nov 2023 22:13:20 GMT'
const signature = 'gFyqG4vN7aPl2J4s19MV+Tdeku9pJusroDxlEFE1YeY='
const signer = xBgHmac<null>()
const context = (now = GOLDEN_NOW) =>
  contextOf({ secrets: { accessKey: 'BCDSGA_test', secretKey: 'BCDSGS_test' } }, { now })
const bare: WireRequest = { method: 'POST', target, mount: '', headers: {}, body: Buffer.from('{}') }
const headers = {
  'x-bg-hmac-algorithm': 'hmac-sha256',
  'x-bg-hmac-access-key': 'BCDSGA_test',
  'x-bg-date-time': date,
  'x-bg-hmac-signature': signature,
}
const signed = { ...bare, headers }

async function outcome(request: WireRequest, now?: number): Promise<string> {
  try {
    const { strength } = await signer.checkRequest(null, request, context(now))
    return `accepted ${strength}`
  } catch (thrown) {
    const { code, subject } = HubError.from(thrown)
    return `${code} ${subject}`
  }
}

test('the published vector, byte for byte', async () => {
  expect(xBgSignature('BCDSGS_test', 'BCDSGA_test', 'POST', target, date)).toBe(signature)
  expect((await signer.signRequest?.(bare, context()))?.headers).toEqual(headers)
})

test('the query is decoded and sorted, and empty without one', () => {
  const sign = (query: string) => xBgSignature('k', 'a', 'GET', `/x${query}`, date)
  expect(sign('?b=2&a=1')).toBe(sign('?a=1&b=2'))
  expect(sign('?a=%E8%AF%81')).toBe(sign('?a=证'))
  expect(sign('?a=a+b')).toBe(sign('?a=a%20b'))
  expect(sign('?')).toBe(sign(''))
  expect(sign('?a')).toBe(sign('?a='))
  expect(sign('?a=1')).not.toBe(sign(''))
})

test.each(['?a=1%26b=2', '?a=1%0Ab', '?a%3Db=c', '?a=%E8', '?%zz=1'])(
  'a query that reads in two ways is refused: %s',
  async (query) => {
    expect(await outcome({ ...signed, target: `/x${query}` })).toBe('SIGNATURE_INVALID query')
  },
)

test('what was signed is accepted, the algorithm in any case', async () => {
  expect(await outcome(signed)).toBe('accepted hmac')
  expect(await outcome({ ...signed, headers: { ...headers, 'x-bg-hmac-algorithm': 'HMAC-SHA256' } })).toBe(
    'accepted hmac',
  )
})

const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))
test.each<[string, WireRequest, string]>([
  ['no signature', { ...signed, headers: without('x-bg-hmac-signature') }, 'SIGNATURE_MISSING x-bg-hmac-signature'],
  ['no access key', { ...signed, headers: without('x-bg-hmac-access-key') }, 'SIGNATURE_MISSING x-bg-hmac-access-key'],
  ['no date', { ...signed, headers: without('x-bg-date-time') }, 'TIMESTAMP_MISSING x-bg-date-time'],
  ['no algorithm', { ...signed, headers: without('x-bg-hmac-algorithm') }, 'SIGNATURE_INVALID x-bg-hmac-algorithm'],
  [
    'another algorithm',
    { ...signed, headers: { ...headers, 'x-bg-hmac-algorithm': 'hmac-md5' } },
    'SIGNATURE_INVALID x-bg-hmac-algorithm',
  ],
  [
    'foreign access key',
    { ...signed, headers: { ...headers, 'x-bg-hmac-access-key': 'other' } },
    'CALLER_UNKNOWN x-bg-hmac-access-key',
  ],
  [
    'an ISO date',
    { ...signed, headers: { ...headers, 'x-bg-date-time': '2023-11-14T22:13:20Z' } },
    'REQUEST_INVALID x-bg-date-time',
  ],
  [
    'the signature in hex',
    { ...signed, headers: { ...headers, 'x-bg-hmac-signature': Buffer.from(signature, 'base64').toString('hex') } },
    'SIGNATURE_INVALID x-bg-hmac-signature',
  ],
  ['another method', { ...signed, method: 'PUT' }, 'SIGNATURE_INVALID x-bg-hmac-signature'],
  ['another path', { ...signed, target: target.replace('x?', 'y?') }, 'SIGNATURE_INVALID x-bg-hmac-signature'],
  ['another query', { ...signed, target: target.replace('b=2', 'b=3') }, 'SIGNATURE_INVALID x-bg-hmac-signature'],
])('refuses: %s', async (_case, request, expected) => {
  expect(await outcome(request)).toBe(expected)
})

describe('window of 90 seconds', () => {
  test.each([
    [90_000, 'accepted hmac'],
    [90_001, 'TIMESTAMP_STALE x-bg-date-time'],
    [-90_000, 'accepted hmac'],
    [-90_001, 'TIMESTAMP_FUTURE x-bg-date-time'],
  ])('%d ms later', async (later, expected) => {
    expect(await outcome(signed, GOLDEN_NOW + later)).toBe(expected)
  })
})

test('a body that was changed is another replay claim', async () => {
  const nonceOf = async (request: WireRequest) => (await signer.checkRequest(null, request, context())).replay?.nonce
  const first = await nonceOf(signed)
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  expect(await nonceOf(signed)).toBe(first)
  expect(await nonceOf({ ...signed, body: Buffer.from('{"a":1}') })).not.toBe(first)
})
