import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import {
  bytes32,
  CurvePoint,
  numberFromBytes,
  parsePoint,
  parsePrivateScalar,
  pointBytes,
  randomScalar,
  sm2Curve,
} from './sm2-curve.js'

const { n, p } = sm2Curve
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const point = fromHex(vectors.sm2.publicKey)
const refusal = (problem: string) => expect.objectContaining({ name: 'Sm2Error', problem })

test('the parameters are those of the standard', () => {
  const { p, a, b, n, Gx, Gy } = sm2Curve
  const { name, oid, ...official } = vectors.sm2.curve
  const ours = { p, a, b, n, gx: Gx, gy: Gy }
  expect(Object.fromEntries(Object.entries(ours).map(([key, value]) => [key, value.toString(16)]))).toEqual(official)
  expect([name, oid]).toEqual(['sm2p256v1', '1.2.156.10197.1.301'])
  expect(
    CurvePoint.BASE.multiply(n - 1n)
      .add(CurvePoint.BASE)
      .is0(),
  ).toBe(true)
})

test('the official private key has the official public key', () => {
  const d = parsePrivateScalar(fromHex(vectors.sm2.privateKey))
  expect(pointBytes(CurvePoint.BASE.multiply(d))).toEqual(point)
})

test('points survive reading and writing', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, n - 1n), (scalar) => {
      const bytes = pointBytes(CurvePoint.BASE.multiply(scalar))
      expect(pointBytes(parsePoint(bytes))).toEqual(bytes)
    }),
    { numRuns: 30 },
  )
})

const xOfOne = '9f7a091433a81e3f218f405f792355bf2aa98b5ffa95982f03870800065279a3'
test.each([
  ['nothing', ''],
  ['infinity', '00'],
  ['zeros', `04${'00'.repeat(64)}`],
  ['off the curve', Buffer.from(point.with(64, 0x12)).toString('hex')],
  ['even hybrid', Buffer.from(point.with(0, 6)).toString('hex')],
  ['odd hybrid', Buffer.from(point.with(0, 7)).toString('hex')],
  ['compressed', `03${vectors.sm2.publicKey.slice(2, 66)}`],
  ['without 04', vectors.sm2.publicKey.slice(2)],
  ['another first byte', `05${vectors.sm2.publicKey.slice(2)}`],
  ['short', vectors.sm2.publicKey.slice(0, -2)],
  ['long', `${vectors.sm2.publicKey}00`],
  ['x = 1+p', `04${(1n + p).toString(16)}${xOfOne}`],
  ['x = p', `04${p.toString(16)}${xOfOne}`],
  ['all ones', `04${'ff'.repeat(64)}`],
])('refuses a point: %s', (_name, text) => {
  expect(() => parsePoint(fromHex(text))).toThrow(refusal('point-refused'))
})

test('x = 1 is on the curve, so that x = 1+p is refused for its size alone', () => {
  expect(parsePoint(fromHex(`04${'1'.padStart(64, '0')}${xOfOne}`)).toAffine().x).toBe(1n)
})

test.each([
  ['0', new Uint8Array(32)],
  ['n-1', bytes32(n - 1n)],
  ['n', bytes32(n)],
  ['n+1', bytes32(n + 1n)],
  ['all ones', new Uint8Array(32).fill(0xff)],
  ['31 bytes', new Uint8Array(31).fill(1)],
  ['33 bytes', new Uint8Array(33).with(32, 1)],
  ['nothing', new Uint8Array(0)],
])('refuses a private key: %s', (_name, bytes) => {
  expect(() => parsePrivateScalar(bytes)).toThrow(refusal('scalar-refused'))
})

test.each([1n, 2n, n - 3n, n - 2n])('accepts the private key %s', (d) => {
  expect(parsePrivateScalar(bytes32(d))).toBe(d)
})

test('random scalars are drawn again when they fall outside', () => {
  const draws = [new Uint8Array(32), bytes32(n - 1n), bytes32(n), new Uint8Array(32).fill(0xff), bytes32(7n)]
  const sizes: number[] = []
  const next = (size: number) => {
    sizes.push(size)
    return draws.shift() ?? new Uint8Array(32)
  }
  expect(randomScalar(n - 2n, next)).toBe(7n)
  expect(sizes).toEqual([32, 32, 32, 32, 32])
  expect(randomScalar(n - 1n, () => bytes32(n - 1n))).toBe(n - 1n)
})

test('a source that yields nothing usable is refused, not waited for', () => {
  expect(() => randomScalar(n - 1n, (size) => new Uint8Array(size))).toThrow(refusal('scalar-refused'))
})

test('the bytes that a scalar was drawn from are wiped', () => {
  const drawn = bytes32(9n)
  expect(randomScalar(n - 1n, () => drawn)).toBe(9n)
  expect(numberFromBytes(drawn)).toBe(0n)
})
