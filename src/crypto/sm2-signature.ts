import { integerLength, readInteger, writeInteger } from './der.js'
import { bytes32, sm2Curve } from './sm2-curve.js'
import { Sm2Error } from './sm2-error.js'

export const SIGNATURE_BYTES = 64

const order = bytes32(sm2Curve.n)

/**
 * Strict DER `SEQUENCE { r INTEGER, s INTEGER }` to r‖s; null for everything else: long or indefinite lengths, padded
 * or negative integers, integers over 32 bytes, further elements, trailing bytes. Ranges are `signatureInRange`'s.
 */
export function signatureFromDer(der: Uint8Array): Uint8Array | null {
  // 72 is the longest there is, so every length has its short form and no other.
  if (der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) return null
  const raw = new Uint8Array(SIGNATURE_BYTES)
  const afterR = readInteger(der, 2, raw, 0)
  if (afterR < 0) return null
  return readInteger(der, afterR, raw, 32) === der.length ? raw : null
}

/** r‖s to DER. @throws Sm2Error signature-refused when it is not 64 bytes */
export function signatureToDer(raw: Uint8Array): Uint8Array {
  if (raw.length !== SIGNATURE_BYTES) throw new Sm2Error('signature-refused', 'a signature r‖s is 64 bytes')
  const r = integerLength(raw, 0)
  const s = integerLength(raw, 32)
  const der = new Uint8Array(6 + r + s)
  der[0] = 0x30
  der[1] = 4 + r + s
  writeInteger(der, writeInteger(der, 2, raw, 0, r), raw, 32, s)
  return der
}

/** 64 bytes with 1 ≤ r < n, 1 ≤ s < n and r+s ≠ n. Anything else is no signature, whatever the key. */
export function signatureInRange(raw: Uint8Array): boolean {
  return raw.length === SIGNATURE_BYTES && inRange(raw, 0) && inRange(raw, 32) && !sumIsOrder(raw)
}

function inRange(raw: Uint8Array, at: number): boolean {
  let any = 0
  let borrow = 0
  for (let i = 31; i >= 0; i--) {
    const byte = raw[at + i] ?? 0
    any |= byte
    borrow = byte - (order[i] ?? 0) - borrow < 0 ? 1 : 0
  }
  return any !== 0 && borrow === 1
}

/** Both halves are below n already, so r+s ≡ 0 (mod n) only as r+s = n. */
function sumIsOrder(raw: Uint8Array): boolean {
  let carry = 0
  let difference = 0
  for (let i = 31; i >= 0; i--) {
    const sum = (raw[i] ?? 0) + (raw[32 + i] ?? 0) + carry
    difference |= (sum & 0xff) ^ (order[i] ?? 0)
    carry = sum >> 8
  }
  return difference === 0 && carry === 0
}
