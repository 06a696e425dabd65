/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** The bytes, or null for any text that `toBase64` would not have written: one value has one spelling. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) return null
  // Not a Buffer, whose slice() shares memory where a Uint8Array's copies.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
