import { hmacSm3 } from '../crypto/sm3.js'

/** What leads to a person: a holder's code, a licence identifier, a case number. */
export type PersonalKind = 'holder' | 'licence' | 'case'

/** Below this the whole space of citizen ids could be tried against a guessed key. */
const MIN_KEY_BYTES = 16

/**
 * Replaces what leads to a person by HMAC-SM3, 64 hex digits. Whoever has the key can ask whether a given value is in
 * the log; nobody else can try the ten-odd billion possible citizen ids, as they could with a plain hash. The kinds
 * are kept apart: the same text hashes differently as a holder and as a case.
 *
 * @throws RangeError for a key under 16 bytes
 */
export function personalHasher(key: Uint8Array): (kind: PersonalKind, value: string) => string {
  if (key.length < MIN_KEY_BYTES) throw new RangeError(`the key needs at least ${MIN_KEY_BYTES} bytes`)
  const own = Uint8Array.from(key)
  return (kind, value) => {
    // No kind holds a zero byte, so the kind ends where the value begins.
    const digest = hmacSm3(own, Buffer.from(`hutong personal ${kind}\0${value}`, 'utf8'))
    return Buffer.from(digest).toString('hex')
  }
}
