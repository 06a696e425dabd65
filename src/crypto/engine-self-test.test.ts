import { expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { nobleEngine } from './engine-noble.js'
import { nodeEngine } from './engine-node.js'
import { crossTest, failures, passed, selfTest } from './engine-self-test.js'
import {
  forgeries,
  official,
  officialSm3,
  officialSm4,
  onePlusOrder,
  type SignatureVector,
  smallest,
} from './self-test-vectors.js'
import { bytes32, CurvePoint, numberFromBytes, parsePoint, sm2Curve } from './sm2-curve.js'
import { sm3 } from './sm3.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const { n } = sm2Curve

test('the built-in vectors are those of the specification', () => {
  const { signature, privateKey, publicKey } = vectors.sm2
  expect(hex(official.d)).toBe(privateKey)
  expect(hex(official.point)).toBe(publicKey)
  expect(hex(official.za)).toBe(signature.z)
  expect(hex(official.e)).toBe(signature.e)
  expect(Buffer.from(official.message).toString()).toBe(signature.message)
  expect(official.k.toString(16)).toBe(signature.k)
  expect([hex(official.r), hex(official.s)]).toEqual([signature.r, signature.s])
  expect(officialSm3.digest).toBe(vectors.sm3.cases[0]?.digest)
  expect(officialSm4.cipher).toBe(vectors.sm4.cases[0]?.cipher)
})

/** Verification with every range check left out, and x = 0 for the point at infinity: what the vectors must catch. */
function careless({ point, za, message, r, s }: SignatureVector): boolean {
  const [left, right] = [numberFromBytes(r), numberFromBytes(s)]
  const times = (base: CurvePoint, scalar: bigint) => base.multiplyUnsafe(scalar % n)
  const sum = times(CurvePoint.BASE, right).add(times(parsePoint(point), left + right))
  const x = sum.is0() ? 0n : sum.toAffine().x
  return (numberFromBytes(sm3(za, message)) + x) % n === left % n
}

test.each([...forgeries, { name: 'r+n', ...smallest, r: onePlusOrder }, { name: 's+n', ...smallest, s: onePlusOrder }])(
  'a verifier that lacks the check accepts it: $name',
  (vector) => {
    expect(careless(vector)).toBe(true)
  },
)

test('the sum of that forgery is infinite', () => {
  const { r, s } = forgeries.find(({ name }) => name.includes('infinity')) ?? smallest
  const d = numberFromBytes(official.d)
  expect((numberFromBytes(s) + ((numberFromBytes(r) + numberFromBytes(s)) % n) * d) % n).toBe(0n)
  expect(onePlusOrder).toEqual(bytes32(n + 1n))
})

test.each([nodeEngine, nobleEngine])('$name passes', async (engine) => {
  const report = await selfTest(engine)
  expect(failures(report)).toEqual([])
  expect(report.engine).toBe(engine.name)
  expect(report.checks.length).toBeGreaterThanOrEqual(45)
  expect(new Set(report.checks.map((check) => check.name)).size).toBe(report.checks.length)
  expect(passed(report)).toBe(true)
})

test('the engines agree, both ways', async () => {
  const report = await crossTest(nodeEngine, nobleEngine)
  expect(failures(report)).toEqual([])
  expect(report.checks.map((check) => check.name)).toEqual(
    expect.arrayContaining(['node signs, noble verifies', 'noble signs, node verifies']),
  )
})

test('a report without checks has not passed', () => {
  expect(passed({ engine: 'node', checks: [] })).toBe(false)
})
