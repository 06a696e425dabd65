import { header, integerLength, readHeader, readInteger, writeInteger } from './der.js'
import type { CipherParts } from './sm2-cipher.js'

/**
 * `SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, cipher OCTET STRING }`, as GM/T 0009 has it and OpenSSL reads
 * and writes it (EST).
 */
export function cipherToDer({ point, hash, masked }: CipherParts): Uint8Array {
  const x = integerLength(point, 1)
  const y = integerLength(point, 33)
  const maskedHead = header(0x04, masked.length)
  const length = 4 + x + y + 2 + hash.length + maskedHead.length + masked.length
  const head = header(0x30, length)
  const der = new Uint8Array(head.length + length)
  der.set(head)
  let at = writeInteger(der, head.length, point, 1, x)
  at = writeInteger(der, at, point, 33, y)
  der.set(header(0x04, hash.length), at)
  der.set(hash, at + 2)
  at += 2 + hash.length
  der.set(maskedHead, at)
  der.set(masked, at + maskedHead.length)
  return der
}

/** Strict DER; null for anything else. */
export function cipherFromDer(der: Uint8Array): CipherParts | null {
  const sequence = readHeader(der, 0, 0x30)
  if (sequence === null || sequence.end !== der.length) return null
  const point = new Uint8Array(65)
  point[0] = 0x04
  const afterX = readInteger(der, sequence.start, point, 1)
  if (afterX < 0) return null
  const afterY = readInteger(der, afterX, point, 33)
  if (afterY < 0) return null
  const hash = readHeader(der, afterY, 0x04)
  if (hash === null || hash.end - hash.start !== 32) return null
  const masked = readHeader(der, hash.end, 0x04)
  if (masked === null || masked.end !== der.length) return null
  return { point, hash: der.subarray(hash.start, hash.end), masked: der.subarray(masked.start, masked.end) }
}
