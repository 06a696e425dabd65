import { randomBytes } from 'node:crypto'
import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { Sm2Error } from './sm2-error.js'

/** sm2p256v1, the curve that GB/T 32918.5 recommends: y² = x³ + ax + b over p, order n, cofactor 1 (EST). */
export const sm2Curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
} as const

export const SCALAR_BYTES = 32
export const POINT_BYTES = 65

/** Point arithmetic. `multiply` takes a fixed number of steps, but over BigInt: not constant time. */
export const CurvePoint = weierstrass<bigint>(sm2Curve)
export type CurvePoint = WeierstrassPoint<bigint>

export const numberFromBytes = bytesToNumberBE

/** 32 bytes, big-endian. */
export function bytes32(value: bigint): Uint8Array {
  return numberToBytesBE(value, SCALAR_BYTES)
}

/**
 * Reads the 65-byte form `04‖x‖y`. Compressed (02, 03) and hybrid (06, 07) forms, the point at infinity, coordinates
 * not below p and points off the curve are refused. The cofactor is 1, so a point on the curve has order n.
 *
 * @throws Sm2Error point-refused
 */
export function parsePoint(point65: Uint8Array): CurvePoint {
  if (point65.length !== POINT_BYTES || point65[0] !== 0x04)
    throw new Sm2Error('point-refused', 'a point is 65 bytes that start with 04')
  const x = numberFromBytes(point65.subarray(1, 33))
  const y = numberFromBytes(point65.subarray(33))
  const { p, a, b } = sm2Curve
  if (x >= p || y >= p || (y * y - (x * x + a) * x - b) % p !== 0n)
    throw new Sm2Error('point-refused', 'the point is not on the SM2 curve')
  return CurvePoint.fromAffine({ x, y })
}

/** The 65-byte form. @throws Error for the point at infinity, which has none */
export function pointBytes(point: CurvePoint): Uint8Array {
  return point.toBytes(false)
}

/**
 * Reads a private key: 32 bytes, 1 ≤ d ≤ n-2. With d = n-1, 1+d has no inverse and nothing can be signed.
 *
 * @throws Sm2Error scalar-refused
 */
export function parsePrivateScalar(bytes: Uint8Array): bigint {
  const d = bytes.length === SCALAR_BYTES ? numberFromBytes(bytes) : 0n
  if (d < 1n || d > sm2Curve.n - 2n) throw new Sm2Error('scalar-refused', 'a private key is 32 bytes, from 1 to n-2')
  return d
}

/** A uniform number from 1 to `last`, by rejection: reducing 256 random bits would favour the small ones. */
export function randomScalar(last: bigint, random: (size: number) => Uint8Array = randomBytes): bigint {
  // n is just below 2^256, so one draw in 2^32 is refused; a source that is refused 64 times is broken.
  for (let attempt = 0; attempt < 64; attempt++) {
    const bytes = random(SCALAR_BYTES)
    const scalar = numberFromBytes(bytes)
    bytes.fill(0)
    if (scalar >= 1n && scalar <= last) return scalar
  }
  throw new Sm2Error('scalar-refused', 'the random source yields nothing usable')
}
