import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Table from 'cli-table3'
import { stringify } from 'yaml'
import { dialectNames } from '../adapters/adapter.js'
import { plainDialect } from '../config/dialects.js'
import { loadSettings } from '../config/load.js'
import { readTlsFiles } from '../config/tls-files.js'
import { testSpoke as testConnection } from '../spokes/spoke-test.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import type { Terminal } from './terminal.js'

export interface ListOptions {
  readonly config: string
}

/** `hutong spoke list` */
export async function listSpokes(terminal: Terminal, options: ListOptions): Promise<ExitCode> {
  const { spokes } = loadSettings(options.config)
  const rows = spokes.map(({ name, node, dialect, ask, serve }) => ({
    name,
    node,
    dialect,
    endpoint: ask?.endpoint ?? null,
    answersFor: ask?.answersFor ?? null,
    mayAsk: serve?.operations ?? [],
  }))
  if (terminal.json) terminal.result({ spokes: rows })
  else {
    const table = new Table({
      head: [
        terminal.text({ zh: '节点', en: 'spoke' }),
        'node',
        terminal.text({ zh: '方言', en: 'dialect' }),
        terminal.text({ zh: '它的接口', en: 'endpoint' }),
        terminal.text({ zh: '可问', en: 'may ask' }),
      ],
      style: { head: [], border: [], compact: true },
    })
    for (const row of rows)
      table.push([row.name, row.node, row.dialect, row.endpoint ?? '–', row.mayAsk.join(' ') || '–'])
    terminal.data(table.toString())
  }
  return exitCode.ok
}

export interface AddOptions {
  readonly node: string
  readonly dialect: string
  readonly endpoint?: string
  readonly serve?: boolean
  readonly key?: string
  readonly encryptTo?: string
  readonly config: string
}

/** `hutong spoke add`: writes the file and says what is still missing; `config check` has the last word. */
export async function addSpoke(terminal: Terminal, name: string, options: AddOptions): Promise<ExitCode> {
  const dialectName = dialectNames.find((each) => each === options.dialect)
  if (dialectName === undefined) {
    throw usage(
      'DIALECT_UNKNOWN',
      `没有方言 ${options.dialect}`,
      `there is no dialect ${options.dialect}`,
      dialectNames.join(' · '),
    )
  }
  const dialect = plainDialect(dialectName)
  const [id, publicKey] = options.key?.split('=') ?? []
  const spoke = {
    name,
    node: options.node,
    dialect: dialectName,
    ...(options.endpoint === undefined
      ? {}
      : { ask: { endpoint: options.endpoint, answersFor: divisionOf(options.node) } }),
    ...(options.serve ? { serve: { operations: [...dialect.operations] } } : {}),
    ...(id === undefined || publicKey === undefined ? {} : { keys: [{ id, publicKey }] }),
    ...(options.encryptTo === undefined ? {} : { encryptTo: options.encryptTo }),
    ...(dialect.secrets.length === 0
      ? {}
      : {
          secrets: Object.fromEntries(dialect.secrets.map((secret) => [secret, { file: `secrets/${name}-${secret}` }])),
        }),
  }
  const file = join(options.config, 'spokes', `${name}.yaml`)
  await writeFile(file, stringify(spoke), { flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'EEXIST')
      throw usage('FILE_EXISTS', `${file} 已存在，不覆盖`, `${file} exists and is not written over`, file)
    if (thrown.code === 'ENOENT')
      throw usage(
        'CONFIG_MISSING',
        `没有配置目录 ${options.config}`,
        `there is no folder ${options.config}`,
        'hutong config init',
      )
    throw thrown
  })
  if (terminal.json) terminal.result({ file, spoke })
  terminal.say(`✔ ${file}`)
  for (const secret of dialect.secrets) {
    terminal.say(
      terminal.text({
        zh: `  写入 secrets/${name}-${secret}（0600）`,
        en: `  put ${secret} in secrets/${name}-${secret} (mode 0600)`,
      }),
    )
  }
  terminal.say(
    terminal.text({
      zh: `  然后: hutong config check ${options.config} && hutong spoke test ${name}`,
      en: `  then: hutong config check ${options.config} && hutong spoke test ${name}`,
    }),
  )
  return exitCode.ok
}

/** A province's node id is its division; others say themselves what they answer for. */
function divisionOf(node: string): { readonly divisions?: readonly string[] } {
  return /^\d{2}$/.test(node) ? { divisions: [node] } : {}
}

/** `hutong spoke test`: DNS, TCP, TLS, HTTP, each with its result and time. */
export async function testSpoke(terminal: Terminal, name: string, options: ListOptions): Promise<ExitCode> {
  const spoke = loadSettings(options.config).spokes.find((each) => each.name === name)
  if (spoke === undefined || spoke.ask === null) {
    throw usage('SPOKE_UNKNOWN', `没有可问的节点 ${name}`, `there is no spoke ${name} to ask`, 'hutong spoke list')
  }
  const stages = await testConnection({ endpoint: spoke.ask.endpoint, tls: readTlsFiles(spoke.ask.tls) })
  if (terminal.json) terminal.result({ spoke: name, stages })
  else {
    const marks = { ok: '✔', failed: '✘', skipped: '–' }
    for (const { stage, result, ms, detail } of stages)
      terminal.data(`${marks[result]} ${stage.toUpperCase().padEnd(5)} ${ms} ms  ${detail}`)
  }
  return stages.some(({ result }) => result === 'failed') ? exitCode.misconfigured : exitCode.ok
}

function usage(code: string, zh: string, en: string, next: string): CliError {
  return new CliError(code, { zh, en }, { zh: next, en: next }, exitCode.usage)
}
