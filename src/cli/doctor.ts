import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Text } from '../canonical/text.js'
import { loadSettings } from '../config/load.js'
import { ConfigError, describeProblem } from '../config/problem.js'
import { loadRegistry } from '../config/registry.js'
import type { Settings } from '../config/settings.js'
import { readTlsFiles } from '../config/tls-files.js'
import { chooseEngine, NoEngineError } from '../crypto/choose-engine.js'
import { testSpoke } from '../spokes/spoke-test.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { openGatewayKeys } from './gateway/gateway-keys.js'
import { routeTableOf } from './gateway/route-table-of.js'
import { readPassphraseFile } from './passphrase.js'
import { clockOffsets } from './spoke-clock.js'
import type { Terminal } from './terminal.js'

export interface DoctorOptions {
  readonly config?: string
  readonly data?: string
  readonly passphraseFile?: string
  readonly strict?: boolean
}

/** One thing that was tried. `next` is the command that mends it. */
export interface Finding {
  readonly area: 'runtime' | 'configuration' | 'network' | 'trust'
  readonly code: string
  readonly result: 'ok' | 'warning' | 'failed'
  readonly text: Text
  readonly next?: string
}

const areaNames: Readonly<Record<Finding['area'], Text>> = {
  runtime: { zh: '运行环境', en: 'runtime' },
  configuration: { zh: '配置', en: 'configuration' },
  network: { zh: '网络', en: 'network' },
  trust: { zh: '信任', en: 'trust' },
}
const marks = { ok: '✔', warning: '!', failed: '✘' } as const

/** `hutong doctor`: tests rather than assumes. Exits 6 when something failed, or warned under --strict. */
export async function doctor(terminal: Terminal, options: DoctorOptions): Promise<ExitCode> {
  const findings: Finding[] = [nodeVersion(), ...(await engineChecks())]
  const settings = options.config === undefined ? undefined : configuration(options.config, findings)
  if (options.data !== undefined) findings.push(await dataFolder(options.data))
  if (settings !== undefined) {
    findings.push(await port(settings), ...(await keys(settings, options.passphraseFile)), ...certificates(settings))
    findings.push(...(await reachability(settings)), ...(await clocks(settings)))
  }
  const failed = findings.filter(({ result }) => result === 'failed').length
  const warned = findings.filter(({ result }) => result === 'warning').length
  if (terminal.json) terminal.result({ ok: failed === 0, failed, warned, findings })
  else show(terminal, findings, failed, warned)
  return failed > 0 || (options.strict && warned > 0) ? exitCode.misconfigured : exitCode.ok
}

function show(terminal: Terminal, findings: readonly Finding[], failed: number, warned: number): void {
  for (const area of ['runtime', 'configuration', 'network', 'trust'] as const) {
    const own = findings.filter((finding) => finding.area === area)
    if (own.length > 0) terminal.data(terminal.colour.bold(terminal.text(areaNames[area])))
    for (const { code, result, text, next } of own) {
      terminal.data(`  ${marks[result]} ${terminal.text(text)}${result === 'ok' ? '' : `  [${code}]`}`)
      if (next !== undefined) terminal.data(`    → ${next}`)
    }
  }
  terminal.say(terminal.text({ zh: `${failed} 失败 ${warned} 警告`, en: `${failed} failed, ${warned} warnings` }))
}

function finding(
  area: Finding['area'],
  code: string,
  result: Finding['result'],
  zh: string,
  en: string,
  next?: string,
): Finding {
  return { area, code, result, text: { zh, en }, ...(next === undefined ? {} : { next }) }
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const supported = major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19)
  const version = `node ${process.versions.node}`
  if (!supported) return finding('runtime', 'NODE_UNSUPPORTED', 'failed', version, version, 'node 20.19+, 22.13+, 24+')
  if (major > 20) return finding('runtime', 'NODE', 'ok', version, version)
  return finding(
    'runtime',
    'NODE_END_OF_LIFE',
    'warning',
    `${version}（已停止维护）`,
    `${version} (past its end of life)`,
    'node 24',
  )
}

async function engineChecks(): Promise<readonly Finding[]> {
  try {
    const { engine, judge, refused } = await chooseEngine()
    const zh = `SM2 引擎 ${engine.name} 通过自检，与 ${judge ?? '–'} 互验`
    const chosen = finding(
      'runtime',
      'ENGINE',
      'ok',
      zh,
      `SM2 engine ${engine.name} passed its self-test, checked against ${judge ?? '–'}`,
    )
    return [
      chosen,
      ...refused.map(({ name, reason }) =>
        finding(
          'runtime',
          'ENGINE_REFUSED',
          'warning',
          `引擎 ${name} 未通过：${reason}`,
          `engine ${name} refused: ${reason}`,
        ),
      ),
    ]
  } catch (thrown) {
    if (!(thrown instanceof NoEngineError)) throw thrown
    return [finding('runtime', 'ENGINE_NONE', 'failed', '没有 SM2 引擎通过自检', thrown.message)]
  }
}

function configuration(folder: string, findings: Finding[]): Settings | undefined {
  try {
    const settings = loadSettings(folder)
    routeTableOf(settings, loadRegistry())
    const { spokes, version } = settings
    findings.push(
      finding(
        'configuration',
        'CONFIG',
        'ok',
        `${spokes.length} 个节点，版本 ${version}`,
        `${spokes.length} spokes, version ${version}`,
      ),
    )
    return settings
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    for (const problem of thrown.problems) {
      findings.push(
        finding(
          'configuration',
          'CONFIG_INVALID',
          'failed',
          describeProblem(problem, 'zh'),
          describeProblem(problem, 'en'),
          `hutong config check ${folder}`,
        ),
      )
    }
    return undefined
  }
}

async function dataFolder(folder: string): Promise<Finding> {
  const usable =
    !existsSync(folder) ||
    (await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    ))
  return usable
    ? finding('configuration', 'DATA', 'ok', `数据目录 ${folder} 可写`, `data folder ${folder} is writable`)
    : finding(
        'configuration',
        'DATA_READ_ONLY',
        'failed',
        `数据目录 ${folder} 不可写`,
        `data folder ${folder} is not writable`,
      )
}

/** Tries to listen where the gateway would; a gateway that is running there already is told from a stranger by /health. */
async function port({ gateway: { listen } }: Settings): Promise<Finding> {
  const where = `${listen.host}:${listen.port}`
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    server.listen(listen.port, listen.host, () => server.close(() => resolve(undefined)))
  })
  if (code === undefined) return finding('network', 'PORT', 'ok', `端口 ${where} 空闲`, `port ${where} is free`)
  return finding(
    'network',
    'PORT_TAKEN',
    'warning',
    `端口 ${where} 用不了（${code}）；网关若已在运行则属正常`,
    `port ${where} cannot be used (${code}); normal if the gateway is running`,
  )
}

async function keys(settings: Settings, passphraseFile: string | undefined): Promise<readonly Finding[]> {
  const file = passphraseFile ?? settings.gateway.keys.passphraseFile
  if (file === undefined)
    return [
      finding(
        'trust',
        'KEYS_UNTRIED',
        'warning',
        '没有口令文件，密钥未试开',
        'no passphrase file, so the keys were not opened',
        '--passphrase-file',
      ),
    ]
  try {
    const { engine } = await chooseEngine()
    const opened = await openGatewayKeys(settings.gateway, engine, await readPassphraseFile(file))
    const ids = opened.published.map(({ keyId }) => keyId).join(' ')
    return [finding('trust', 'KEYS', 'ok', `密钥可用：${ids}`, `keys open: ${ids}`)]
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown
    return [{ area: 'trust', code: thrown.code, result: 'failed', text: thrown.because, next: thrown.next.en }]
  }
}

const DAY_MS = 86_400_000

/** Days left of every TLS certificate that the configuration names: our own and the spokes' authorities. */
function certificates({ gateway, spokes }: Settings): readonly Finding[] {
  const files = [
    gateway.listen.tls?.certificate,
    gateway.listen.tls?.clientCa,
    ...spokes.flatMap(({ ask }) => [ask?.tls.ca, ask?.tls.certificate]),
  ].filter((file) => file !== undefined)
  return [...new Set(files)].flatMap((file) => certificateFindings(file))
}

function certificateFindings(file: string): readonly Finding[] {
  try {
    const texts = readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    if (texts.length === 0) throw new Error('no certificate')
    return texts.map((text) => {
      const days = Math.floor((Date.parse(new X509Certificate(text).validTo) - Date.now()) / DAY_MS)
      const result = days <= 7 ? 'failed' : days <= 30 ? 'warning' : 'ok'
      const code = days < 0 ? 'CERTIFICATE_EXPIRED' : 'CERTIFICATE_DAYS'
      return finding('trust', code, result, `${file} 还有 ${days} 天`, `${file}: ${days} days left`)
    })
  } catch {
    return [
      finding(
        'trust',
        'CERTIFICATE_UNREADABLE',
        'failed',
        `证书读不出来 ${file}`,
        `the certificate cannot be read: ${file}`,
      ),
    ]
  }
}

async function reachability({ spokes }: Settings): Promise<readonly Finding[]> {
  const asked = spokes.flatMap(({ name, ask }) => (ask === null ? [] : [{ name, ask }]))
  return Promise.all(
    asked.map(async ({ name, ask }) => {
      const stages = await testSpoke({ endpoint: ask.endpoint, tls: readTlsFiles(ask.tls) })
      const bad = stages.find(({ result }) => result === 'failed')
      if (bad === undefined) return finding('network', 'REACHABLE', 'ok', `${name} 可达`, `${name} is reachable`)
      const stage = bad.stage.toUpperCase()
      return finding(
        'network',
        'UNREACHABLE',
        'failed',
        `${name} ${stage} 失败 ${bad.detail}`,
        `${name}: ${stage} failed ${bad.detail}`,
        `hutong spoke test ${name}`,
      )
    }),
  )
}

/** There is no time server to ask offline; the spokes' own `Date` headers tell how far their clocks are from ours. */
async function clocks(settings: Settings): Promise<readonly Finding[]> {
  const offsets = await clockOffsets(settings)
  return offsets.map(({ spoke, seconds }) => {
    const result = Math.abs(seconds) > 60 ? 'failed' : Math.abs(seconds) > 2 ? 'warning' : 'ok'
    return finding(
      'runtime',
      'CLOCK',
      result,
      `与 ${spoke} 的时钟相差 ${seconds} s`,
      `clock differs from ${spoke} by ${seconds} s`,
    )
  })
}
