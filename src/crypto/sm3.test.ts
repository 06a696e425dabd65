import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { hmacSm3, sm3, sm3Hex } from './sm3.js'

const utf8 = (text: string) => new TextEncoder().encode(text)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test.each(vectors.sm3.cases)('SM3 of $text', ({ text, digest }) => {
  expect(sm3Hex(utf8(text))).toBe(digest)
  expect(hex(sm3(utf8(text)))).toBe(digest)
})

test.each(vectors.sm4.cases)('SM4, $rounds times', ({ key, plain, rounds, cipher }) => {
  // CBC over zeros with the plain text for the IV encrypts each block's cipher text again.
  const sm4 = createCipheriv('sm4-cbc', Buffer.from(key, 'hex'), Buffer.from(plain, 'hex')).setAutoPadding(false)
  expect(
    sm4
      .update(Buffer.alloc(16 * rounds))
      .subarray(-16)
      .toString('hex'),
  ).toBe(cipher)
})

test('parts hash as if they were joined', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (parts) => {
      expect(sm3(...parts)).toEqual(sm3(Buffer.concat(parts)))
      expect(sm3Hex(...parts)).toBe(hex(sm3(Buffer.concat(parts))))
    }),
  )
})

test('HMAC-SM3 is RFC 2104 over SM3', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 150 }), fc.array(fc.uint8Array({ maxLength: 100 })), (key, parts) => {
      const block = new Uint8Array(64)
      block.set(key.length > 64 ? sm3(key) : key)
      const inner = sm3(
        block.map((byte) => byte ^ 0x36),
        ...parts,
      )
      expect(hmacSm3(key, ...parts)).toEqual(
        sm3(
          block.map((byte) => byte ^ 0x5c),
          inner,
        ),
      )
    }),
  )
})

test('the result is a plain Uint8Array, whose slice is a copy', () => {
  for (const digest of [sm3(utf8('abc')), hmacSm3(utf8('key'), utf8('abc'))]) {
    expect(Buffer.isBuffer(digest)).toBe(false)
    const copy = digest.slice()
    copy.fill(0)
    expect(digest.some((byte) => byte !== 0)).toBe(true)
  }
})
