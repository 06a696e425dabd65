import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { bytes32, sm2Curve } from './sm2-curve.js'
import { signatureFromDer, signatureInRange, signatureToDer } from './sm2-signature.js'

const { n } = sm2Curve
const { r, s, der } = vectors.sm2.signature
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
const raw = (left: bigint, right: bigint) => Uint8Array.from(Buffer.concat([bytes32(left), bytes32(right)]))

test('the official signature in both forms', () => {
  expect(toHex(signatureToDer(fromHex(r + s)))).toBe(der)
  expect(toHex(signatureFromDer(fromHex(der)))).toBe(r + s)
})

const anyNumber = fc.oneof(
  fc.bigInt(0n, 2n ** 256n - 1n),
  fc.integer({ min: 0, max: 255 }).chain((bits) => fc.constantFrom(2n ** BigInt(bits), 2n ** BigInt(bits) - 1n)),
)

test('every pair of numbers survives DER', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, (left, right) => {
      const bytes = raw(left, right)
      const encoded = signatureToDer(bytes)
      expect(signatureFromDer(encoded)).toEqual(bytes)
      // What may follow is nothing, and what is cut off is missed.
      expect(signatureFromDer(Uint8Array.of(...encoded, 0))).toBeNull()
      expect(signatureFromDer(encoded.subarray(0, -1))).toBeNull()
    }),
  )
})

test('whatever is read is written back byte for byte, so each signature has one DER form', () => {
  const header = fc
    .integer({ min: 1, max: 35 })
    .chain((length) => fc.tuple(fc.constant(length), fc.uint8Array({ minLength: length, maxLength: length })))
  fc.assert(
    fc.property(header, header, ([lengthR, bytesR], [lengthS, bytesS]) => {
      const body = [2, lengthR, ...bytesR, 2, lengthS, ...bytesS]
      const encoded = Uint8Array.of(0x30, body.length, ...body)
      const decoded = signatureFromDer(encoded)
      expect(decoded === null ? encoded : signatureToDer(decoded)).toEqual(encoded)
    }),
    { numRuns: 1000 },
  )
})

test('noise is never read and never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 90 }), (bytes) => {
      const decoded = signatureFromDer(bytes)
      expect(decoded === null ? bytes : signatureToDer(decoded)).toEqual(bytes)
    }),
  )
})

const R = `022100${r}`
const S = `022100${s}`
const small = '020101'
test.each([
  ['nothing', ''],
  ['only a tag', '30'],
  ['an empty sequence', '3000'],
  ['one integer', `3023${R}`],
  ['three integers', `3009${small}${small}${small}`],
  ['another outer tag', `3146${R}${S}`],
  ['another integer tag', `3046${R}032100${s}`],
  ['long form of a short length', `308146${R}${S}`],
  ['long form in two bytes', `30820046${R}${S}`],
  ['indefinite length', `3080${R}${S}0000`],
  ['long form in an integer', `304702812100${r}${S}`],
  ['outer length too long', `3047${R}${S}`],
  ['outer length too short', `3045${R}${S}`],
  ['trailing byte outside', `3046${R}${S}00`],
  ['trailing byte inside', `3047${R}${S}00`],
  ['trailing NULL inside', `3048${R}${S}0500`],
  ['padded r', `304702220000${r}${S}`],
  ['padded small r', `300702020001${small}`],
  ['padded s', `3047${R}02220000${s}`],
  ['negative r', `30450220${r}${S}`],
  ['negative s', `3045${R}0220${s}`],
  ['empty r', `30050200${small}`],
  ['empty s', `3005${small}0200`],
  ['r over 32 bytes', `3047022201${'00'.repeat(33)}${S}`],
  ['r of 33 significant bytes', `304602210100${r.slice(2)}${S}`],
  ['r reaches past the end', `30060204${small}01`],
  ['r‖s itself', r + s],
  ['the text of it', Buffer.from(der).toString('hex')],
])('refuses %s', (_name, text) => {
  expect(signatureFromDer(fromHex(text))).toBeNull()
})

test.each([
  ['r = 0', raw(0n, 1n), false],
  ['s = 0', raw(1n, 0n), false],
  ['r = s = 1', raw(1n, 1n), true],
  ['r = n-1, s = 2', raw(n - 1n, 2n), true],
  ['r = n-1, s = n-1', raw(n - 1n, n - 1n), true],
  ['r = n', raw(n, 1n), false],
  ['s = n', raw(1n, n), false],
  ['r = n+1', raw(n + 1n, 1n), false],
  ['r = 2^256-1', raw(2n ** 256n - 1n, 1n), false],
  ['r + s = n', raw(1n, n - 1n), false],
  ['r + s = n, otherwise split', raw(n - 12345n, 12345n), false],
  ['r + s = n-1', raw(1n, n - 2n), true],
  ['r + s = n+1', raw(2n, n - 1n), true],
  ['63 bytes', raw(1n, 1n).subarray(1), false],
  ['65 bytes', Uint8Array.of(0, ...raw(1n, 1n)), false],
  ['nothing', new Uint8Array(0), false],
])('range: %s', (_name, bytes, expected) => {
  expect(signatureInRange(bytes)).toBe(expected)
})

test('ranges agree with arithmetic', () => {
  const nearN = fc.bigInt(-3n, 3n).map((offset) => n + offset)
  const value = fc.oneof(anyNumber, nearN, fc.bigInt(0n, 3n))
  fc.assert(
    fc.property(value, value, fc.boolean(), (left, other, complement) => {
      const right = complement && left <= n ? n - left : other
      const expected = left >= 1n && left < n && right >= 1n && right < n && (left + right) % n !== 0n
      expect(signatureInRange(raw(left, right))).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})

test('only 64 bytes are written as DER', () => {
  expect(() => signatureToDer(new Uint8Array(63))).toThrow(expect.objectContaining({ problem: 'signature-refused' }))
})
