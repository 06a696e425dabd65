import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { loadSettings } from '../config/load.js'
import { loadRegistry } from '../config/registry.js'
import type { Settings } from '../config/settings.js'
import { sealKeyFile } from '../crypto/key-file.js'
import { generateSm2Key } from '../crypto/sm2-keys.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { routeTableOf } from './gateway/route-table-of.js'
import { readPassphrase } from './passphrase.js'
import type { Terminal } from './terminal.js'

export interface InitOptions {
  readonly name: string
  readonly passphraseFile?: string
}

/** `hutong config init`: a folder that `config check` accepts, with fresh keys and nothing enabled. */
export async function initConfig(terminal: Terminal, folder: string, options: InitOptions): Promise<ExitCode> {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(options.name)) {
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
  const passphrase = await readPassphrase(terminal, options.passphraseFile)
  await mkdir(join(folder, 'spokes'), { recursive: true })
  await mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 })
  const month = new Date().toISOString().slice(0, 7)
  for (const use of ['sign', 'encrypt', 'hash'] as const) {
    const record = {
      keyId: `${options.name}-${use}-${month}`,
      use,
      privateKey: generateSm2Key(),
      createdAt: new Date().toISOString(),
    }
    await writeNew(join(folder, `keys/${use}.json`), await sealKeyFile(record, passphrase))
  }
  await writeNew(join(folder, 'gateway.yaml'), stringify(newGateway(options.name)))
  await writeNew(join(folder, 'use-list.yaml'), stringify({ uses: [] }))
  const said = {
    zh: `✔ ${folder}  下一步: hutong spoke add <节点> --config ${folder}`,
    en: `✔ ${folder}  next: hutong spoke add <name> --config ${folder}`,
  }
  if (terminal.json) terminal.result({ folder, name: options.name })
  terminal.say(terminal.text(said))
  return exitCode.ok
}

function newGateway(name: string) {
  return {
    name,
    listen: { host: '127.0.0.1', port: 8787 },
    keys: { sign: ['keys/sign.json'], encrypt: ['keys/encrypt.json'], hash: 'keys/hash.json' },
    publicVerify: { enabled: false },
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown
    throw new CliError(
      'FILE_EXISTS',
      { zh: `${file} 已存在，不覆盖`, en: `${file} exists and is not written over` },
      { zh: '换一个目录', en: 'use another folder' },
      exitCode.usage,
    )
  })
}

/** `hutong config check`: every problem at once, with file and line. */
export async function checkConfig(terminal: Terminal, folder: string): Promise<ExitCode> {
  const settings = loadSettings(folder)
  routeTableOf(settings, loadRegistry())
  const { spokes, version, useList } = settings
  if (terminal.json) terminal.result({ ok: true, version, spokes: spokes.length, uses: useList.uses.length })
  else {
    terminal.data(
      terminal.text({
        zh: `✔ ${folder} 无误  版本 ${version}  节点 ${spokes.length}  用证清单 ${useList.uses.length} 条`,
        en: `✔ ${folder} is sound  version ${version}  ${spokes.length} spokes  ${useList.uses.length} uses`,
      }),
    )
  }
  return exitCode.ok
}

/** `hutong config show`: what is in force, defaults filled in, secrets masked. */
export async function showConfig(terminal: Terminal, folder: string): Promise<ExitCode> {
  const shown = effective(loadSettings(folder))
  if (terminal.json) terminal.result(shown)
  else terminal.data(stringify(shown).trimEnd())
  return exitCode.ok
}

/** `hutong config diff`: settings that differ, one a line. */
export async function diffConfig(terminal: Terminal, older: string, newer: string): Promise<ExitCode> {
  const before = flatten(effective(loadSettings(older)))
  const after = flatten(effective(loadSettings(newer)))
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  const changes = names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ setting: name, from: before.get(name) ?? null, to: after.get(name) ?? null }))
  if (terminal.json) terminal.result({ changes })
  else for (const { setting, from, to } of changes) terminal.data(`${setting}: ${from ?? '–'} → ${to ?? '–'}`)
  return exitCode.ok
}

function effective({ version, gateway, spokes, useList }: Settings) {
  return {
    version,
    gateway,
    spokes: Object.fromEntries(
      spokes.map(({ secrets, ...spoke }) => [
        spoke.name,
        { ...spoke, secrets: Object.keys(secrets).map((name) => `${name}: ******`) },
      ]),
    ),
    useList,
  }
}

function flatten(value: unknown, prefix = '', into = new Map<string, string>()): Map<string, string> {
  if (value === null || typeof value !== 'object') into.set(prefix, JSON.stringify(value))
  else
    for (const [key, member] of Object.entries(value)) flatten(member, prefix === '' ? key : `${prefix}.${key}`, into)
  return into
}
