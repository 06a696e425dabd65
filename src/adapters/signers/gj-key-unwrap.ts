import { createDecipheriv, createHash } from 'node:crypto'
import { HubError } from '../../canonical/errors.js'

/**
 * The AES-128 key that wraps an appsecret: the first 16 bytes of SHA1(SHA1(appkey)), which is what Java's `SHA1PRNG`
 * yields when it is seeded with the appkey. Source: EST, checked against OpenJDK 17.
 */
export function gjWrappingKey(appkey: string): Uint8Array {
  return sha1(sha1(Buffer.from(appkey))).subarray(0, 16)
}

/**
 * Unwraps the appsecret that a key refresh returns: Base64, AES/ECB/PKCS#5. Weak by today's measure and the platform's
 * own; it protects a secret in transit only behind TLS.
 *
 * @throws HubError REPLY_UNDECRYPTABLE
 */
export function unwrapAppsecret(wrapped: string, appkey: string): string {
  const compact = wrapped.replace(/[\r\n]/g, '')
  if (!/^[A-Za-z0-9+/]{4,4096}={0,2}$/.test(compact)) throw new HubError('REPLY_UNDECRYPTABLE', { subject: 'secret' })
  try {
    const decipher = createDecipheriv('aes-128-ecb', gjWrappingKey(appkey), null)
    const plain = Buffer.concat([decipher.update(compact, 'base64'), decipher.final()])
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch (cause) {
    throw new HubError('REPLY_UNDECRYPTABLE', { subject: 'secret', cause })
  }
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest()
}
