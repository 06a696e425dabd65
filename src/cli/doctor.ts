import { existsSync } from 'node:fs'
import type { Text } from '../canonical/text.js'
import { configuration } from './doctor/configuration.js'
import { type Area, areas, type Finding } from './doctor/finding.js'
import { clocks, port, reachability } from './doctor/network.js'
import { dataFolder, engines, nodeVersion } from './doctor/runtime.js'
import { certificates, keys } from './doctor/trust.js'
import { type ExitCode, exitCode } from './exit-code.js'
import type { Terminal } from './terminal.js'

export interface DoctorOptions {
  readonly config?: string
  readonly data?: string
  readonly passphraseFile?: string
  readonly strict?: boolean
}

/** `hutong doctor`: tests rather than assumes. Exits 6 when something failed, or warned under --strict. */
export async function doctor(terminal: Terminal, options: DoctorOptions): Promise<ExitCode> {
  const { config = standingConfig() } = options
  const findings = await examine({ ...options, ...(config === undefined ? {} : { config }) })
  const count = (result: Finding['result']) => findings.filter((finding) => finding.result === result).length
  const failed = count('failed')
  const warned = count('warning')
  const ok = failed === 0 && !(options.strict && warned > 0)
  if (terminal.json) terminal.result({ ok, failed, warned, findings })
  else show(terminal, findings)
  terminal.say(terminal.text({ zh: `失败 ${failed}  警告 ${warned}`, en: `failed ${failed}  warnings ${warned}` }))
  if (config === undefined) {
    const more = 'hutong doctor --config <folder> --data <folder> --passphrase-file <file>'
    terminal.say(
      terminal.text({ zh: `只试了运行环境；全部: ${more}`, en: `only the runtime was tried; for all: ${more}` }),
    )
  }
  return ok ? exitCode.ok : exitCode.misconfigured
}

async function examine({ config, data, passphraseFile }: DoctorOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [nodeVersion(process.versions.node), ...(await engines())]
  if (data !== undefined) findings.push(...(await dataFolder(data)))
  if (config === undefined) return findings
  const { findings: own, settings } = await configuration(config)
  findings.push(...own)
  if (settings === undefined) return findings
  findings.push(await port(settings), ...(await reachability(settings, config)), ...(await clocks(settings)))
  findings.push(...(await keys(settings, passphraseFile)), ...(await certificates(settings, Date.now())))
  return findings
}

/** Where the folder `config` stands, as `serve` takes it by default, it is examined unasked. */
function standingConfig(): string | undefined {
  return existsSync('config/gateway.yaml') ? 'config' : undefined
}

const areaNames: Readonly<Record<Area, Text>> = {
  runtime: { zh: '运行环境', en: 'runtime' },
  configuration: { zh: '配置', en: 'configuration' },
  network: { zh: '网络', en: 'network' },
  trust: { zh: '信任', en: 'trust' },
}

function show(terminal: Terminal, findings: readonly Finding[]): void {
  const { bold, green, yellow, red } = terminal.colour
  const marks = { ok: green('✔'), warning: yellow('!'), failed: red('✘') }
  for (const area of areas) {
    const own = findings.filter((finding) => finding.area === area)
    if (own.length > 0) terminal.data(bold(terminal.text(areaNames[area])))
    for (const [index, { code, result, text, next }] of own.entries()) {
      terminal.data(`  ${marks[result]} ${terminal.text(text)}${result === 'ok' ? '' : `  [${code}]`}`)
      // Several findings with one remedy show it once, under the last.
      const repeated = next !== null && own[index + 1]?.next?.en === next.en
      if (next !== null && !repeated) terminal.data(`    → ${terminal.text(next)}`)
    }
  }
}
