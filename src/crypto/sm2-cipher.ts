import { timingSafeEqual } from 'node:crypto'
import { cipherFromDer, cipherToDer } from './sm2-cipher-der.js'
import { bytes32, CurvePoint, parsePoint, parsePrivateScalar, pointBytes, randomScalar, sm2Curve } from './sm2-curve.js'
import { Sm2Error } from './sm2-error.js'
import { sm3 } from './sm3.js'

/** Longest plain text, in bytes. Larger content belongs in an SM4 envelope. */
export const MAX_PLAIN_BYTES = 1_048_576

/**
 * How C1 (a point), C2 (the masked text) and C3 (32 bytes of SM3) are laid out: the present order, the order before
 * GM/T 0003-2012, or ASN.1 as OpenSSL writes it (EST, all three met in the field).
 */
export type CipherForm = 'c1c3c2' | 'c1c2c3' | 'asn1'

export interface CipherOptions {
  /** `c1c3c2` unless given. */
  readonly form?: CipherForm
  /** Whether C1 starts with its 04, as it does unless given; sm-crypto leaves it out. ASN.1 has no 04. */
  readonly prefixed?: boolean
}

/** The parts of a ciphertext; `point` is C1 as 65 bytes. */
export interface CipherParts {
  readonly point: Uint8Array
  readonly hash: Uint8Array
  readonly masked: Uint8Array
}

/**
 * SM2 encryption of 1 byte to 1 MiB to a 65-byte point.
 *
 * @throws Sm2Error point-refused, plain-refused
 */
export function sm2Encrypt(point65: Uint8Array, plain: Uint8Array, options: CipherOptions = {}): Uint8Array {
  return encryptTo(parsePoint(point65), plain, options)
}

/** `sm2Encrypt` to a point that has been read, and precomputed where it is used often. */
export function encryptTo(point: CurvePoint, plain: Uint8Array, options: CipherOptions = {}): Uint8Array {
  for (;;) {
    const sealed = encryptWithNonce(point, plain, options, randomScalar(sm2Curve.n - 1n))
    if (sealed !== null) return sealed
  }
}

/**
 * The ciphertext for a chosen nonce, or null where its key stream is all zeros and would show the plain text (one
 * nonce in 256 for a text of one byte).
 *
 * @internal for tests with official vectors
 */
export function encryptWithNonce(
  point: CurvePoint,
  plain: Uint8Array,
  options: CipherOptions,
  k: bigint,
): Uint8Array | null {
  if (plain.length === 0 || plain.length > MAX_PLAIN_BYTES)
    throw new Sm2Error('plain-refused', `SM2 encrypts 1 to ${MAX_PLAIN_BYTES} bytes`)
  const shared = sharedPoint(point, k)
  // Not slice(): a Buffer's shares its memory, and the caller's text would be masked too.
  const masked = Uint8Array.from(plain)
  if (!applyKeyStream(shared, masked)) return null
  const hash = sm3(shared.subarray(0, 32), plain, shared.subarray(32))
  return join({ point: pointBytes(CurvePoint.BASE.multiply(k)), hash, masked }, options)
}

/**
 * SM2 decryption with a 32-byte private key. The form is the caller's to know; nothing is tried out.
 *
 * @throws Sm2Error scalar-refused; cipher-malformed for a wrong length or encoding; undecryptable, always with one
 *   text, for C1 off the curve, an all-zero key stream and a C3 that does not match
 */
export function sm2Decrypt(d: Uint8Array, sealed: Uint8Array, options: CipherOptions = {}): Uint8Array {
  return decryptBy(parsePrivateScalar(d), sealed, options)
}

/** `sm2Decrypt` with a scalar that has been read. Variable time, as all BigInt arithmetic is. */
export function decryptBy(d: bigint, sealed: Uint8Array, options: CipherOptions = {}): Uint8Array {
  const { point, hash, masked } = split(sealed, options)
  const shared = sharedPoint(pointOfCipher(point), d)
  const plain = Uint8Array.from(masked)
  if (applyKeyStream(shared, plain) && timingSafeEqual(sm3(shared.subarray(0, 32), plain, shared.subarray(32)), hash))
    return plain
  plain.fill(0)
  throw undecryptable()
}

/** x2‖y2. */
function sharedPoint(point: CurvePoint, scalar: bigint): Uint8Array {
  const { x, y } = point.multiply(scalar).toAffine()
  const shared = new Uint8Array(64)
  shared.set(bytes32(x))
  shared.set(bytes32(y), 32)
  return shared
}

/** XORs KDF(shared) = SM3(shared‖1)‖SM3(shared‖2)‖… into the text; false when the key stream is all zeros. */
function applyKeyStream(shared: Uint8Array, text: Uint8Array): boolean {
  const counter = new Uint8Array(4)
  const view = new DataView(counter.buffer)
  let any = 0
  for (let at = 0; at < text.length; at += 32) {
    view.setUint32(0, at / 32 + 1)
    const block = sm3(shared, counter)
    const end = Math.min(32, text.length - at)
    for (let i = 0; i < end; i++) {
      const key = block[i] ?? 0
      any |= key
      text[at + i] = (text[at + i] ?? 0) ^ key
    }
  }
  return any !== 0
}

function pointOfCipher(point65: Uint8Array): CurvePoint {
  try {
    return parsePoint(point65)
  } catch (cause) {
    throw new Sm2Error('undecryptable', undecryptable().message, { cause })
  }
}

function undecryptable(): Sm2Error {
  return new Sm2Error('undecryptable', 'the text does not decrypt with this key')
}

function join({ point, hash, masked }: CipherParts, { form = 'c1c3c2', prefixed = true }: CipherOptions): Uint8Array {
  if (form === 'asn1') return cipherToDer({ point, hash, masked })
  const head = prefixed ? point : point.subarray(1)
  const tail = form === 'c1c3c2' ? [hash, masked] : [masked, hash]
  const sealed = new Uint8Array(head.length + hash.length + masked.length)
  let at = 0
  for (const part of [head, ...tail]) {
    sealed.set(part, at)
    at += part.length
  }
  return sealed
}

function split(sealed: Uint8Array, { form = 'c1c3c2', prefixed = true }: CipherOptions): CipherParts {
  const parts = form === 'asn1' ? cipherFromDer(sealed) : splitRaw(sealed, form, prefixed ? 65 : 64)
  if (parts === null || parts.masked.length === 0 || parts.masked.length > MAX_PLAIN_BYTES)
    throw new Sm2Error('cipher-malformed', 'not an SM2 ciphertext of the expected form')
  return parts
}

function splitRaw(sealed: Uint8Array, form: 'c1c3c2' | 'c1c2c3', head: 64 | 65): CipherParts | null {
  if (sealed.length < head + 32 || (head === 65 && sealed[0] !== 0x04)) return null
  const point = new Uint8Array(65)
  point[0] = 0x04
  point.set(sealed.subarray(head - 64, head), 1)
  const hashAt = form === 'c1c3c2' ? head : sealed.length - 32
  const maskedAt = form === 'c1c3c2' ? head + 32 : head
  return {
    point,
    hash: sealed.subarray(hashAt, hashAt + 32),
    masked: sealed.subarray(maskedAt, maskedAt + sealed.length - head - 32),
  }
}
