/** SM2 with SM3 and the default user id; the signature is r‖s, 64 bytes. */
export interface SigningKey {
  readonly keyId: string
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

export interface VerifyingKey {
  readonly keyId: string
  verify(message: Uint8Array, signature: Uint8Array): boolean
}

/** Every key that the log ever signed with, by key id. */
export type VerifyingKeys = ReadonlyMap<string, VerifyingKey>

export const SIGNATURE_BYTES = 64
