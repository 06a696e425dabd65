import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { nobleEngine } from './engine-noble.js'
import { nodeEngine } from './engine-node.js'
import { sm2Decrypt, sm2Encrypt } from './sm2-cipher.js'
import { identityHash } from './sm2-identity.js'
import { generateSm2Key, publicPointOf } from './sm2-keys.js'
import { sm3Hex } from './sm3.js'

// sm-crypto is a second opinion that shares no code with ours: its own curve, SM3 and encoding, over hex text.
interface SmCrypto {
  readonly sm2: {
    doSignature(message: Uint8Array, d: string, options: { hash: true; der: false; userId?: string }): string
    doVerifySignature(
      message: Uint8Array,
      signature: string,
      point: string,
      options: { hash: true; der: false; userId?: string },
    ): boolean
    doEncrypt(plain: Uint8Array, point: string, mode: 0 | 1): string
    doDecrypt(sealed: string, d: string, mode: 0 | 1, options: { output: 'array' }): number[]
  }
  sm3(message: Uint8Array): string
}
const { sm2: peer, sm3: peerSm3 } = createRequire(import.meta.url)('sm-crypto') as SmCrypto

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const pairs = Array.from({ length: 8 }, () => {
  const d = generateSm2Key()
  return { d, point: publicPointOf(d) }
})

describe.each([nodeEngine, nobleEngine])('$name and sm-crypto', (engine) => {
  test.each([undefined, 'ALICE123@YAHOO.COM'])(
    'accept each other’s signatures and no altered ones (id %s)',
    async (id) => {
      const options = { hash: true, der: false, ...(id === undefined ? {} : { userId: id }) } as const
      for (const { d, point } of pairs) {
        const message = randomBytes(1 + (d[0] ?? 0))
        const altered = Uint8Array.of(...message, 0)
        const za = identityHash(point, id)
        const key = engine.importPublic(point, 'once')
        const theirs = fromHex(peer.doSignature(message, hex(d), options))
        expect(engine.verify(key, za, [message], theirs)).toBe(true)
        expect(engine.verify(key, za, [altered], theirs)).toBe(false)
        const ours = hex(await engine.sign(engine.importPrivate(d), za, [message]))
        expect(peer.doVerifySignature(message, ours, hex(point), options)).toBe(true)
        expect(peer.doVerifySignature(altered, ours, hex(point), options)).toBe(false)
      }
    },
  )
})

test('sm-crypto accepts the official signature, which makes it a judge', () => {
  const { r, s, message } = vectors.sm2.signature
  const options = { hash: true, der: false } as const
  expect(peer.doVerifySignature(Buffer.from(message), r + s, vectors.sm2.publicKey, options)).toBe(true)
})

test.each([
  ['c1c3c2', 1],
  ['c1c2c3', 0],
] as const)('%s: what one encrypts the other decrypts', (form, mode) => {
  // sm-crypto writes and reads C1 without its 04.
  const options = { form, prefixed: false }
  for (const { d, point } of pairs) {
    const plain = randomBytes(8 + (d[0] ?? 0))
    expect(peer.doDecrypt(hex(sm2Encrypt(point, plain, options)), hex(d), mode, { output: 'array' })).toEqual([
      ...plain,
    ])
    expect(sm2Decrypt(d, fromHex(peer.doEncrypt(plain, hex(point), mode)), options)).toEqual(Uint8Array.from(plain))
  }
})

test('SM3 agrees', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 500]) {
    const message = randomBytes(length)
    expect(sm3Hex(message)).toBe(peerSm3(message))
  }
})
