import { bytes32, POINT_BYTES, sm2Curve } from './sm2-curve.js'
import { Sm2Error } from './sm2-error.js'
import { sm3 } from './sm3.js'

/** The user id that everybody uses who has not agreed on another (GM/T 0009; EST). */
export const DEFAULT_USER_ID = '1234567812345678'

/** ENTL counts bits in two bytes, so an id has at most this many bytes. */
export const MAX_USER_ID_BYTES = 8191

const parameters = Buffer.concat([sm2Curve.a, sm2Curve.b, sm2Curve.Gx, sm2Curve.Gy].map(bytes32))

/**
 * Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ Gx ‖ Gy ‖ Px ‖ Py): what binds a signature to its signer. The id is taken as UTF-8; an
 * empty one is refused, since that is what OpenSSL silently uses when nobody sets it. Whether the point is on the
 * curve is the business of `parsePoint` and of every engine's import.
 *
 * @throws Sm2Error user-id-refused, point-refused
 */
export function identityHash(point65: Uint8Array, userId: string = DEFAULT_USER_ID): Uint8Array {
  if (point65.length !== POINT_BYTES || point65[0] !== 0x04)
    throw new Sm2Error('point-refused', 'a point is 65 bytes that start with 04')
  const id = Buffer.from(userId, 'utf8')
  if (id.length === 0 || id.length > MAX_USER_ID_BYTES)
    throw new Sm2Error('user-id-refused', `a user id has 1 to ${MAX_USER_ID_BYTES} bytes`)
  const bits = id.length * 8
  return sm3(Uint8Array.of(bits >> 8, bits & 0xff), id, parameters, point65.subarray(1))
}

/**
 * `identityHash` that remembers the last `capacity` pairs of point and id, for callers that meet keys in certificates
 * and hold no key object. The caller gets a copy: nobody can spoil the next answer.
 */
export function createIdentityCache(capacity = 1024): typeof identityHash {
  const known = new Map<string, Uint8Array>()
  return (point65, userId = DEFAULT_USER_ID) => {
    const key = `${Buffer.from(point65).toString('latin1')}${userId}`
    const found = known.get(key)
    // Re-inserted, so that the map's order is the order of last use.
    if (found !== undefined) known.delete(key)
    const z = found ?? identityHash(point65, userId)
    known.set(key, z)
    if (known.size > capacity) known.delete(known.keys().next().value ?? key)
    return z.slice()
  }
}
