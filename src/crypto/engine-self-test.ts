import { createCipheriv } from 'node:crypto'
import { withDeadline } from './deadline.js'
import { signWithNonce } from './engine-noble.js'
import {
  forgeries,
  official,
  officialSm3,
  officialSm4,
  onePlusOrder,
  refusedPoints,
  refusedScalars,
  type SignatureVector,
  secondUserId,
  smallest,
} from './self-test-vectors.js'
import { bytes32, numberFromBytes, sm2Curve } from './sm2-curve.js'
import type { EngineName, Sm2Engine, Sm2PublicKey } from './sm2-engine.js'
import { identityHash } from './sm2-identity.js'
import { sm3Hex } from './sm3.js'

export interface SelfTestCheck {
  readonly name: string
  readonly ok: boolean
}

export interface SelfTestReport {
  readonly engine: EngineName
  readonly checks: readonly SelfTestCheck[]
}

/** True only for a report that checked something. */
export function passed(report: SelfTestReport): boolean {
  return report.checks.length > 0 && report.checks.every((check) => check.ok)
}

/** Names of the checks that failed. */
export function failures(report: SelfTestReport): readonly string[] {
  return report.checks.filter((check) => !check.ok).map((check) => check.name)
}

type Check = readonly [name: string, holds: () => boolean | Promise<boolean>]

// A signing server that never answers must not keep the program from refusing to start.
const DEADLINE_MS = 10_000

/**
 * Runs an engine through official vectors, forgeries that each pass where one check is missing, keys that must be
 * refused, and its own signatures. Never rejects: a check that throws, or is not done in time, has failed.
 */
export function selfTest(engine: Sm2Engine, deadlineMs = DEADLINE_MS): Promise<SelfTestReport> {
  const checks = [...primitives, ...verification(engine), ...imports(engine), ...signing(engine, engine)]
  return run(engine, checks, deadlineMs)
}

/** Two engines accept each other's signatures and refuse them altered. */
export function crossTest(engine: Sm2Engine, judge: Sm2Engine, deadlineMs = DEADLINE_MS): Promise<SelfTestReport> {
  return run(engine, [...signing(engine, judge), ...signing(judge, engine)], deadlineMs)
}

async function run(engine: Sm2Engine, checks: readonly Check[], deadlineMs: number): Promise<SelfTestReport> {
  const results: SelfTestCheck[] = []
  const ends = performance.now() + deadlineMs
  for (const [name, holds] of checks) {
    let ok = false
    try {
      ok = (await withDeadline(holds(), Math.max(0, ends - performance.now()))) === true
    } catch {
      ok = false
    }
    results.push({ name, ok })
  }
  return { engine: engine.name, checks: results }
}

const primitives: readonly Check[] = [
  ['SM3 official digest', () => sm3Hex(officialSm3.message) === officialSm3.digest],
  [
    'SM4 official block',
    () => {
      const cipher = createCipheriv('sm4-ecb', officialSm4.key, null).setAutoPadding(false)
      return Buffer.concat([cipher.update(officialSm4.key), cipher.final()]).toString('hex') === officialSm4.cipher
    },
  ],
  ['official identity hash', () => Buffer.from(official.za).equals(identityHash(official.point))],
]

function verification(engine: Sm2Engine): readonly Check[] {
  // Both ways into the engine: an enrolled key may take another path through it.
  const imported = new Map<Uint8Array, readonly [Sm2PublicKey, Sm2PublicKey]>()
  const keysOf = (point: Uint8Array) => {
    const keys = imported.get(point) ?? [engine.importPublic(point, 'once'), engine.importPublic(point, 'enrolled')]
    imported.set(point, keys)
    return keys
  }
  const holds = ({ point, za, message, r, s }: SignatureVector): boolean => {
    const signature = join(r, s)
    const [once, enrolled] = keysOf(point).map((key) => engine.verify(key, za, [message], signature))
    if (once !== enrolled || typeof once !== 'boolean') throw new Error('the answers differ')
    return once
  }
  const refuses = (vector: SignatureVector): boolean => holds(vector) === false
  const { r, s, message } = official
  const { n } = sm2Curve
  const otherZa = identityHash(official.point, secondUserId.userId)
  const parts = [message.subarray(0, 4), new Uint8Array(0), message.subarray(4)]
  return [
    ['official signature holds', () => holds(official)],
    [
      'a message in parts is the message',
      () => keysOf(official.point).every((key) => engine.verify(key, official.za, parts, join(r, s))),
    ],
    ['signature under a second user id holds', () => holds({ ...official, ...secondUserId, za: otherZa })],
    ['the user id is bound', () => refuses({ ...official, za: otherZa })],
    ['the key is bound', () => refuses({ ...official, point: smallest.point })],
    ['altered r is refused', () => refuses({ ...official, r: flip(r) })],
    ['altered s is refused', () => refuses({ ...official, s: flip(s) })],
    ['r and s exchanged are refused', () => refuses({ ...official, r: s, s: r })],
    ['altered message is refused', () => refuses({ ...official, message: flip(message) })],
    ['longer message is refused', () => refuses({ ...official, message: join(message, Uint8Array.of(0)) })],
    ['n-s is refused', () => refuses({ ...official, s: bytes32(n - numberFromBytes(s)) })],
    ['r+s = n is refused', () => refuses({ ...official, s: bytes32(n - numberFromBytes(r)) })],
    ['r = n is refused', () => refuses({ ...official, r: bytes32(n) })],
    ['s = n is refused', () => refuses({ ...official, s: bytes32(n) })],
    ['smallest signature holds', () => holds(smallest)],
    ['r+n is refused', () => refuses({ ...smallest, r: onePlusOrder })],
    ['s+n is refused', () => refuses({ ...smallest, s: onePlusOrder })],
    ...forgeries.map((forgery): Check => [forgery.name, () => refuses(forgery)]),
    ['a signature of 63 bytes is refused', () => refuses({ ...official, s: s.subarray(0, 31) })],
    ['a signature of 65 bytes is refused', () => refuses({ ...official, s: join(s, Uint8Array.of(0)) })],
    ['an empty signature is refused', () => refuses({ ...official, r: new Uint8Array(0), s: new Uint8Array(0) })],
  ]
}

function imports(engine: Sm2Engine): readonly Check[] {
  return [
    ...refusedPoints.flatMap(({ name, point }): Check[] => [
      [name, () => throws(() => engine.importPublic(point, 'once'))],
      [`${name} for enrolment`, () => throws(() => engine.importPublic(point, 'enrolled'))],
    ]),
    ...refusedScalars.map(({ name, d }): Check => [name, () => throws(() => engine.importPrivate(d))]),
  ]
}

function signing(engine: Sm2Engine, judge: Sm2Engine): readonly Check[] {
  const message = [
    Uint8Array.from(Buffer.from('hutong self-test: ', 'utf8')),
    Uint8Array.from(Buffer.from('互通', 'utf8')),
  ]
  const sign = async () => engine.sign(engine.importPrivate(official.d), official.za, message)
  const verifies = (parts: readonly Uint8Array[], signature: Uint8Array) =>
    judge.verify(judge.importPublic(official.point, 'once'), official.za, parts, signature)
  const pair = `${engine.name} signs, ${judge.name} verifies`
  const checks: Check[] = [
    [pair, async () => verifies(message, await sign())],
    [`${pair}: altered message is refused`, async () => !verifies(message.slice(1), await sign())],
    [`${pair}: altered signature is refused`, async () => !verifies(message, flip(await sign()))],
    [
      `${engine.name} draws a new nonce each time`,
      async () => {
        const [first, second] = [await sign(), await sign()]
        return first.length === 64 && !Buffer.from(first.subarray(0, 32)).equals(second.subarray(0, 32))
      },
    ],
  ]
  if (engine.name === 'noble')
    checks.push([
      'official nonce gives the official signature',
      () => {
        const made = signWithNonce(engine.importPrivate(official.d), official.za, [official.message], official.k)
        return made !== null && Buffer.from(made).equals(join(official.r, official.s))
      },
    ])
  return checks
}

function throws(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch {
    return true
  }
}

function flip(bytes: Uint8Array): Uint8Array {
  return bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1)
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length)
  joined.set(left)
  joined.set(right, left.length)
  return joined
}
