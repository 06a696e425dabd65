import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { contextOf, GOLDEN_NOW } from '../../../test/dialect-golden.js'
import { HubError } from '../../canonical/errors.js'
import type { WireRequest } from '../adapter.js'
import { xTif, xTifSignature } from './x-tif.js'

const token = 'hutong-test-paas-token'
const nonce = '18bcfe56800-abc123'
const OUT = '51F7AB36FBA4CC9C10DD84F0FB783A3AA9D7FE350A655188965F681BE8CA4F2F'
const IN = '8FA6802B729CDDC50FAFC03FDD42DB1D4F51BFF802B1C308F4FE6508DC459885'
const context = (now = GOLDEN_NOW) =>
  contextOf({ secrets: { paasId: 'hutong-test-paas', token } }, { now, nonce: () => nonce })
const signer = xTif<null>()
const bare: WireRequest = { method: 'POST', target: '/a', mount: '', headers: {}, body: new Uint8Array() }
const withHeaders = (headers: Record<string, string>): WireRequest => ({ ...bare, headers })
const outbound = {
  'x-tif-paasid': 'hutong-test-paas',
  'x-tif-timestamp': '1700000000',
  'x-tif-nonce': nonce,
  'x-tif-signature': OUT,
}
const inbound = {
  'x-tif-timestamp': '1700000000',
  'x-tif-nonce': nonce,
  'x-tif-uid': 'u1',
  'x-tif-uinfo': 'info',
  'x-tif-ext': 'ext',
  'x-tif-signature': IN,
}

async function outcome(headers: Record<string, string>, now?: number): Promise<string> {
  try {
    const { replay } = await signer.checkRequest(null, withHeaders(headers), context(now))
    return `accepted ${replay?.nonce}`
  } catch (thrown) {
    const { code, subject } = HubError.from(thrown)
    return `${code} ${subject}`
  }
}

test('the published vectors, byte for byte', () => {
  expect(xTifSignature(token, '1700000000', nonce)).toBe(OUT)
  expect(xTifSignature(token, '1700000000', nonce, { uid: 'u1', uinfo: 'info', ext: 'ext' })).toBe(IN)
})

test('an outbound request carries its headers, with seconds', async () => {
  expect((await signer.signRequest?.(bare, context()))?.headers).toEqual(outbound)
})

test('a service id and another prefix are sent where configured', async () => {
  const from = contextOf({ secrets: { paasId: 'p', token, serviceId: 's-1' } }, { nonce: () => nonce })
  const request = await xTif<null>({ prefix: 'x-rio' }).signRequest?.(bare, from)
  expect(Object.keys(request?.headers ?? {})).toEqual([
    'x-rio-paasid',
    'x-rio-timestamp',
    'x-rio-nonce',
    'x-rio-signature',
    'x-rio-serviceid',
  ])
})

test.each([
  ['ours', outbound],
  ['hex in lower case', { ...outbound, 'x-tif-signature': OUT.toLowerCase() }],
  ['a person that a gateway vouches for', inbound],
])('accepts %s', async (_case, headers) => {
  expect(await outcome(headers)).toBe(`accepted ${nonce}`)
})

const without = (headers: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))

test.each<[string, Record<string, string>, string]>([
  ['no timestamp', without(outbound, 'x-tif-timestamp'), 'TIMESTAMP_MISSING x-tif-timestamp'],
  ['no nonce', without(outbound, 'x-tif-nonce'), 'NONCE_MISSING x-tif-nonce'],
  ['no signature', without(outbound, 'x-tif-signature'), 'SIGNATURE_MISSING x-tif-signature'],
  ['foreign paasid', { ...outbound, 'x-tif-paasid': 'other' }, 'CALLER_UNKNOWN x-tif-paasid'],
  ['milliseconds', { ...outbound, 'x-tif-timestamp': '1700000000000' }, 'REQUEST_INVALID x-tif-timestamp'],
  ['another nonce', { ...outbound, 'x-tif-nonce': '18bcfe56800-abc124' }, 'SIGNATURE_INVALID x-tif-signature'],
  ['another person', { ...inbound, 'x-tif-uid': 'u2' }, 'SIGNATURE_INVALID x-tif-signature'],
  ['a person who was added', { ...outbound, 'x-tif-uid': 'u1' }, 'SIGNATURE_INVALID x-tif-signature'],
  [
    'a person who was left out',
    without(without(without(inbound, 'x-tif-uid'), 'x-tif-uinfo'), 'x-tif-ext'),
    'SIGNATURE_INVALID x-tif-signature',
  ],
  [
    'a part moved over a comma',
    { ...inbound, 'x-tif-uid': 'u1,info', 'x-tif-uinfo': 'ext', 'x-tif-ext': '' },
    'SIGNATURE_INVALID x-tif-uid',
  ],
  ['half a signature', { ...outbound, 'x-tif-signature': OUT.slice(0, 32) }, 'SIGNATURE_INVALID x-tif-signature'],
])('refuses: %s', async (_case, headers, expected) => {
  expect(await outcome(headers)).toBe(expected)
})

test('the person of one request cannot pass for the nonce of another', async () => {
  const joined = `${nonce},u1,info,ext`
  // The same bytes are hashed, so only the grammar of the nonce tells the two apart.
  expect(xTifSignature(token, '1700000000', joined)).toBe(IN)
  const stripped = { ...outbound, 'x-tif-nonce': joined, 'x-tif-signature': IN }
  expect(await outcome(stripped)).toBe('SIGNATURE_INVALID x-tif-signature')
})

describe('window', () => {
  test.each([
    [300_000, `accepted ${nonce}`],
    [300_001, 'TIMESTAMP_STALE x-tif-timestamp'],
    [-300_000, `accepted ${nonce}`],
    [-300_001, 'TIMESTAMP_FUTURE x-tif-timestamp'],
  ])('%d ms later', async (later, expected) => {
    expect(await outcome(outbound, GOLDEN_NOW + later)).toBe(expected)
  })
})

test('the token is what makes the signature', async () => {
  const forged = createHash('sha256').update(`1700000000${nonce}1700000000`).digest('hex')
  expect(await outcome({ ...outbound, 'x-tif-signature': forged })).toBe('SIGNATURE_INVALID x-tif-signature')
})
