import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from '../canonical/canonical-json.js'
import type { Text } from '../canonical/text.js'
import { parsePrivateScalar } from './sm2-curve.js'
import { publicPointOf } from './sm2-key-der.js'
import { hmacSm3, sm3Hex } from './sm3.js'

/** Signing and encryption keys are kept apart, as dual certificates do. */
/** What a key is for. `hash` keys HMACs; its public point means nothing and is used nowhere. */
export const keyUses = ['sign', 'encrypt', 'hash'] as const
export type KeyUse = (typeof keyUses)[number]

export interface PrivateKeyRecord {
  readonly keyId: string
  readonly use: KeyUse
  /** 32 bytes. */
  readonly privateKey: Uint8Array
  /** ISO 8601 in UTC, `2025-01-31T08:00:00Z`, with or without milliseconds. */
  readonly createdAt: string
}

export interface KeyFileHead {
  readonly keyId: string
  readonly use: KeyUse
  /** 65 bytes. */
  readonly publicKey: Uint8Array
  readonly createdAt: string
}

export interface OpenedKey extends PrivateKeyRecord {
  /** 65 bytes; belongs to the private key. */
  readonly publicKey: Uint8Array
}

const texts = {
  'passphrase-empty': { zh: '口令为空', en: 'the passphrase is empty' },
  'passphrase-wrong': { zh: '口令不对', en: 'the passphrase is wrong' },
  altered: {
    zh: '密钥文件被改动或损坏，请从备份恢复',
    en: 'the key file was altered or damaged; restore it from a backup',
  },
  malformed: { zh: '不是密钥文件', en: 'not a key file' },
  unsupported: {
    zh: '密钥文件的版本或参数不受支持',
    en: 'the version or the parameters of the key file are not supported',
  },
  'key-invalid': {
    zh: '密钥、密钥标识、用途或时间不合规则',
    en: 'the key, its id, its use or its time breaks the rules',
  },
} as const satisfies Record<string, Text>

export type KeyFileReason = keyof typeof texts

/** Why a key file was not written or not opened. Holds nothing of the key, the file or the passphrase. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly reason: KeyFileReason
  readonly text: Text

  constructor(reason: KeyFileReason, options?: ErrorOptions) {
    super(`${texts[reason].zh} / ${texts[reason].en}`, options)
    this.reason = reason
    this.text = texts[reason]
  }
}

const FORMAT = 'hutong-key/1'
const MAX_FILE_CHARACTERS = 8192
const KEY_ID = /^[\x21-\x7e]{1,128}$/
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/
// 32 MiB and some 80 ms a guess. What a file asks for is bounded both ways: a small N would be a gift to whoever
// guesses, a large one would fill the memory of whoever opens a stranger's file.
const SCRYPT = { n: 32_768, r: 8, p: 1 } as const
const LARGEST_N = 262_144
const LARGEST_P = 4

/** Everything in the file but its `mac` and `sm3`. */
interface Sealed {
  readonly format: typeof FORMAT
  readonly keyId: string
  readonly use: KeyUse
  readonly createdAt: string
  readonly publicKey: string
  readonly kdf: {
    readonly name: 'scrypt'
    readonly n: number
    readonly r: number
    readonly p: number
    readonly salt: string
  }
  readonly cipher: { readonly name: 'sm4-cbc'; readonly iv: string; readonly text: string }
  /** Tells a wrong passphrase from an altered file; says no more about the passphrase than `mac` does. */
  readonly check: string
}

/**
 * A private key at rest, as JSON text: scrypt over the passphrase (NFC), SM4-CBC, then HMAC-SM3 over the whole file,
 * header and public key included, and a plain SM3 that finds accidents before a passphrase is asked for.
 *
 * @throws KeyFileError passphrase-empty, key-invalid (as a rejection)
 */
export async function sealKeyFile(record: PrivateKeyRecord, passphrase: string): Promise<string> {
  const { keyId, use, createdAt, privateKey } = record
  if (!headIsValid(keyId, use, createdAt)) throw new KeyFileError('key-invalid')
  const publicKey = validPublicPoint(privateKey)
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const keys = await deriveKeys(passphrase, salt, SCRYPT.n, SCRYPT.r, SCRYPT.p)
  try {
    const cipher = createCipheriv('sm4-cbc', keys.encryption, iv)
    const sealed: Sealed = {
      format: FORMAT,
      keyId,
      use,
      createdAt,
      publicKey: toHex(publicKey),
      kdf: { name: 'scrypt', ...SCRYPT, salt: toHex(salt) },
      cipher: {
        name: 'sm4-cbc',
        iv: toHex(iv),
        text: toHex(Buffer.concat([cipher.update(privateKey), cipher.final()])),
      },
      check: toHex(keys.check),
    }
    const mac = toHex(hmacSm3(keys.mac, coveredBytes(sealed)))
    return `${JSON.stringify({ ...sealed, mac, sm3: checksumOf(sealed, mac) }, null, 2)}\n`
  } finally {
    wipe(keys)
  }
}

/**
 * Opens what `sealKeyFile` wrote. Nothing of the file is returned before its HMAC holds.
 *
 * @throws KeyFileError passphrase-empty, malformed, unsupported, altered, passphrase-wrong (as a rejection)
 */
export async function openKeyFile(text: string, passphrase: string): Promise<OpenedKey> {
  const { sealed, mac } = parse(text)
  const { kdf, cipher } = sealed
  const keys = await deriveKeys(passphrase, fromHex(kdf.salt), kdf.n, kdf.r, kdf.p)
  try {
    if (!timingSafeEqual(keys.check, fromHex(sealed.check))) throw new KeyFileError('passphrase-wrong')
    if (!timingSafeEqual(hmacSm3(keys.mac, coveredBytes(sealed)), fromHex(mac))) throw new KeyFileError('altered')
    const decipher = createDecipheriv('sm4-cbc', keys.encryption, fromHex(cipher.iv))
    const plain = Buffer.concat([decipher.update(fromHex(cipher.text)), decipher.final()])
    const privateKey = Uint8Array.from(plain)
    plain.fill(0)
    const publicKey = validPublicPoint(privateKey)
    if (toHex(publicKey) !== sealed.publicKey) throw new KeyFileError('altered')
    return { keyId: sealed.keyId, use: sealed.use, createdAt: sealed.createdAt, privateKey, publicKey }
  } catch (thrown) {
    throw thrown instanceof KeyFileError ? thrown : new KeyFileError('altered', { cause: thrown })
  } finally {
    wipe(keys)
  }
}

/**
 * What a key file says in clear, without its passphrase. Free of accidents, but not authenticated: whoever can write
 * the file can change it.
 *
 * @throws KeyFileError malformed, unsupported, altered
 */
export function readKeyFileHead(text: string): KeyFileHead {
  const { keyId, use, createdAt, publicKey } = parse(text).sealed
  return { keyId, use, createdAt, publicKey: fromHex(publicKey) }
}

interface DerivedKeys {
  readonly encryption: Uint8Array
  readonly mac: Uint8Array
  readonly check: Uint8Array
}

async function deriveKeys(passphrase: string, salt: Uint8Array, n: number, r: number, p: number): Promise<DerivedKeys> {
  if (passphrase === '') throw new KeyFileError('passphrase-empty')
  // The same characters typed on two systems may come composed or not.
  const secret = Buffer.from(passphrase.normalize('NFC'), 'utf8')
  try {
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const done = (error: Error | null, derived: Buffer) => (error === null ? resolve(derived) : reject(error))
      scrypt(secret, salt, 80, { N: n, r, p, maxmem: 160 * n * r }, done)
    })
    return { encryption: bytes.subarray(0, 16), mac: bytes.subarray(16, 48), check: bytes.subarray(48) }
  } finally {
    secret.fill(0)
  }
}

function wipe(keys: DerivedKeys): void {
  for (const key of [keys.encryption, keys.mac, keys.check]) key.fill(0)
}

function coveredBytes(sealed: Fields | Sealed): Uint8Array {
  return Buffer.from(canonicalJson(sealed), 'utf8')
}

/** @throws KeyFileError malformed for JSON without a canonical form (a lone surrogate, say) */
function checksumOf(sealed: Fields | Sealed, mac: string): string {
  try {
    return sm3Hex(coveredBytes(sealed), Buffer.from(mac, 'utf8'))
  } catch (cause) {
    throw new KeyFileError('malformed', { cause })
  }
}

function parse(text: string): { sealed: Sealed; mac: string } {
  const file = text.length <= MAX_FILE_CHARACTERS ? parseObject(text) : null
  const format = file?.['format']
  if (file === null || typeof format !== 'string' || !/^hutong-key\/\d+$/.test(format))
    throw new KeyFileError('malformed')
  if (format !== FORMAT) throw new KeyFileError('unsupported')
  const { mac, sm3, ...sealed } = file
  // Before the shape: in a file of ours that was altered, a wrong shape is but a symptom.
  if (!isHex(mac, 32) || !isHex(sm3, 32)) throw new KeyFileError('malformed')
  if (checksumOf(sealed, mac) !== sm3) throw new KeyFileError('altered')
  if (!isSealed(sealed)) throw new KeyFileError('malformed')
  const { n, r, p } = sealed.kdf
  const nFits = Number.isInteger(Math.log2(n)) && n >= SCRYPT.n && n <= LARGEST_N
  if (!nFits || r !== SCRYPT.r || !Number.isInteger(p) || p < 1 || p > LARGEST_P) throw new KeyFileError('unsupported')
  return { sealed, mac }
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isSealed(file: Fields): file is Fields & Sealed {
  const { kdf, cipher } = file
  return (
    hasExactly(file, ['format', 'keyId', 'use', 'createdAt', 'publicKey', 'kdf', 'cipher', 'check']) &&
    headIsValid(file['keyId'], file['use'], file['createdAt']) &&
    isHex(file['publicKey'], 65) &&
    isHex(file['check'], 32) &&
    isObject(kdf) &&
    hasExactly(kdf, ['name', 'n', 'r', 'p', 'salt']) &&
    kdf['name'] === 'scrypt' &&
    [kdf['n'], kdf['r'], kdf['p']].every((value) => typeof value === 'number') &&
    isHex(kdf['salt'], 16) &&
    isObject(cipher) &&
    hasExactly(cipher, ['name', 'iv', 'text']) &&
    cipher['name'] === 'sm4-cbc' &&
    isHex(cipher['iv'], 16) &&
    isHex(cipher['text'], 48)
  )
}

function hasExactly(object: Fields, names: readonly string[]): boolean {
  return Object.keys(object).length === names.length && names.every((name) => Object.hasOwn(object, name))
}

function headIsValid(keyId: unknown, use: unknown, createdAt: unknown): boolean {
  return (
    typeof keyId === 'string' &&
    KEY_ID.test(keyId) &&
    (keyUses as readonly unknown[]).includes(use) &&
    typeof createdAt === 'string' &&
    TIMESTAMP.test(createdAt) &&
    !Number.isNaN(Date.parse(createdAt))
  )
}

function validPublicPoint(privateKey: Uint8Array): Uint8Array {
  try {
    parsePrivateScalar(privateKey)
    return publicPointOf(privateKey)
  } catch (cause) {
    throw new KeyFileError('key-invalid', { cause })
  }
}

function isHex(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]*$/.test(value)
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}
