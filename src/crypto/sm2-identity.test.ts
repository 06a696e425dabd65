import { expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { createIdentityCache, DEFAULT_USER_ID, identityHash } from './sm2-identity.js'
import { sm3Hex } from './sm3.js'

const { signature, publicKey, curve } = vectors.sm2
const point = Uint8Array.from(Buffer.from(publicKey, 'hex'))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('official Z and e', () => {
  expect(DEFAULT_USER_ID).toBe(signature.userId)
  expect(hex(identityHash(point))).toBe(signature.z)
  expect(hex(identityHash(point, signature.userId))).toBe(signature.z)
  expect(sm3Hex(identityHash(point), Buffer.from(signature.message))).toBe(signature.e)
})

test.each([
  ['ALICE123@YAHOO.COM', '0090'],
  ['a', '0008'],
  ['湖南省', '0048'],
  ['x'.repeat(32), '0100'],
  ['x'.repeat(8191), 'fff8'],
])('ENTL counts the bits of the UTF-8 bytes: %.20s', (id, entl) => {
  const { a, b, gx, gy } = curve
  const fields = entl + Buffer.from(id, 'utf8').toString('hex') + a + b + gx + gy + publicKey.slice(2)
  expect(hex(identityHash(point, id))).toBe(sm3Hex(Buffer.from(fields, 'hex')))
})

test.each(['', 'x'.repeat(8192), '证'.repeat(2731)])('refuses an empty id and one that ENTL cannot count', (id) => {
  expect(() => identityHash(point, id)).toThrow(expect.objectContaining({ problem: 'user-id-refused' }))
})

test('refuses what is not 65 bytes with 04', () => {
  for (const wrong of [point.subarray(1), point.with(0, 6), Uint8Array.of(...point, 0)])
    expect(() => identityHash(wrong)).toThrow(expect.objectContaining({ problem: 'point-refused' }))
})

test('the cache answers as the function does, forgets the oldest and cannot be spoilt', () => {
  const cached = createIdentityCache(2)
  const ids = ['one', 'two', 'one', 'three', 'two', DEFAULT_USER_ID, 'one']
  for (const id of ids) {
    const z = cached(point, id)
    expect(z).toEqual(identityHash(point, id))
    z.fill(0)
    expect(cached(point, id)).toEqual(identityHash(point, id))
  }
  expect(cached(point)).toEqual(identityHash(point))
  expect(() => cached(point, '')).toThrow(expect.objectContaining({ problem: 'user-id-refused' }))
})
