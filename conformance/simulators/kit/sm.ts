import { createRequire } from 'node:module'

// sm-crypto ships no types. These are the parts of its interface that the simulators use, all in hexadecimal text.
interface SmCrypto {
  readonly sm2: {
    generateKeyPairHex(): { readonly privateKey: string; readonly publicKey: string }
    getPublicKeyFromPrivateKey(privateKey: string): string
    doSignature(
      message: Uint8Array,
      privateKey: string,
      options: { readonly hash: boolean; readonly userId?: string },
    ): string
    doVerifySignature(
      message: Uint8Array,
      signature: string,
      publicKey: string,
      options: { readonly hash: boolean },
    ): boolean
    doEncrypt(message: Uint8Array, publicKey: string, mode: 0 | 1): string
    doDecrypt(cipherText: string, privateKey: string, mode: 0 | 1, options: { readonly output: 'array' }): number[]
  }
  sm3(message: Uint8Array): string
}

const { sm2, sm3 } = createRequire(import.meta.url)('sm-crypto') as SmCrypto

/** SM3 of some bytes. */
export function sm3Of(bytes: Uint8Array): Buffer {
  return Buffer.from(sm3(bytes), 'hex')
}

/** SM2 with SM3, user id 1234567812345678 unless another is given; r‖s, 64 bytes. */
export function sm2Sign(bytes: Uint8Array, privateKey: string, userId?: string): Buffer {
  const options = userId === undefined ? { hash: true } : { hash: true, userId }
  return Buffer.from(sm2.doSignature(bytes, privateKey, options), 'hex')
}

/** Whether r‖s is the key's signature over the bytes. Never throws: whatever is malformed does not hold. */
export function sm2Holds(bytes: Uint8Array, signature: Uint8Array, publicKey: string): boolean {
  if (signature.length !== 64) return false
  try {
    return sm2.doVerifySignature(bytes, Buffer.from(signature).toString('hex'), publicKey, { hash: true })
  } catch {
    // sm-crypto runs into a TypeError where sG + tP is the point at infinity, which the owner of a key can bring about.
    return false
  }
}

/** SM2 cipher text C1‖C3‖C2 in lower-case hexadecimal with C1's leading `04`. */
export function sm2Encrypt(bytes: Uint8Array, publicKey: string): string {
  return `04${sm2.doEncrypt(bytes, publicKey, 1)}`
}

/** The plain bytes of a cipher text C1‖C3‖C2, `04` included, or null when it is not for this key. */
export function sm2Decrypt(cipherText: string, privateKey: string): Buffer | null {
  // 04, two coordinates, C3, at least one byte. An empty text is no message of any dialect.
  if (!/^04[0-9a-f]{194,}$/i.test(cipherText)) return null
  try {
    const plain = sm2.doDecrypt(cipherText.slice(2), privateKey, 1, { output: 'array' })
    return plain.length === 0 ? null : Buffer.from(plain)
  } catch {
    return null
  }
}

/** The public point `04…` of a private scalar, in hexadecimal. */
export function publicPoint(privateKey: string): string {
  return sm2.getPublicKeyFromPrivateKey(privateKey)
}

/** A pair that nobody knows: what a forger signs with, and what nobody can decrypt. */
export function strangersKey(): { readonly privateKey: string; readonly publicKey: string } {
  return sm2.generateKeyPairHex()
}
