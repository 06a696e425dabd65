import { createHash, createHmac, hash as hashOnce } from 'node:crypto'

/** SM3 over the parts one after another, as if they were joined. 32 bytes. */
export function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sm3')
  for (const part of parts) hash.update(part)
  return plainBytes(hash.digest())
}

/** SM3 as 64 lower-case hex digits. */
export function sm3Hex(...parts: readonly Uint8Array[]): string {
  const [first, ...others] = parts
  // Half the cost for short texts: no object is made that the garbage collector would have to finalise.
  if (first !== undefined && others.length === 0) return hashOnce('sm3', first, 'hex')
  const hash = createHash('sm3')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** HMAC (RFC 2104) with SM3 over the parts one after another. 32 bytes. */
export function hmacSm3(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sm3', key)
  for (const part of parts) mac.update(part)
  return plainBytes(mac.digest())
}

// A Buffer's slice() shares memory where a Uint8Array's copies, so a Buffer behind the wider type is a trap.
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
