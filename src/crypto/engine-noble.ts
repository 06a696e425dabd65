import {
  bytes32,
  CurvePoint,
  numberFromBytes,
  parsePoint,
  parsePrivateScalar,
  randomScalar,
  sm2Curve,
} from './sm2-curve.js'
import type { Sm2Engine, Sm2PrivateKey, Sm2PublicKey } from './sm2-engine.js'
import { Sm2Error } from './sm2-error.js'
import { privateScalarOf } from './sm2-key-der.js'
import { signatureInRange } from './sm2-signature.js'
import { sm3 } from './sm3.js'

const { n } = sm2Curve
// 190 KB and 17 ms a key bring verification from 2.1 ms to 0.7; wider windows gain little and cost megabytes.
const ENROLLED_WINDOW = 4

const publicKeys = new WeakMap<Sm2PublicKey, CurvePoint>()
/** (1+d)⁻¹: all that signing needs of d. */
const privateKeys = new WeakMap<Sm2PrivateKey, bigint>()

/**
 * SM2 in JavaScript over @noble/curves, for a node without SM2 and as the judge of the other engines. **Variable
 * time**: BigInt arithmetic depends on its operands, private keys and nonces included, so do not sign with it where
 * an attacker measures. Verification handles public values only.
 */
export const nobleEngine: Sm2Engine = {
  name: 'noble',

  importPublic(point65, hint) {
    const point = parsePoint(point65)
    const handle: Sm2PublicKey = Object.freeze({ engine: 'noble', kind: 'public' })
    publicKeys.set(handle, hint === 'enrolled' ? point.precompute(ENROLLED_WINDOW) : point)
    return handle
  },

  importPrivate(key) {
    const bytes = privateScalarOf(key)
    const handle: Sm2PrivateKey = Object.freeze({ engine: 'noble', kind: 'private' })
    privateKeys.set(handle, inverseOfSuccessor(parsePrivateScalar(bytes)))
    bytes.fill(0)
    return handle
  },

  verify(key, za, message, signature) {
    const point = publicKeys.get(key)
    if (point === undefined || za.length !== 32 || !signatureInRange(signature)) return false
    try {
      const r = numberFromBytes(signature.subarray(0, 32))
      const s = numberFromBytes(signature.subarray(32))
      const sum = CurvePoint.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe((r + s) % n))
      // Whoever owns the key can make sG + tP infinite; there is no x1 then, and nothing to compare with r.
      if (sum.is0()) return false
      return (digestNumber(za, message) + sum.toAffine().x) % n === r
    } catch {
      return false
    }
  },

  sign(key, za, message) {
    for (;;) {
      const signature = signWithNonce(key, za, message, randomScalar(n - 1n))
      if (signature !== null) return signature
    }
  },
}

/**
 * The signature for a chosen nonce, or null where the standard says to draw another.
 *
 * @internal for self-tests with official vectors: two signatures with one nonce give the private key away
 */
export function signWithNonce(
  key: Sm2PrivateKey,
  za: Uint8Array,
  message: readonly Uint8Array[],
  k: bigint,
): Uint8Array | null {
  const inverse = privateKeys.get(key)
  if (inverse === undefined || za.length !== 32)
    throw new Sm2Error('key-refused', 'this key was not imported by this engine')
  const r = (digestNumber(za, message) + CurvePoint.BASE.multiply(k).toAffine().x) % n
  if (r === 0n || r + k === n) return null
  // (1+d)⁻¹(k - rd) = (1+d)⁻¹(k+r) - r: the long-term secret meets one multiplication.
  const s = (((inverse * (k + r)) % n) + n - r) % n
  if (s === 0n) return null
  const signature = new Uint8Array(64)
  signature.set(bytes32(r))
  signature.set(bytes32(s), 32)
  return signature
}

function digestNumber(za: Uint8Array, message: readonly Uint8Array[]): bigint {
  return numberFromBytes(sm3(za, ...message))
}

/** (1+d)⁻¹ mod n. The inversion takes data-dependent steps, so it sees the secret times a random factor. */
function inverseOfSuccessor(d: bigint): bigint {
  const mask = randomScalar(n - 1n)
  return (CurvePoint.Fn.inv((mask * (1n + d)) % n) * mask) % n
}
