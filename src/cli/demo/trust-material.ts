import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openKeyFile, sealKeyFile } from '../../crypto/key-file.js'
import { generateSm2Key, publicPointOf } from '../../crypto/sm2-keys.js'
import { cast } from './cast.js'

/** What the demo's systems know of each other. Everything is made at the first run and kept in the demo's folder. */
export interface TrustMaterial {
  readonly passphraseFile: string
  /** Public points of the gateway, hex. */
  readonly gateway: { readonly signId: string; readonly sign: string; readonly encrypt: string }
  readonly actors: Readonly<Record<string, ActorSecrets>>
}

export interface ActorSecrets {
  readonly keyId: string
  /** Hex of the private scalar and of the public point. */
  readonly privateKey: string
  readonly publicKey: string
  readonly account: string
  readonly token: string
}

const SIGN_ID = 'hutong-demo-sign-1'
const ENCRYPT_ID = 'hutong-demo-encrypt-1'
const KEY_FILES = { sign: SIGN_ID, encrypt: ENCRYPT_ID, hash: 'hutong-demo-hash-1' } as const

/** Opens the demo's keys and secrets, or makes them. Files are readable by their owner alone. */
export async function openTrustMaterial(folder: string): Promise<TrustMaterial> {
  await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 })
  const passphraseFile = join(folder, 'keys/passphrase')
  if (!existsSync(passphraseFile)) await writePrivate(passphraseFile, randomBytes(24).toString('base64url'))
  const passphrase = await readFile(passphraseFile, 'utf8')
  for (const [use, keyId] of Object.entries(KEY_FILES)) {
    const file = join(folder, `keys/${use}.json`)
    if (existsSync(file)) continue
    const record = {
      keyId,
      use: use as keyof typeof KEY_FILES,
      privateKey: generateSm2Key(),
      createdAt: new Date().toISOString(),
    }
    await writePrivate(file, await sealKeyFile(record, passphrase))
  }
  const publicHex = async (use: keyof typeof KEY_FILES) => {
    const { publicKey } = await openKeyFile(await readFile(join(folder, `keys/${use}.json`), 'utf8'), passphrase)
    return hex(publicKey)
  }
  return {
    passphraseFile,
    gateway: { signId: SIGN_ID, sign: await publicHex('sign'), encrypt: await publicHex('encrypt') },
    actors: await openActors(join(folder, 'keys/actors.json')),
  }
}

async function openActors(file: string): Promise<TrustMaterial['actors']> {
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as TrustMaterial['actors']
  const actors = Object.fromEntries(cast.map(({ name }) => [name, newActor(name)]))
  await writePrivate(file, JSON.stringify(actors, null, 2))
  return actors
}

function newActor(name: string): ActorSecrets {
  const privateKey = generateSm2Key()
  return {
    keyId: `${name}-1`,
    privateKey: hex(privateKey),
    publicKey: hex(publicPointOf(privateKey)),
    account: `hutong-test-${name}`,
    token: `hutong-test-${randomBytes(18).toString('base64url')}`,
  }
}

export async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 })
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
