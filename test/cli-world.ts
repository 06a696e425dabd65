import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { generateSm2Key, publicPointOf } from '../src/crypto/sm2-keys.js'
import { hutong, type Ran } from './cli-run.js'

/** A folder in which an operator has begun: passphrase, configuration, made by the program itself. */
export interface CliWorld {
  readonly folder: string
  readonly passphraseFile: string
  readonly config: string
  /** A valid public key, hex. */
  readonly point: string
  path(name: string): string
  /** Writes a file with mode 0600 and gives its path. */
  write(name: string, text: string): string
  /** Changes a file of the configuration. */
  edit(name: string, change: (value: Record<string, unknown>) => void): void
  addSpoke(name: string, ...argv: string[]): Promise<Ran>
  close(): void
}

/** Makes one with `config init`: keys are sealed slowly on purpose, so tests make one and copy it. */
export async function openCliWorld(): Promise<CliWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'hutong-cli-'))
  const world = worldIn(folder)
  const passphraseFile = world.write('passphrase', 'hutong-test-passphrase\n')
  const made = await hutong([
    'config',
    'init',
    world.config,
    '--name',
    'test-gateway',
    '--passphrase-file',
    passphraseFile,
  ])
  if (made.code !== 0) throw new Error(made.err)
  return world
}

export function copyCliWorld(template: CliWorld): CliWorld {
  const folder = mkdtempSync(join(tmpdir(), 'hutong-cli-'))
  cpSync(template.folder, folder, { recursive: true })
  return worldIn(folder)
}

const point = Buffer.from(publicPointOf(generateSm2Key())).toString('hex')

function worldIn(folder: string): CliWorld {
  const path = (name: string) => join(folder, name)
  const write = (name: string, text: string) => {
    writeFileSync(path(name), text, { mode: 0o600 })
    chmodSync(path(name), 0o600)
    return path(name)
  }
  const config = path('config')
  return {
    folder,
    passphraseFile: path('passphrase'),
    config,
    point,
    path,
    write,
    edit(name, change) {
      const file = join(config, name)
      const value = parse(readFileSync(file, 'utf8')) as Record<string, unknown>
      change(value)
      writeFileSync(file, stringify(value))
    },
    addSpoke: (name, ...argv) => hutong(['spoke', 'add', name, '--config', config, ...argv]),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Writes the secrets that `spoke add` asked for. */
export function putSecrets({ config }: CliWorld, files: readonly string[]): void {
  mkdirSync(join(config, 'secrets'), { recursive: true })
  for (const file of files) writeFileSync(join(config, file), 'hutong-test-secret\n', { mode: 0o600 })
}

/** A port at which nobody listens: one that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
