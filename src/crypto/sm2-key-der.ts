import { KeyObject } from 'node:crypto'
import { bytes32, CurvePoint, parsePoint, parsePrivateScalar, pointBytes } from './sm2-curve.js'
import { Sm2Error } from './sm2-error.js'

// AlgorithmIdentifier { id-ecPublicKey, 1.2.156.10197.1.301 }, then the key; every length is fixed.
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex')
const PKCS8_HEAD = Buffer.from('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420', 'hex')
const PKCS8_POINT = Buffer.from('a144034200', 'hex')

/** SubjectPublicKeyInfo of a point that the caller has checked. */
export function spkiOf(point65: Uint8Array): Buffer {
  return Buffer.concat([SPKI_HEAD, point65])
}

/** The 65-byte point in a SubjectPublicKeyInfo. @throws Sm2Error key-refused, point-refused */
export function pointOfSpki(der: Uint8Array): Uint8Array {
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength)
  if (bytes.length !== SPKI_HEAD.length + 65 || !bytes.subarray(0, SPKI_HEAD.length).equals(SPKI_HEAD))
    throw new Sm2Error('key-refused', 'not the public key of an SM2 key on the named curve')
  const point65 = Uint8Array.from(bytes.subarray(SPKI_HEAD.length))
  parsePoint(point65)
  return point65
}

/** PKCS#8 with the public key inside. The caller wipes it. */
export function pkcs8Of(d: Uint8Array, point65: Uint8Array): Buffer {
  return Buffer.concat([PKCS8_HEAD, d, PKCS8_POINT, point65])
}

/** The point of a private key, 65 bytes. @throws Sm2Error scalar-refused */
export function publicPointOf(d: Uint8Array): Uint8Array {
  return pointBytes(CurvePoint.BASE.multiply(parsePrivateScalar(d)))
}

/**
 * The 32 bytes of a private key given as bytes or as node's KeyObject (from an OpenSSL PEM file, say). The caller may
 * wipe the result; it is always a copy.
 *
 * A KeyObject of type `ec` is refused: `generateKeyPairSync('ec', { namedCurve: 'SM2' })` makes one that signs ECDSA
 * on the SM2 curve, and its own public key accepts what it signs.
 *
 * @throws Sm2Error scalar-refused, key-refused
 */
export function privateScalarOf(key: Uint8Array | KeyObject): Uint8Array {
  if (!(key instanceof KeyObject)) return bytes32(parsePrivateScalar(key))
  if (key.type !== 'private' || key.asymmetricKeyType === 'ec')
    throw new Sm2Error('key-refused', 'not an SM2 private key; import it from PKCS#8')
  const der = key.export({ type: 'pkcs8', format: 'der' })
  try {
    const at = PKCS8_HEAD.length
    if (!der.subarray(0, at).equals(PKCS8_HEAD))
      throw new Sm2Error('key-refused', 'not an SM2 private key on the named curve')
    return bytes32(parsePrivateScalar(der.subarray(at, at + 32)))
  } finally {
    der.fill(0)
  }
}
