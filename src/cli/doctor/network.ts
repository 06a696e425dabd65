import { createServer } from 'node:net'
import { request } from 'undici'
import type { AskSettings, GatewaySettings, Settings } from '../../config/settings.js'
import { testSpoke } from '../../spokes/spoke-test.js'
import { readAll } from '../files.js'
import { isProblem, spokeTrust } from '../gateway/spoke-trust.js'
import { clockOffsets } from '../spoke-clock.js'
import { type Finding, unwell, well } from './finding.js'

/** Tries to listen where the gateway would. What listens there already is asked whether it is a gateway. */
export async function port({ gateway, version }: Settings): Promise<Finding> {
  const { listen } = gateway
  const where = `${listen.host}:${listen.port}`
  const code = await whyNotListen(listen)
  if (code === undefined) return well('network', 'PORT', `端口 ${where} 空闲`, `port ${where} is free`)
  const running = code === 'EADDRINUSE' ? await runningVersion(listen) : undefined
  if (running === version) {
    return well(
      'network',
      'PORT_OURS',
      `${where} 上的网关在运行，配置相同`,
      `the gateway runs at ${where}, with this configuration`,
    )
  }
  if (running !== undefined) {
    return unwell(
      'network',
      'CONFIG_NOT_LOADED',
      'warning',
      [
        `${where} 上的网关在用另一份配置 ${running}`,
        `the gateway at ${where} has another configuration in force: ${running}`,
      ],
      ['重新加载: kill -HUP <pid>', 'reload it: kill -HUP <pid>'],
    )
  }
  return unwell(
    'network',
    'PORT_TAKEN',
    'failed',
    [`端口 ${where} 用不了（${code}）`, `port ${where} cannot be used (${code})`],
    [
      `停掉占用它的程序，或改 gateway.yaml 的 listen: ss -ltnp`,
      `stop what holds it, or change listen in gateway.yaml: ss -ltnp`,
    ],
  )
}

function whyNotListen({ port, host }: GatewaySettings['listen']): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'FAILED'))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

const HEALTH_DEADLINE_MS = 3000
const HEALTH_LIMIT = 64 * 1024

/** The configuration that a gateway on this machine says it runs; undefined when it is no gateway, or cannot be asked. */
async function runningVersion({ host, port, tls }: GatewaySettings['listen']): Promise<string | undefined> {
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  if (tls !== undefined) return undefined
  try {
    const signal = AbortSignal.timeout(HEALTH_DEADLINE_MS)
    const { body } = await request(`http://${name}:${port}/health`, { signal })
    const { configVersion } = JSON.parse(String(await readAll(body, HEALTH_LIMIT))) as { configVersion?: unknown }
    return typeof configVersion === 'string' && /^[0-9a-f]{16}$/.test(configVersion) ? configVersion : undefined
  } catch {
    return undefined
  }
}

export function reachability({ spokes }: Settings, folder: string): Promise<readonly Finding[]> {
  const asked = spokes.flatMap(({ name, ask }) => (ask === null ? [] : [{ name, ask }]))
  return Promise.all(asked.map(({ name, ask }) => reach(name, ask, folder)))
}

async function reach(name: string, ask: AskSettings, folder: string): Promise<Finding> {
  const next = `hutong spoke test ${name} --config ${folder}`
  const tls = spokeTrust({ name }, ask)
  if (isProblem(tls)) {
    const { message } = tls
    return unwell(
      'network',
      'UNTRIED',
      'failed',
      [`${name} 没有试：${message.zh}`, `${name} was not tried: ${message.en}`],
      next,
    )
  }
  const stages = await testSpoke({ endpoint: ask.endpoint, tls })
  const bad = stages.find(({ result }) => result === 'failed')
  if (bad === undefined) return well('network', 'REACHABLE', `${name} 可达`, `${name} is reachable`)
  const what = `${bad.stage.toUpperCase()} ${bad.detail}`
  return unwell(
    'network',
    'UNREACHABLE',
    'failed',
    [`${name} 连不上：${what}`, `${name} cannot be reached: ${what}`],
    next,
  )
}

/** There is no time server to ask offline; the spokes' own `Date` headers tell how far their clocks are from ours. */
export async function clocks(settings: Settings): Promise<readonly Finding[]> {
  const offsets = await clockOffsets(settings)
  return offsets.map(({ spoke, seconds }) => {
    const zh = `与 ${spoke} 的时钟相差 ${seconds} s`
    const en = `clock differs from ${spoke} by ${seconds} s`
    const off = Math.abs(seconds)
    if (off <= 2) return well('runtime', 'CLOCK', zh, en)
    return unwell(
      'runtime',
      'CLOCK',
      off > 60 ? 'failed' : 'warning',
      [zh, en],
      ['校准时钟: timedatectl', 'correct the clock: timedatectl'],
    )
  })
}
