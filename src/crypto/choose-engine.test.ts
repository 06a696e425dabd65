import { describe, expect, test } from 'vitest'
import { chooseEngine, type EngineCandidate, engineCandidates, NoEngineError } from './choose-engine.js'
import { nobleEngine, signWithNonce } from './engine-noble.js'
import { nodeEngine } from './engine-node.js'
import { failures, selfTest } from './engine-self-test.js'
import { bytes32, CurvePoint, numberFromBytes, pointBytes, sm2Curve } from './sm2-curve.js'
import type { Sm2Engine, Sm2PrivateKey, Sm2PublicKey } from './sm2-engine.js'
import { signatureInRange } from './sm2-signature.js'

const { n } = sm2Curve
const reduced = (half: Uint8Array) => bytes32(numberFromBytes(half) % n)
const genuine: EngineCandidate = { name: 'noble', load: () => nobleEngine }

/** node's engine, with one thing wrong. */
const broken: readonly (readonly [flaw: string, expected: string, engine: Sm2Engine])[] = [
  ['accepts everything', 'altered r is refused', { ...nodeEngine, verify: () => true }],
  ['accepts nothing', 'official signature holds', { ...nodeEngine, verify: () => false }],
  [
    'answers something that is no boolean',
    'official signature holds',
    { ...nodeEngine, verify: (...args) => (nodeEngine.verify(...args) ? 1 : 0) as unknown as boolean },
  ],
  [
    'throws out of verify',
    'official signature holds',
    {
      ...nodeEngine,
      verify: () => {
        throw new Error('out of order')
      },
    },
  ],
  [
    'ignores the user id',
    'the user id is bound',
    {
      ...nodeEngine,
      verify: (key, _za, message, signature) => nodeEngine.verify(key, officialZa(), message, signature),
    },
  ],
  [
    'reads the first part of a message only',
    'a message in parts is the message',
    {
      ...nodeEngine,
      verify: (key, za, message, signature) => nodeEngine.verify(key, za, message.slice(0, 1), signature),
    },
  ],
  [
    'reduces r and s instead of refusing them',
    's+n is refused',
    {
      ...nodeEngine,
      verify: (key, za, message, signature) =>
        nodeEngine.verify(
          key,
          za,
          message,
          signature.length === 64
            ? Buffer.concat([reduced(signature.subarray(0, 32)), reduced(signature.subarray(32))])
            : signature,
        ),
    },
  ],
  [
    'takes 65 bytes for 64',
    'a signature of 65 bytes is refused',
    {
      ...nodeEngine,
      verify: (key, za, message, signature) => nodeEngine.verify(key, za, message, signature.slice(0, 64)),
    },
  ],
  [
    'accepts signatures out of range',
    'r = 0 is refused',
    {
      ...nodeEngine,
      verify: (key, za, message, signature) =>
        !signatureInRange(signature) || nodeEngine.verify(key, za, message, signature),
    },
  ],
  ['accepts everything once a key is enrolled', 'altered s is refused', trustingWhenEnrolled()],
  [
    'imports any point',
    'a key off the curve is refused',
    {
      ...nodeEngine,
      importPublic: (point65, hint) => {
        try {
          return nodeEngine.importPublic(point65, hint)
        } catch {
          return nodeEngine.importPublic(pointBytes(CurvePoint.BASE), hint)
        }
      },
    },
  ],
  [
    'imports any scalar',
    'the private key n-1 is refused',
    {
      ...nodeEngine,
      importPrivate: (key) => {
        try {
          return nodeEngine.importPrivate(key)
        } catch {
          return nodeEngine.importPrivate(bytes32(2n))
        }
      },
    },
  ],
  ['signs with something else', 'node signs, node verifies', { ...nodeEngine, sign: () => new Uint8Array(64).fill(1) }],
  [
    'signs with another key',
    'node signs, node verifies',
    { ...nodeEngine, importPrivate: () => nodeEngine.importPrivate(bytes32(2n)) },
  ],
  ['signs with a constant nonce', 'node draws a new nonce each time', constantNonce()],
  ['fails to sign', 'node signs, node verifies', { ...nodeEngine, sign: () => Promise.reject(new Error('no HSM')) }],
]

function officialZa(): Uint8Array {
  return Uint8Array.from(Buffer.from('b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3', 'hex'))
}

function trustingWhenEnrolled(): Sm2Engine {
  const enrolled = new WeakSet<Sm2PublicKey>()
  return {
    ...nodeEngine,
    importPublic: (point65, hint) => {
      const key = nodeEngine.importPublic(point65, hint)
      if (hint === 'enrolled') enrolled.add(key)
      return key
    },
    verify: (key, za, message, signature) => enrolled.has(key) || nodeEngine.verify(key, za, message, signature),
  }
}

/** A correct verifier whose signatures hold, one by one; two of them give the key away. */
function constantNonce(): Sm2Engine {
  const keys = new WeakMap<Sm2PrivateKey, Sm2PrivateKey>()
  return {
    ...nodeEngine,
    importPrivate: (key) => {
      const handle = nodeEngine.importPrivate(key)
      keys.set(handle, nobleEngine.importPrivate(key))
      return handle
    },
    sign: (key, za, message) => signWithNonce(keys.get(key) ?? key, za, message, 1234567n) ?? new Uint8Array(0),
  }
}

test('node is chosen, and noble is its judge', async () => {
  const chosen = await chooseEngine()
  expect(engineCandidates.map((candidate) => candidate.name)).toEqual(['node', 'noble'])
  expect(chosen.engine).toBe(nodeEngine)
  expect(chosen.judge).toBe('noble')
  expect(chosen.refused).toEqual([])
  expect(chosen.reports.map((report) => report.engine)).toEqual(['node', 'noble', 'node'])
})

describe.each(broken)('an engine that %s', (_flaw, expected, engine) => {
  test('fails the check made for it', async () => {
    expect(failures(await selfTest(engine))).toContain(expected)
  })

  test('is passed over, with the reason, and refuses the start when it is alone', async () => {
    const candidate: EngineCandidate = { name: 'node', load: () => engine }
    const chosen = await chooseEngine([candidate, genuine])
    expect(chosen.engine).toBe(nobleEngine)
    expect(chosen.judge).toBeNull()
    expect(chosen.refused).toEqual([{ name: 'node', reason: expect.stringContaining(expected) }])
    await expect(chooseEngine([candidate])).rejects.toThrow(NoEngineError)
  })
})

test('an engine that does not load is passed over', async () => {
  const missing: EngineCandidate = {
    name: 'wasm',
    load: () => Promise.reject(new Error('no WebAssembly')),
  }
  const chosen = await chooseEngine([missing, ...engineCandidates])
  expect(chosen.engine).toBe(nodeEngine)
  expect(chosen.refused).toEqual([{ name: 'wasm', reason: 'does not load: no WebAssembly' }])
})

test('a broken judge does not count against a sound engine', async () => {
  const [, , accepting] = broken[0] ?? []
  const judge: EngineCandidate = { name: 'native', load: () => accepting ?? nodeEngine }
  const chosen = await chooseEngine([genuine, judge])
  expect(chosen.engine).toBe(nobleEngine)
  expect(chosen.judge).toBeNull()
  expect(chosen.refused.map(({ name }) => name)).toEqual(['native'])
})

test('an engine whose signatures only it accepts is refused by its judge', async () => {
  // Correct on every vector; its own signatures carry a mark that its own verification takes off again.
  const mark = (signature: Uint8Array) => signature.with(0, (signature[0] ?? 0) ^ 0x80)
  const made = new Set<string>()
  const private_: Sm2Engine = {
    ...nodeEngine,
    sign: async (key, za, message) => {
      const signature = mark(await nodeEngine.sign(key, za, message))
      made.add(Buffer.from(signature).toString('hex'))
      return signature
    },
    verify: (key, za, message, signature) =>
      nodeEngine.verify(
        key,
        za,
        message,
        made.has(Buffer.from(signature).toString('hex')) ? mark(signature) : signature,
      ),
  }
  expect(failures(await selfTest(private_))).toEqual([])
  const chosen = await chooseEngine([{ name: 'node', load: () => private_ }, genuine])
  expect(chosen.engine).toBe(nobleEngine)
  expect(chosen.refused[0]?.reason).toContain('disagrees with noble: node signs, noble verifies')
})

test('nothing to choose from refuses the start', async () => {
  await expect(chooseEngine([])).rejects.toThrow(/拒绝启动.*refusing to start/)
})

test('an engine that never answers is refused when its time is up', async () => {
  const silent: Sm2Engine = { ...nodeEngine, sign: () => new Promise(() => {}) }
  expect(failures(await selfTest(silent, 300))).toContain('node signs, node verifies')
})
