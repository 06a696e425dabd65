/** The few DER shapes of SM2 signatures and ciphertexts. Offsets are returned, and -1 for anything not minimal DER. */

/** Bytes of `value` (32 at `from`, big-endian) that a DER INTEGER holds. */
export function integerLength(bytes: Uint8Array, from: number): number {
  let skip = 0
  while (skip < 31 && bytes[from + skip] === 0) skip++
  return 32 - skip + ((bytes[from + skip] ?? 0) >> 7)
}

/** Writes the 32 bytes at `from` as an INTEGER of `length` content bytes (from `integerLength`). */
export function writeInteger(out: Uint8Array, at: number, bytes: Uint8Array, from: number, length: number): number {
  out[at] = 0x02
  out[at + 1] = length
  const significant = Math.min(length, 32)
  // With 33 content bytes the first stays zero, so that the value is not read as negative.
  const start = at + 2 + length - significant
  const first = from + 32 - significant
  for (let i = 0; i < significant; i++) out[start + i] = bytes[first + i] ?? 0
  return at + 2 + length
}

/** Reads an INTEGER from 0 to 2^256-1 into the 32 bytes at `to`, which must be zero. */
export function readInteger(der: Uint8Array, at: number, into: Uint8Array, to: number): number {
  if (der[at] !== 0x02) return -1
  const length = der[at + 1] ?? 0
  const end = at + 2 + length
  if (length < 1 || length > 33 || end > der.length) return -1
  const first = der[at + 2] ?? 0
  if (first >= 0x80) return -1
  if (length > 1 && first === 0 && (der[at + 3] ?? 0) < 0x80) return -1
  if (length === 33 && first !== 0) return -1
  const from = length === 33 ? at + 3 : at + 2
  const start = to + 32 - (end - from)
  for (let i = from; i < end; i++) into[start + i - from] = der[i] ?? 0
  return end
}

/** Tag and length for `length` content bytes, below 2^24. */
export function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length)
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff)
  return Uint8Array.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff)
}

export interface Content {
  readonly start: number
  readonly end: number
}

/** Where the content of the element at `at` lies; null unless tag matches, length is minimal and it ends inside. */
export function readHeader(der: Uint8Array, at: number, tag: number): Content | null {
  const first = der[at + 1]
  if (der[at] !== tag || first === undefined) return null
  let length = first
  let start = at + 2
  if (first >= 0x80) {
    const count = first - 0x80
    if (count < 1 || count > 3) return null
    length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (der[start + i] ?? 0)
    start += count
    if (length < 0x80 || length < 2 ** (8 * (count - 1))) return null
  }
  return start + length <= der.length ? { start, end: start + length } : null
}
