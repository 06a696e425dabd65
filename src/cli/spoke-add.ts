import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { DialectName } from '../adapters/adapter.js'
import { plainDialect } from '../config/dialects.js'
import { loadSettings } from '../config/load.js'
import { ConfigError, type Problem } from '../config/problem.js'
import { loadRegistry } from '../config/registry.js'
import type { KnownNode } from '../routes/known-node.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import type { Terminal } from './terminal.js'

export interface AddOptions {
  readonly node: string
  readonly dialect: DialectName
  readonly endpoint?: string
  readonly serve?: boolean
  readonly key?: string
  readonly encryptTo?: string
  readonly pin?: string
  readonly config: string
}

/** `hutong spoke add`: writes a file that lacks nothing but its secrets, and says where those go. */
export async function addSpoke(terminal: Terminal, name: string, options: AddOptions): Promise<ExitCode> {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw usage(
      'NAME_INVALID',
      '节点名只含小写字母、数字和连字符，至多 40 个',
      'the name takes lower-case letters, digits and hyphens, 40 at most',
      'hutong spoke add fujian …',
    )
  }
  const node = loadRegistry().knownNodes.find(({ id }) => id === options.node)
  if (node === undefined) {
    throw usage(
      'NODE_UNKNOWN',
      `登记表中没有节点 ${options.node}`,
      `the registry has no node ${options.node}`,
      'spec/registry/nodes.yaml · spec/registry/ministries.yaml',
    )
  }
  const spoke = spokeFile(name, node, options)
  const file = join(options.config, 'spokes', `${name}.yaml`)
  await writeFile(file, stringify(spoke), { flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    throw notWritten(thrown, file, options.config)
  })
  await removeUnlessSound(file, name, options.config)
  const secrets = Object.values(spoke.secrets ?? {}).map((secret) => secret.file)
  if (terminal.json) terminal.result({ file, spoke, secrets })
  terminal.say(`✔ ${file}`)
  sayNext(terminal, name, options, secrets, answersForNobody(spoke))
  return exitCode.ok
}

function spokeFile(
  name: string,
  node: KnownNode,
  { dialect: dialectName, endpoint, serve, key, encryptTo, pin }: AddOptions,
) {
  const dialect = plainDialect(dialectName)
  const [id, publicKey] = key?.split('=') ?? []
  const secrets = neededSecrets(dialect.secrets, endpoint, pin).map(
    (secret) => [secret, { file: `secrets/${name}-${secret}` }] as const,
  )
  const pins = pin === undefined ? {} : { pinnedCertificates: [pin] }
  return {
    name,
    node: node.id,
    dialect: dialectName,
    ...(endpoint === undefined ? {} : { ask: { endpoint, answersFor: answersFor(node) } }),
    ...(serve ? { serve: { operations: [...dialect.operations], ...pins } } : {}),
    ...(key === undefined ? {} : { keys: [{ id, publicKey }] }),
    ...(encryptTo === undefined ? {} : { encryptTo }),
    ...(secrets.length === 0 ? {} : { secrets: Object.fromEntries(secrets) }),
  }
}

/** A pinned certificate, or TLS, stands in for the secret that only loopback may use; `config check` has the same rule. */
function neededSecrets(
  names: readonly string[],
  endpoint: string | undefined,
  pin: string | undefined,
): readonly string[] {
  const guarded = pin !== undefined || endpoint?.startsWith('https:')
  return names.filter((name) => !(name === 'spokeSecret' && guarded))
}

/** What the registry says that a node answers for: a province, whose id is its division; a vertical system its definers. */
function answersFor({ id, definers }: KnownNode) {
  return {
    ...(/^\d{2}$/.test(id) ? { divisions: [id] } : {}),
    ...(definers.length === 0 ? {} : { definers }),
  }
}

function answersForNobody(spoke: ReturnType<typeof spokeFile>): boolean {
  return 'ask' in spoke && spoke.ask !== undefined && Object.keys(spoke.ask.answersFor).length === 0
}

/** The file was judged by the rules of `config check`; one that would stop a reload is not left behind. */
async function removeUnlessSound(file: string, name: string, config: string): Promise<void> {
  try {
    loadSettings(config)
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    const isOwn = ({ file: where, at }: Problem) => where === `spokes/${name}.yaml` && !at.startsWith('secrets')
    const own = thrown.problems.filter(isOwn)
    if (own.length === 0) return
    await rm(file)
    const list = (lang: 'zh' | 'en') =>
      own.map(({ at, message }) => `${at}: ${message[lang]}`.replace(/^: /, '')).join('; ')
    throw usage(
      'SPOKE_INCOMPLETE',
      `没有写入：${list('zh')}`,
      `nothing was written: ${list('en')}`,
      'hutong spoke add --help',
    )
  }
}

function sayNext(
  terminal: Terminal,
  name: string,
  { config, endpoint }: AddOptions,
  secrets: readonly string[],
  nobody: boolean,
): void {
  const say = (zh: string, en: string) => terminal.say(terminal.text({ zh: `  ${zh}`, en: `  ${en}` }))
  for (const file of secrets)
    say(
      `把 ${file.replace(/^.*-/, '')} 写入 ${join(config, file)}（0600）`,
      `put ${file.replace(/^.*-/, '')} in ${join(config, file)} (mode 0600)`,
    )
  if (nobody)
    say(
      '在 ask.answersFor 里写明它负责谁，否则不会问到它',
      'say in ask.answersFor whom it answers for, or it is never asked',
    )
  const check = `hutong config check ${config}`
  const then = endpoint === undefined ? check : `${check} && hutong spoke test ${name} --config ${config}`
  say(`然后: ${then}`, `then: ${then}`)
}

function notWritten(thrown: NodeJS.ErrnoException, file: string, config: string): unknown {
  if (thrown.code === 'EEXIST') {
    return usage(
      'FILE_EXISTS',
      `${file} 已存在，不覆盖`,
      `${file} exists and is not written over`,
      `hutong config show ${config}`,
    )
  }
  if (thrown.code !== 'ENOENT') return thrown
  return usage(
    'CONFIG_MISSING',
    `没有配置目录 ${config}`,
    `there is no configuration folder ${config}`,
    `hutong config init ${config} --name <name>`,
  )
}

function usage(code: string, zh: string, en: string, next: string): CliError {
  return new CliError(code, { zh, en }, { zh: next, en: next }, exitCode.usage)
}
