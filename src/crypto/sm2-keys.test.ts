import { describe, expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import type { OpeningKey, SealingKey, SigningKey, VerifyingKey } from '../adapters/adapter.js'
import { nobleEngine } from './engine-noble.js'
import { nodeEngine } from './engine-node.js'
import { parsePrivateScalar } from './sm2-curve.js'
import type { Sm2Engine } from './sm2-engine.js'
import { generateSm2Key, openingKey, publicPointOf, sealingKey, signingKey, verifyingKey } from './sm2-keys.js'

const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const d = fromHex(vectors.sm2.privateKey)
const point = fromHex(vectors.sm2.publicKey)
const message = new TextEncoder().encode(vectors.sm2.signature.message)
const official = fromHex(vectors.sm2.signature.r + vectors.sm2.signature.s)

test('new keys are valid and differ', () => {
  const keys = Array.from({ length: 20 }, generateSm2Key)
  for (const key of keys) expect(parsePrivateScalar(key)).toBeGreaterThan(0n)
  expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(20)
  expect(publicPointOf(d)).toEqual(point)
})

describe.each([nodeEngine, nobleEngine])('$name', (engine) => {
  test('keys have the shapes of the adapter contract and the default user id', async () => {
    const signing: SigningKey = signingKey(engine, 'hutong-2025', d)
    const verifying: VerifyingKey = verifyingKey(engine, 'hutong-2025', point)
    expect(Object.keys(signing)).toEqual(['keyId', 'sign'])
    expect(Object.keys(verifying)).toEqual(['keyId', 'verify'])
    expect([signing.keyId, verifying.keyId]).toEqual(['hutong-2025', 'hutong-2025'])
    expect(verifying.verify(message, official)).toBe(true)
    const signature = await signing.sign(message)
    expect(verifying.verify(message, signature)).toBe(true)
    expect(verifying.verify(message.with(0, 0), signature)).toBe(false)
    expect(verifyingKey(engine, 'other', publicPointOf(generateSm2Key())).verify(message, signature)).toBe(false)
  })

  test('bad keys are refused when the object is made, not when it is used', () => {
    expect(() => signingKey(engine, 'k', new Uint8Array(32))).toThrow(
      expect.objectContaining({ problem: 'scalar-refused' }),
    )
    expect(() => verifyingKey(engine, 'k', point.with(64, 0x12))).toThrow(
      expect.objectContaining({ problem: 'point-refused' }),
    )
  })
})

test('a key is imported once, however often it is used', async () => {
  const calls: string[] = []
  const counting: Sm2Engine = {
    ...nodeEngine,
    importPublic: (bytes, hint) => {
      calls.push(hint)
      return nodeEngine.importPublic(bytes, hint)
    },
    importPrivate: (key) => {
      calls.push('private')
      return nodeEngine.importPrivate(key)
    },
  }
  const signing = signingKey(counting, 'k', d)
  const verifying = verifyingKey(counting, 'k', point)
  for (let i = 0; i < 5; i++) expect(verifying.verify(message, await signing.sign(message))).toBe(true)
  expect(calls).toEqual(['private', 'enrolled'])
})

test('the caller may wipe what it handed over', async () => {
  const [secret, open] = [d.slice(), point.slice()]
  const signing = signingKey(nodeEngine, 'k', secret)
  const verifying = verifyingKey(nodeEngine, 'k', open)
  const opening = openingKey(secret)
  const sealing = sealingKey(open)
  secret.fill(0)
  open.fill(0)
  expect(verifying.verify(message, await signing.sign(message))).toBe(true)
  expect(opening.decrypt(sealing.encrypt(message))).toEqual(message)
})

test('an engine that signs elsewhere is awaited', async () => {
  const remote: Sm2Engine = { ...nodeEngine, sign: async (...args) => nodeEngine.sign(...args) }
  const signature = signingKey(remote, 'k', d).sign(message)
  expect(signature).toBeInstanceOf(Promise)
  expect(verifyingKey(nodeEngine, 'k', point).verify(message, await signature)).toBe(true)
})

test('sealing and opening: 04‖C1‖C3‖C2', () => {
  const sealing: SealingKey = sealingKey(point)
  const opening: OpeningKey = openingKey(d)
  const sealed = sealing.encrypt(message)
  expect(sealed).toHaveLength(65 + 32 + message.length)
  expect(sealed[0]).toBe(4)
  expect(opening.decrypt(sealed)).toEqual(message)
  expect(() => openingKey(generateSm2Key()).decrypt(sealed)).toThrow(
    expect.objectContaining({ problem: 'undecryptable' }),
  )
  expect(() => sealingKey(point.with(64, 0x12))).toThrow(expect.objectContaining({ problem: 'point-refused' }))
  expect(() => openingKey(new Uint8Array(32))).toThrow(expect.objectContaining({ problem: 'scalar-refused' }))
})
