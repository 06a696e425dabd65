import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { type CipherOptions, encryptWithNonce, MAX_PLAIN_BYTES, sm2Decrypt, sm2Encrypt } from './sm2-cipher.js'
import { bytes32, CurvePoint, parsePoint, pointBytes, sm2Curve } from './sm2-curve.js'
import { sm3 } from './sm3.js'

const { privateKey, publicKey, encryption } = vectors.sm2
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
const utf8 = (text: string) => new TextEncoder().encode(text)
const d = fromHex(privateKey)
const point = fromHex(publicKey)
const { c1, c2, c3, asn1 } = encryption

const forms: readonly (readonly [name: string, options: CipherOptions, official: string])[] = [
  ['C1C3C2', {}, c1 + c3 + c2],
  ['C1C3C2 without 04', { prefixed: false }, c1.slice(2) + c3 + c2],
  ['C1C2C3', { form: 'c1c2c3' }, c1 + c2 + c3],
  ['C1C2C3 without 04', { form: 'c1c2c3', prefixed: false }, c1.slice(2) + c2 + c3],
  ['ASN.1', { form: 'asn1' }, asn1],
]
const refusal = (problem: string) => expect.objectContaining({ name: 'Sm2Error', problem })

describe.each(forms)('%s', (_name, options, official) => {
  test('the official text, both ways', () => {
    const k = BigInt(`0x${encryption.k}`)
    expect(toHex(encryptWithNonce(parsePoint(point), utf8(encryption.message), options, k))).toBe(official)
    expect(sm2Decrypt(d, fromHex(official), options)).toEqual(utf8(encryption.message))
  })

  test('what is encrypted is decrypted, and not twice the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (plain) => {
        const sealed = sm2Encrypt(point, plain, options)
        expect(sm2Decrypt(d, sealed, options)).toEqual(plain)
        expect(sm2Encrypt(point, plain, options)).not.toEqual(sealed)
      }),
      { numRuns: 15 },
    )
  })

  test('every altered byte is noticed, and nothing but Sm2Error is thrown', () => {
    const sealed = fromHex(official)
    for (const at of sealed.keys()) {
      const altered = sealed.with(at, (sealed[at] ?? 0) ^ 0x01)
      expect(() => sm2Decrypt(d, altered, options)).toThrow(expect.objectContaining({ name: 'Sm2Error' }))
    }
    for (const length of sealed.keys())
      expect(() => sm2Decrypt(d, sealed.subarray(0, length), options)).toThrow(
        expect.objectContaining({ name: 'Sm2Error' }),
      )
  })

  test('one byte, and lengths around a block of the key stream', () => {
    for (const length of [1, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256]) {
      const plain = new Uint8Array(length).fill(length)
      expect(sm2Decrypt(d, sm2Encrypt(point, plain, options), options)).toEqual(plain)
    }
  })
})

test.each(forms)('%s leaves Buffers that it is given as they were', (_name, options) => {
  const plain = Buffer.from('hutong')
  const sealed = Buffer.from(sm2Encrypt(point, plain, options))
  expect(plain.toString()).toBe('hutong')
  const before = sealed.toString('hex')
  expect(Buffer.from(sm2Decrypt(d, sealed, options)).toString()).toBe('hutong')
  expect(sealed.toString('hex')).toBe(before)
})

test('the largest text passes, a longer one and an empty one do not', () => {
  const plain = new Uint8Array(MAX_PLAIN_BYTES).fill(0x5a)
  for (const form of ['c1c3c2', 'asn1'] as const) {
    const sealed = sm2Encrypt(point, plain, { form })
    expect(Buffer.from(sm2Decrypt(d, sealed, { form })).equals(plain)).toBe(true)
  }
  expect(() => sm2Encrypt(point, new Uint8Array(MAX_PLAIN_BYTES + 1))).toThrow(refusal('plain-refused'))
  expect(() => sm2Encrypt(point, new Uint8Array(0))).toThrow(refusal('plain-refused'))
  expect(() => sm2Decrypt(d, new Uint8Array(97 + MAX_PLAIN_BYTES + 1).fill(4))).toThrow(refusal('cipher-malformed'))
})

test.each([
  ['off the curve', point.with(64, 0x12)],
  ['zeros, for infinity', new Uint8Array(65).with(0, 4)],
  ['over p', new Uint8Array(65).fill(0xff).with(0, 4)],
])('a C1 that is no point does not decrypt: %s', (_name, bad) => {
  const rest = new Uint8Array(40).fill(7)
  const raw = Uint8Array.of(...bad, ...rest)
  expect(() => sm2Decrypt(d, raw)).toThrow(refusal('undecryptable'))
  expect(() => sm2Decrypt(d, raw.subarray(1), { prefixed: false })).toThrow(refusal('undecryptable'))
})

test.each([0x02, 0x03, 0x06, 0x07, 0x00])('a C1 that starts with %i is malformed', (first) => {
  expect(() => sm2Decrypt(d, fromHex(c1 + c3 + c2).with(0, first))).toThrow(refusal('cipher-malformed'))
})

/** A nonce whose key stream for a text of one byte is zero; one in 256 is. */
function zeroStream(): { k: bigint; shared: Uint8Array } {
  for (let k = 1n; ; k++) {
    const shared = pointBytes(parsePoint(point).multiplyUnsafe(k)).subarray(1)
    if (sm3(shared, Uint8Array.of(0, 0, 0, 1))[0] === 0) return { k, shared }
  }
}

test('an all-zero key stream is neither used nor accepted', () => {
  const { k, shared } = zeroStream()
  const plain = utf8('x')
  expect(encryptWithNonce(parsePoint(point), plain, {}, k)).toBeNull()
  // What a sender without this check would send: the plain text, with a C3 that holds.
  const hash = sm3(shared.subarray(0, 32), plain, shared.subarray(32))
  const sent = Uint8Array.of(...pointBytes(CurvePoint.BASE.multiply(k)), ...hash, ...plain)
  expect(() => sm2Decrypt(d, sent)).toThrow(refusal('undecryptable'))
})

test('another key, and another form than agreed, do not decrypt', () => {
  const sealed = sm2Encrypt(point, utf8('hutong'))
  expect(() => sm2Decrypt(bytes32(2n), sealed)).toThrow(refusal('undecryptable'))
  expect(() => sm2Decrypt(d, sealed, { form: 'c1c2c3' })).toThrow(refusal('undecryptable'))
  expect(() => sm2Decrypt(d, sealed, { form: 'asn1' })).toThrow(refusal('cipher-malformed'))
  expect(() => sm2Decrypt(bytes32(sm2Curve.n), sealed)).toThrow(refusal('scalar-refused'))
})

const x = `0220${c1.slice(2, 66)}`
const y = `022100${c1.slice(66)}`
const hash = `0420${c3}`
const text = `0413${c2}`
test.each([
  ['nothing', ''],
  ['long form of a short length', `30817c${x}${y}${hash}${text}`],
  ['indefinite length', `3080${x}${y}${hash}${text}0000`],
  ['length over the end', `307d${x}${y}${hash}${text}`],
  ['trailing byte', `${asn1}00`],
  ['trailing element', `307e${x}${y}${hash}${text}0500`],
  ['padded x', `307d022100${x.slice(4)}${y}${hash}${text}`],
  ['negative y', `307b${x}0220${c1.slice(66)}${hash}${text}`],
  ['hash of 31 bytes', `307b${x}${y}041f${c3.slice(2)}${text}`],
  ['hash and text exchanged', `307c${x}${y}${text}${hash}`],
  ['text in long form', `307d${x}${y}${hash}048113${c2}`],
  ['text in parts (constructed)', `307e${x}${y}${hash}24150413${c2}`],
  ['no text', `3067${x}${y}${hash}`],
  ['empty text', `3069${x}${y}${hash}0400`],
  ['a length of 2^31', `308480000000${x}${y}${hash}${text}`],
  ['a length of 2^24', `30840100000000${x}`],
  ['leading zero in a length', `3082007c${x}${y}${hash}${text}`],
])('strict ASN.1 refuses: %s', (_name, der) => {
  expect(() => sm2Decrypt(d, fromHex(der), { form: 'asn1' })).toThrow(refusal('cipher-malformed'))
})

test('noise never throws anything but Sm2Error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...forms), (noise, [, options]) => {
      expect(() => sm2Decrypt(d, noise, options)).toThrow(expect.objectContaining({ name: 'Sm2Error' }))
    }),
    { numRuns: 60 },
  )
})
