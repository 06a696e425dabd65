import { existsSync } from 'node:fs'
import type { VerifyingKey } from '../adapters/adapter.js'
import { loadSettings } from '../config/load.js'
import { chooseEngine } from '../crypto/choose-engine.js'
import type { Sm2Engine } from '../crypto/sm2-engine.js'
import { verifyingKey } from '../crypto/sm2-keys.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'
import { readBounded } from './files.js'
import { readKeyHead } from './key-head.js'

const KEYS_LIMIT = 1024 * 1024

/** Where a gateway's signing keys come from: what `GET /v1/keys` published, or its own configuration. */
export interface KeySource {
  readonly hubKeys?: string
  readonly config?: string
}

/** The public keys that a check rests on. @throws CliError when neither source can be read */
export async function verifyingKeysFrom({
  hubKeys,
  config = 'config',
}: KeySource): Promise<ReadonlyMap<string, VerifyingKey>> {
  const { engine } = await chooseEngine()
  const keys = hubKeys === undefined ? await keysOfConfig(config, engine) : await keysOfFile(hubKeys, engine)
  return new Map(keys.map((key) => [key.keyId, key]))
}

async function keysOfConfig(folder: string, engine: Sm2Engine): Promise<readonly VerifyingKey[]> {
  if (!existsSync(folder)) {
    throw new CliError(
      'HUB_KEYS_MISSING',
      {
        zh: `不知道网关的公钥：没有配置目录 ${folder}`,
        en: `the gateway’s keys are not known: there is no folder ${folder}`,
      },
      whereKeysAre,
      exitCode.usage,
    )
  }
  const { gateway } = loadSettings(folder)
  return Promise.all(
    gateway.keys.sign.map(async (file) => {
      const { keyId, publicKey } = await readKeyHead(file)
      return verifyingKey(engine, keyId, publicKey)
    }),
  )
}

async function keysOfFile(file: string, engine: Sm2Engine): Promise<readonly VerifyingKey[]> {
  try {
    const text = (await readBounded(file, KEYS_LIMIT))?.toString('utf8') ?? ''
    const { keys } = JSON.parse(text) as { keys: readonly { keyId: string; use: string; publicKey: string }[] }
    const signing = keys.filter(({ use }) => use === 'sign')
    if (signing.length === 0) throw new Error('no signing key')
    return signing.map(({ keyId, publicKey }) => verifyingKey(engine, String(keyId), Buffer.from(publicKey, 'hex')))
  } catch {
    throw new CliError(
      'HUB_KEYS_UNREADABLE',
      { zh: `公钥文件读不出来: ${file}`, en: `the public keys cannot be read: ${file}` },
      whereKeysAre,
      exitCode.usage,
    )
  }
}

const whereKeysAre = {
  zh: '从可信的途径取得，例如 curl -s http://127.0.0.1:8787/v1/keys > keys.json，再用 --hub-keys keys.json',
  en: 'get them over a way you trust, e.g. curl -s http://127.0.0.1:8787/v1/keys > keys.json, then --hub-keys keys.json',
}
