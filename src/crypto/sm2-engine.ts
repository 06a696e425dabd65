import type { KeyObject } from 'node:crypto'

export type EngineName = 'wasm' | 'node' | 'noble' | 'native' | 'remote'

/** A public key that an engine has checked and imported. Opaque, and good for that engine only. */
export interface Sm2PublicKey {
  readonly engine: EngineName
  readonly kind: 'public'
}

/** A private key inside an engine. The handle holds no key material, so it may be logged or inspected. */
export interface Sm2PrivateKey {
  readonly engine: EngineName
  readonly kind: 'private'
}

/**
 * SM2 signatures at the level of messages: e = SM3(za ‖ message). Digests are not offered because node's binding
 * cannot take one. The message comes in parts, which are hashed as if joined. `za` is `identityHash`'s 32 bytes.
 */
export interface Sm2Engine {
  readonly name: EngineName
  /**
   * `enrolled` allows the engine to spend time and memory on a key that will be met again.
   * @throws Sm2Error point-refused, key-refused
   */
  importPublic(point65: Uint8Array, hint: 'once' | 'enrolled'): Sm2PublicKey
  /** 32 bytes, or node's KeyObject of an SM2 key. @throws Sm2Error scalar-refused, key-refused */
  importPrivate(key: Uint8Array | KeyObject): Sm2PrivateKey
  /** Signature r‖s, 64 bytes. Never throws: whatever is not a valid signature by this key is false. */
  verify(key: Sm2PublicKey, za: Uint8Array, message: readonly Uint8Array[], signature: Uint8Array): boolean
  /** r‖s, 64 bytes. May be a promise: the key can live in a signing server. @throws Sm2Error key-refused */
  sign(key: Sm2PrivateKey, za: Uint8Array, message: readonly Uint8Array[]): Uint8Array | Promise<Uint8Array>
}
