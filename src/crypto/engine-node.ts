import { createPrivateKey, createPublicKey, createSign, createVerify, type KeyObject } from 'node:crypto'
import { parsePoint } from './sm2-curve.js'
import type { Sm2Engine, Sm2PrivateKey, Sm2PublicKey } from './sm2-engine.js'
import { Sm2Error } from './sm2-error.js'
import { pkcs8Of, privateScalarOf, publicPointOf, spkiOf } from './sm2-key-der.js'
import { signatureFromDer, signatureInRange, signatureToDer } from './sm2-signature.js'

const publicKeys = new WeakMap<Sm2PublicKey, KeyObject>()
const privateKeys = new WeakMap<Sm2PrivateKey, KeyObject>()

/**
 * SM2 by node's own OpenSSL. The streaming classes hash first and hand OpenSSL the bare digest, so putting Z before
 * the message gives any user id, where the one-shot `crypto.sign` and `crypto.verify` force an empty one. Node calls
 * this difference a bug (nodejs/node#53761), which is why nothing here is used before `selfTest` has passed.
 */
export const nodeEngine: Sm2Engine = {
  name: 'node',

  importPublic(point65) {
    parsePoint(point65)
    const handle: Sm2PublicKey = Object.freeze({ engine: 'node', kind: 'public' })
    publicKeys.set(
      handle,
      imported(() => createPublicKey({ key: spkiOf(point65), format: 'der', type: 'spki' })),
    )
    return handle
  },

  importPrivate(key) {
    const d = privateScalarOf(key)
    const der = pkcs8Of(d, publicPointOf(d))
    try {
      const handle: Sm2PrivateKey = Object.freeze({ engine: 'node', kind: 'private' })
      privateKeys.set(
        handle,
        imported(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })),
      )
      return handle
    } finally {
      der.fill(0)
      d.fill(0)
    }
  },

  verify(key, za, message, signature) {
    const object = publicKeys.get(key)
    if (object === undefined || za.length !== 32 || !signatureInRange(signature)) return false
    try {
      const verifier = createVerify('sm3').update(za)
      for (const part of message) verifier.update(part)
      return verifier.verify(object, signatureToDer(signature))
    } catch {
      return false
    }
  },

  sign(key, za, message) {
    const object = privateKeys.get(key)
    if (object === undefined || za.length !== 32)
      throw new Sm2Error('key-refused', 'this key was not imported by this engine')
    const signer = createSign('sm3').update(za)
    for (const part of message) signer.update(part)
    const raw = signatureFromDer(signer.sign(object))
    if (raw === null) throw new Sm2Error('signature-refused', 'node returned something that is not an SM2 signature')
    return raw
  },
}

function imported(create: () => KeyObject): KeyObject {
  let object: KeyObject
  try {
    object = create()
  } catch (cause) {
    throw new Sm2Error('key-refused', 'this build of node does not import SM2 keys', { cause })
  }
  // An `ec` key on the SM2 curve signs and verifies ECDSA, which is not SM2.
  if (object.asymmetricKeyType === 'ec')
    throw new Sm2Error('key-refused', 'this build of node takes SM2 keys for ECDSA keys')
  return object
}
