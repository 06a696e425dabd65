import { readFile } from 'node:fs/promises'
import type { VerifyingKey } from '../adapters/adapter.js'
import { loadSettings } from '../config/load.js'
import { chooseEngine } from '../crypto/choose-engine.js'
import { readKeyFileHead } from '../crypto/key-file.js'
import { verifyingKey } from '../crypto/sm2-keys.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'

const KEYS_LIMIT = 1024 * 1024

/** Where a gateway's signing keys come from: what `GET /v1/keys` published, or its own configuration. */
export interface KeySource {
  readonly hubKeys?: string
  readonly config?: string
}

/** The public keys that a check rests on. @throws CliError when neither source can be read */
export async function verifyingKeysFrom({ hubKeys, config }: KeySource): Promise<ReadonlyMap<string, VerifyingKey>> {
  const { engine } = await chooseEngine()
  const points = hubKeys === undefined ? await pointsOfConfig(config ?? 'config') : await pointsOfFile(hubKeys)
  return new Map(points.map(({ keyId, point }) => [keyId, verifyingKey(engine, keyId, point)]))
}

interface EnrolledPoint {
  readonly keyId: string
  readonly point: Uint8Array
}

async function pointsOfConfig(folder: string): Promise<readonly EnrolledPoint[]> {
  const { gateway } = loadSettings(folder)
  return Promise.all(
    gateway.keys.sign.map(async (file) => {
      const { keyId, publicKey } = readKeyFileHead(await readFile(file, 'utf8'))
      return { keyId, point: publicKey }
    }),
  )
}

async function pointsOfFile(file: string): Promise<readonly EnrolledPoint[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  try {
    if (text.length > KEYS_LIMIT) throw new Error('too large')
    const { keys } = JSON.parse(text) as { keys: readonly { keyId: string; use: string; publicKey: string }[] }
    const signing = keys.filter(({ use }) => use === 'sign')
    if (signing.length === 0) throw new Error('no signing key')
    return signing.map(({ keyId, publicKey }) => ({ keyId, point: Buffer.from(publicKey, 'hex') }))
  } catch {
    throw new CliError(
      'HUB_KEYS_UNREADABLE',
      { zh: `公钥文件读不出来: ${file}`, en: `the public keys cannot be read: ${file}` },
      {
        zh: '从可信的途径取得，例如 curl -s http://127.0.0.1:8787/v1/keys > keys.json',
        en: 'get them over a way you trust, e.g. curl -s http://127.0.0.1:8787/v1/keys > keys.json',
      },
      exitCode.usage,
    )
  }
}
