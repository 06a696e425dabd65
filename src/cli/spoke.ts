import Table from 'cli-table3'
import { loadSettings } from '../config/load.js'
import { ConfigError } from '../config/problem.js'
import { type StageResult, testSpoke as testConnection } from '../spokes/spoke-test.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { isProblem, spokeTrust } from './gateway/spoke-trust.js'
import type { Terminal } from './terminal.js'

export interface SpokeOptions {
  readonly config: string
}

/** `hutong spoke list` */
export async function listSpokes(terminal: Terminal, options: SpokeOptions): Promise<ExitCode> {
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
  else if (rows.length > 0) {
    const table = new Table({
      head: [
        terminal.text({ zh: '节点', en: 'spoke' }),
        terminal.text({ zh: '登记', en: 'node' }),
        terminal.text({ zh: '方言', en: 'dialect' }),
        terminal.text({ zh: '它的接口', en: 'endpoint' }),
        terminal.text({ zh: '可问', en: 'may ask' }),
      ],
      style: { head: [], border: [], compact: true },
    })
    for (const { name, node, dialect, endpoint, mayAsk } of rows)
      table.push([name, node, dialect, endpoint ?? '–', mayAsk.join(' ') || '–'])
    terminal.data(table.toString())
  }
  if (rows.length === 0) {
    const add = `hutong spoke add <name> --config ${options.config} --help`
    terminal.say(terminal.text({ zh: `（还没有节点）→ ${add}`, en: `(no spokes yet) → ${add}` }))
  }
  return exitCode.ok
}

const marks: Readonly<Record<StageResult['result'], string>> = { ok: '✔', failed: '✘', skipped: '–' }

/** `hutong spoke test`: DNS, TCP, TLS, HTTP, each with its result and time. */
export async function testSpoke(terminal: Terminal, name: string, options: SpokeOptions): Promise<ExitCode> {
  const spoke = loadSettings(options.config).spokes.find((each) => each.name === name)
  if (spoke === undefined || spoke.ask === null) {
    const list = `hutong spoke list --config ${options.config}`
    throw new CliError(
      'SPOKE_UNKNOWN',
      { zh: `没有可问的节点 ${name}`, en: `there is no spoke ${name} to ask` },
      { zh: list, en: list },
      exitCode.usage,
    )
  }
  const tls = spokeTrust(spoke, spoke.ask)
  if (isProblem(tls)) throw new ConfigError([tls], options.config)
  const stages = await testConnection({ endpoint: spoke.ask.endpoint, tls })
  const failed = stages.find(({ result }) => result === 'failed')
  if (terminal.json) terminal.result({ spoke: name, ok: failed === undefined, stages })
  else
    for (const { stage, result, ms, detail } of stages)
      terminal.data(stageLine(stage.toUpperCase(), result, ms, detail))
  if (failed !== undefined) terminal.say(`  → ${terminal.text(nextAfter[failed.stage])}`)
  return failed === undefined ? exitCode.ok : exitCode.misconfigured
}

function stageLine(stage: string, result: StageResult['result'], ms: number, detail: string): string {
  if (result === 'skipped') return `${marks[result]} ${stage}`
  return `${marks[result]} ${stage.padEnd(4)} ${`${ms} ms`.padStart(8)}  ${detail}`.trimEnd()
}

const nextAfter = {
  dns: {
    zh: '检查 ask.endpoint 的主机名和本机的域名解析',
    en: 'check the host name in ask.endpoint and this machine’s resolver',
  },
  tcp: {
    zh: '检查端口、防火墙，以及对方是否在运行',
    en: 'check the port, the firewalls, and whether they are running',
  },
  tls: {
    zh: '检查 ask.tls 的 ca、客户端证书和 serverName，以及对方证书的有效期',
    en: 'check ca, client certificate and serverName in ask.tls, and the validity of their certificate',
  },
  http: {
    zh: '端口上不是 HTTP，或对方立即断开；检查 ask.endpoint',
    en: 'the port speaks no HTTP, or hangs up; check ask.endpoint',
  },
} as const satisfies Record<StageResult['stage'], { zh: string; en: string }>
