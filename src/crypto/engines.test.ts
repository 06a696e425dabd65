import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { nobleEngine, signWithNonce } from './engine-noble.js'
import { nodeEngine } from './engine-node.js'
import { bytes32, sm2Curve } from './sm2-curve.js'
import type { Sm2Engine } from './sm2-engine.js'
import { identityHash } from './sm2-identity.js'
import { pkcs8Of } from './sm2-key-der.js'
import { generateSm2Key, publicPointOf } from './sm2-keys.js'
import { signatureInRange } from './sm2-signature.js'

const { n } = sm2Curve
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const utf8 = (text: string) => new TextEncoder().encode(text)
const official = {
  d: fromHex(vectors.sm2.privateKey),
  point: fromHex(vectors.sm2.publicKey),
  za: fromHex(vectors.sm2.signature.z),
  message: [utf8(vectors.sm2.signature.message)],
  signature: fromHex(vectors.sm2.signature.r + vectors.sm2.signature.s),
}
const engines: readonly Sm2Engine[] = [nodeEngine, nobleEngine]

/** One bit changed somewhere. */
function alter(bytes: Uint8Array, at: number): Uint8Array {
  const index = at % (bytes.length * 8)
  return bytes.with(index >> 3, (bytes[index >> 3] ?? 0) ^ (1 << (index & 7)))
}

describe.each(engines.map((engine) => [engine.name, engine] as const))('%s', (_name, engine) => {
  test.each(['once', 'enrolled'] as const)('verifies the official signature, imported %s', (hint) => {
    const key = engine.importPublic(official.point, hint)
    expect(engine.verify(key, official.za, official.message, official.signature)).toBe(true)
    for (let bit = 0; bit < 512; bit += 37)
      expect(engine.verify(key, official.za, official.message, alter(official.signature, bit))).toBe(false)
  })

  test('parts are hashed as if they were joined', async () => {
    const key = engine.importPublic(official.point, 'once')
    const secret = engine.importPrivate(official.d)
    const parts = [utf8('mess'), utf8(''), utf8('age '), utf8('digest')]
    expect(engine.verify(key, official.za, parts, official.signature)).toBe(true)
    expect(engine.verify(key, official.za, official.message, await engine.sign(secret, official.za, parts))).toBe(true)
    expect(engine.verify(key, official.za, [], await engine.sign(secret, official.za, [utf8('')]))).toBe(true)
  })

  test('extreme private keys sign', async () => {
    for (const d of [1n, 2n, (n - 1n) / 2n, n - 3n, n - 2n].map(bytes32)) {
      const point = publicPointOf(d)
      const za = identityHash(point)
      const signature = await engine.sign(engine.importPrivate(d), za, official.message)
      expect(signature).toHaveLength(64)
      expect(signatureInRange(signature)).toBe(true)
      for (const judge of engines)
        expect(judge.verify(judge.importPublic(point, 'once'), za, official.message, signature)).toBe(true)
    }
  })

  test('verify answers false and never throws for anything that is not a signature', () => {
    const key = engine.importPublic(official.point, 'once')
    const stranger = engines.find((other) => other !== engine)?.importPublic(official.point, 'once')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 40 }), (signature, za) => {
        expect(engine.verify(key, official.za, official.message, signature)).toBe(false)
        expect(engine.verify(key, za, official.message, official.signature)).toBe(false)
      }),
      { numRuns: 50 },
    )
    expect(engine.verify(key, official.za, official.message, fromHex(vectors.sm2.signature.der))).toBe(false)
    expect(engine.verify(stranger ?? key, official.za, official.message, official.signature)).toBe(false)
  })

  test('a key of another engine does not sign', () => {
    const other = engine === nodeEngine ? nobleEngine : nodeEngine
    expect(() => engine.sign(other.importPrivate(official.d), official.za, official.message)).toThrow(
      expect.objectContaining({ problem: 'key-refused' }),
    )
  })

  test('handles show no key material', () => {
    const shown = inspect(engine.importPrivate(official.d), { depth: 9, showHidden: true })
    expect(shown).toContain(engine.name)
    expect(shown.toLowerCase()).not.toContain(vectors.sm2.privateKey.slice(0, 8))
  })

  test('importing does not keep or wipe the caller’s bytes', async () => {
    const d = official.d.slice()
    const secret = engine.importPrivate(d)
    expect(d).toEqual(official.d)
    d.fill(0)
    const key = engine.importPublic(official.point, 'once')
    const signature = await engine.sign(secret, official.za, official.message)
    expect(engine.verify(key, official.za, official.message, signature)).toBe(true)
  })

  test('Buffers do as well as plain arrays, and stay as they were', async () => {
    const [d, point, za, message] = [official.d, official.point, official.za, ...official.message].map((bytes) =>
      Buffer.from(bytes),
    )
    if (d === undefined || point === undefined || za === undefined || message === undefined) throw new Error('four')
    const signature = Buffer.from(await engine.sign(engine.importPrivate(d), za, [message]))
    const key = engine.importPublic(point, 'once')
    expect(engine.verify(key, za, [message], signature)).toBe(true)
    expect(engine.verify(key, official.za, official.message, Uint8Array.from(signature))).toBe(true)
    expect(Uint8Array.from(d)).toEqual(official.d)
    expect(Uint8Array.from(point)).toEqual(official.point)
  })

  test('takes a KeyObject of an SM2 key and no other', async () => {
    const der = pkcs8Of(official.d, official.point)
    const secret = engine.importPrivate(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
    const signature = await engine.sign(secret, official.za, official.message)
    const key = engine.importPublic(official.point, 'once')
    expect(engine.verify(key, official.za, official.message, signature)).toBe(true)
    const wrong = [
      generateKeyPairSync('ec', { namedCurve: 'SM2' }),
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
      generateKeyPairSync('ed25519'),
    ]
    for (const { privateKey, publicKey } of wrong) {
      expect(() => engine.importPrivate(privateKey)).toThrow(expect.objectContaining({ problem: 'key-refused' }))
      expect(() => engine.importPrivate(publicKey)).toThrow(expect.objectContaining({ problem: 'key-refused' }))
    }
  })
})

test('the official nonce gives the official signature', () => {
  const k = BigInt(`0x${vectors.sm2.signature.k}`)
  expect(signWithNonce(nobleEngine.importPrivate(official.d), official.za, official.message, k)).toEqual(
    official.signature,
  )
})

test('250 random messages: each engine accepts the other’s signatures and refuses altered ones', async () => {
  for (let round = 0; round < 250; round++) {
    const fresh = round % 25 === 0
    const d = fresh ? generateSm2Key() : official.d
    const point = publicPointOf(d)
    const za = identityHash(point, round % 2 === 0 ? undefined : `node-${round}`)
    const message = randomBytes(1 + ((round * 37) % 700))
    const [node, noble] = engines.map((engine) => ({
      secret: engine.importPrivate(d),
      key: engine.importPublic(point, 'once'),
    }))
    if (node === undefined || noble === undefined) throw new Error('two engines are compared')
    const byNode = await nodeEngine.sign(node.secret, za, [message])
    const byNoble = await nobleEngine.sign(noble.secret, za, [message])
    const bit = randomBytes(2).readUInt16BE()
    const altered = [alter(message, bit)]
    expect(nobleEngine.verify(noble.key, za, [message], byNode)).toBe(true)
    expect(nodeEngine.verify(node.key, za, [message], byNoble)).toBe(true)
    expect(nobleEngine.verify(noble.key, za, altered, byNode)).toBe(false)
    expect(nodeEngine.verify(node.key, za, altered, byNoble)).toBe(false)
    expect(nobleEngine.verify(noble.key, za, [message], alter(byNode, bit))).toBe(false)
    expect(nodeEngine.verify(node.key, za, [message], alter(byNoble, bit))).toBe(false)
  }
})

test('boundary nonces are signed alike or drawn again', () => {
  const secret = nobleEngine.importPrivate(official.d)
  const key = nodeEngine.importPublic(official.point, 'once')
  for (const k of [1n, 2n, n - 1n, n - 2n, (n - 1n) / 2n, (n + 1n) / 2n, 2n ** 128n]) {
    const signature = signWithNonce(secret, official.za, official.message, k)
    expect(nodeEngine.verify(key, official.za, official.message, signature ?? new Uint8Array(0))).toBe(true)
  }
})
