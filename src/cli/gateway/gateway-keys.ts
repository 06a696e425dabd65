import type { OpeningKey, SigningKey, VerifyingKey } from '../../adapters/adapter.js'
import type { GatewaySettings } from '../../config/settings.js'
import { KeyFileError, type OpenedKey, openKeyFile } from '../../crypto/key-file.js'
import type { Sm2Engine } from '../../crypto/sm2-engine.js'
import { openingKey, signingKey, verifyingKey } from '../../crypto/sm2-keys.js'
import type { PublishedKey } from '../../server/runtime.js'
import { CliError } from '../cli-error.js'
import { readBounded } from '../files.js'
import { KEY_FILE_LIMIT } from '../key-head.js'

/** The gateway's own keys, opened. */
export interface GatewayKeys {
  /** The newest signs. */
  readonly signing: SigningKey
  /** All that we have signed with lately, for checking what we signed before a rotation. */
  readonly verifying: ReadonlyMap<string, VerifyingKey>
  /** Tries every encryption key, newest first, so that peers may lag behind a rotation. */
  readonly opening: OpeningKey
  /** Key of the hashes that stand for persons in the audit log. */
  readonly hash: Uint8Array
  readonly published: readonly PublishedKey[]
}

/** @throws CliError when a key file cannot be read or opened, or is of another use */
export async function openGatewayKeys(
  settings: GatewaySettings,
  engine: Sm2Engine,
  passphrase: string,
): Promise<GatewayKeys> {
  const open = (use: OpenedKey['use']) => (file: string) => openFor(file, use, passphrase)
  const sign = await Promise.all(settings.keys.sign.map(open('sign')))
  const encrypt = await Promise.all(settings.keys.encrypt.map(open('encrypt')))
  const hash = await open('hash')(settings.keys.hash)
  const [newest] = sign
  if (newest === undefined) throw new Error('the schema demands a signing key')
  return {
    signing: signingKey(engine, newest.keyId, newest.privateKey),
    verifying: new Map(sign.map((key) => [key.keyId, verifyingKey(engine, key.keyId, key.publicKey)])),
    opening: openWithAny(encrypt.map((key) => openingKey(key.privateKey))),
    hash: hash.privateKey,
    published: [...sign, ...encrypt].map(({ keyId, use, publicKey }) => ({
      keyId,
      use: use === 'encrypt' ? 'encrypt' : 'sign',
      algorithm: 'SM2',
      publicKey: Buffer.from(publicKey).toString('hex'),
    })),
  }
}

async function openFor(file: string, use: OpenedKey['use'], passphrase: string): Promise<OpenedKey> {
  const text = (await readBounded(file, KEY_FILE_LIMIT))?.toString('utf8')
  if (text === undefined) {
    throw new CliError(
      'KEY_FILE_MISSING',
      { zh: `没有密钥文件 ${file}`, en: `there is no key file ${file}` },
      { zh: `hutong keys new ${file} --use ${use} --id <标识>`, en: `hutong keys new ${file} --use ${use} --id <id>` },
    )
  }
  try {
    const key = await openKeyFile(text, passphrase)
    if (key.use === use) return key
  } catch (thrown) {
    if (!(thrown instanceof KeyFileError)) throw thrown
    throw new CliError(
      'KEY_FILE_UNOPENED',
      { zh: `${file}: ${thrown.text.zh}`, en: `${file}: ${thrown.text.en}` },
      { zh: '检查口令文件，或从备份恢复', en: 'check the passphrase file, or restore from a backup' },
    )
  }
  throw new CliError(
    'KEY_USE_WRONG',
    { zh: `${file} 不是用于 ${use} 的密钥`, en: `${file} is no key for use ${use}` },
    { zh: '检查 gateway.yaml 的 keys', en: 'check keys in gateway.yaml' },
  )
}

function openWithAny(keys: readonly OpeningKey[]): OpeningKey {
  return {
    decrypt(sealed) {
      let last: unknown
      for (const key of keys) {
        try {
          return key.decrypt(sealed)
        } catch (thrown) {
          last = thrown
        }
      }
      throw last
    },
  }
}
