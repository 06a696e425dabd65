import { createPrivateKey, createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { bytes32, sm2Curve } from './sm2-curve.js'
import { pkcs8Of, pointOfSpki, privateScalarOf, publicPointOf, spkiOf } from './sm2-key-der.js'

const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const d = fromHex(vectors.sm2.privateKey)
const point = fromHex(vectors.sm2.publicKey)

test('the public key of the official private key', () => {
  expect(publicPointOf(d)).toEqual(point)
  expect(() => publicPointOf(new Uint8Array(32))).toThrow(expect.objectContaining({ problem: 'scalar-refused' }))
})

test('node writes the same bytes as we do', () => {
  const pkcs8 = pkcs8Of(d, point)
  const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  expect(secret.export({ type: 'pkcs8', format: 'der' })).toEqual(pkcs8)
  const spki = spkiOf(point)
  const open = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  expect(open.export({ type: 'spki', format: 'der' })).toEqual(spki)
  expect(createPublicKey(secret).export({ type: 'spki', format: 'der' })).toEqual(spki)
})

test('scalars and points survive', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, sm2Curve.n - 2n), (scalar) => {
      const bytes = bytes32(scalar)
      const itsPoint = publicPointOf(bytes)
      expect(pointOfSpki(spkiOf(itsPoint))).toEqual(itsPoint)
      const key = createPrivateKey({ key: pkcs8Of(bytes, itsPoint), format: 'der', type: 'pkcs8' })
      expect(privateScalarOf(key)).toEqual(bytes)
    }),
    { numRuns: 20 },
  )
})

test('the scalar is a copy, so that wiping it wipes nothing else', () => {
  const own = d.slice()
  privateScalarOf(own).fill(0)
  expect(own).toEqual(d)
})

const spki = Buffer.from(spkiOf(point)).toString('hex')
test.each([
  ['nothing', ''],
  ['another curve', spki.replace('811ccf5501822d', '86480ce3d0301070'.slice(0, 14))],
  ['the algorithm id that Botan writes', spki.replace('2a8648ce3d0201', '2a811ccf550182')],
  ['a byte more', `${spki}00`],
  ['a byte less', spki.slice(0, -2)],
])('an SPKI is refused: %s', (_name, text) => {
  expect(() => pointOfSpki(fromHex(text))).toThrow(expect.objectContaining({ problem: 'key-refused' }))
})

test('an SPKI with a point off the curve is refused', () => {
  expect(() => pointOfSpki(spkiOf(point.with(64, 0x12)))).toThrow(expect.objectContaining({ problem: 'point-refused' }))
})
