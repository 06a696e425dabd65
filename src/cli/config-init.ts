import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { sealKeyFile } from '../crypto/key-file.js'
import { generateSm2Key } from '../crypto/sm2-keys.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { readNewPassphrase } from './passphrase.js'
import type { Terminal } from './terminal.js'

export interface InitOptions {
  readonly name: string
  readonly passphraseFile?: string
}

const keyUses = ['sign', 'encrypt', 'hash'] as const

/** `hutong config init`: a folder that `config check` accepts, with fresh keys and nothing enabled. */
export async function initConfig(terminal: Terminal, folder: string, options: InitOptions): Promise<ExitCode> {
  const { name } = options
  checkName(name)
  const files = ['gateway.yaml', 'use-list.yaml', ...keyUses.map(keyFile)].map((file) => join(folder, file))
  // Before anything is asked or written: a folder is made whole or left alone.
  const there = files.find((file) => existsSync(file))
  if (there !== undefined) throw fileExists(there)
  const passphrase = await readNewPassphrase(terminal, options.passphraseFile)
  await mkdir(join(folder, 'spokes'), { recursive: true })
  await mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 })
  const createdAt = new Date().toISOString()
  for (const use of keyUses) {
    const record = { keyId: `${name}-${use}-${createdAt.slice(0, 7)}`, use, privateKey: generateSm2Key(), createdAt }
    await writeNew(join(folder, keyFile(use)), await sealKeyFile(record, passphrase))
  }
  await writeNew(join(folder, 'gateway.yaml'), stringify(newGateway(name)))
  await writeNew(join(folder, 'use-list.yaml'), stringify({ uses: [] }))
  if (terminal.json) terminal.result({ folder, name, files })
  terminal.say(
    terminal.text({
      zh: `✔ ${folder}  下一步: hutong spoke add <节点> --config ${folder}`,
      en: `✔ ${folder}  next: hutong spoke add <name> --config ${folder}`,
    }),
  )
  return exitCode.ok
}

function keyFile(use: (typeof keyUses)[number]): string {
  return `keys/${use}.json`
}

function newGateway(name: string) {
  return {
    name,
    listen: { host: '127.0.0.1', port: 8787 },
    keys: { sign: [keyFile('sign')], encrypt: [keyFile('encrypt')], hash: keyFile('hash') },
    publicVerify: { enabled: false },
  }
}

function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) return
  throw new CliError(
    'NAME_INVALID',
    {
      zh: '网关名只含小写字母、数字和连字符，至多 40 个',
      en: 'the name takes lower-case letters, digits and hyphens, 40 at most',
    },
    { zh: '例如 --name fujian-gateway', en: 'for example --name fujian-gateway' },
    exitCode.usage,
  )
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    throw thrown.code === 'EEXIST' ? fileExists(file) : thrown
  })
}

function fileExists(file: string): CliError {
  return new CliError(
    'FILE_EXISTS',
    { zh: `${file} 已存在，不覆盖`, en: `${file} exists and is not written over` },
    { zh: '换一个目录', en: 'use another folder' },
    exitCode.usage,
  )
}
