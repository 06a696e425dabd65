import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { request } from 'undici'
import type { DialectName } from '../../adapters/adapter.js'
import { packageRoot } from '../../config/package-root.js'
import { CliError } from '../cli-error.js'
import { exitCode } from '../exit-code.js'

/** A licence that a simulator holds, and the verdict code that asking for it earns. */
export interface SimulatedLicence {
  readonly id: string
  readonly typeCode: string
  readonly earns: string
  /** Details to be confirmed along with it; MISMATCH needs some that are wrong. */
  readonly claims?: Readonly<Record<string, string>>
}

/** What an asking system read in the gateway's answer. */
export interface Asked {
  readonly status: number
  readonly code: string | null
  readonly ms: number
}

/** A simulated system: a program of its own that knows nothing of the gateway but the wire. */
export interface Simulator {
  readonly dialect: DialectName
  /** Port of its issuing side. */
  readonly issuerPort: number | null
  readonly licences: readonly SimulatedLicence[]
  ask(question: Readonly<Record<string, unknown>>): Promise<Asked>
  fault(fault: string | null): Promise<void>
  stop(): void
}

interface Ready {
  readonly issuerPort: number | null
  readonly controlPort: number
  readonly licences: readonly SimulatedLicence[]
}

const READY_DEADLINE_MS = 20_000
const ASK_DEADLINE_MS = 30_000

/** Starts `conformance/simulators/<dialect>` with a configuration file and waits until it says that it is ready. */
export async function startSimulator(dialect: DialectName, configFile: string): Promise<Simulator> {
  const program = join(packageRoot(), 'dist/conformance/simulators', `${dialect}.js`)
  // Its stdin is ours: when this process ends, however it ends, the pipe closes and the simulator goes too.
  const child = spawn(process.execPath, [program, '--config', configFile], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ready = await readyLine(child, dialect)
  const control = `http://127.0.0.1:${ready.controlPort}`
  return {
    dialect,
    issuerPort: ready.issuerPort,
    licences: ready.licences,
    ask: async (question) => (await post(`${control}/ask`, question)) as unknown as Asked,
    fault: async (fault) => {
      const answer = await post(`${control}/fault`, { fault })
      if (!('fault' in answer)) throw faultRefused(dialect, answer)
    },
    stop: () => void child.kill('SIGTERM'),
  }
}

function readyLine(child: ChildProcess, dialect: string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const give = (why: string) => {
      child.kill('SIGKILL')
      reject(
        new CliError(
          'SIMULATOR_FAILED',
          { zh: `模拟器 ${dialect} 没有起来：${why}`, en: `the simulator ${dialect} did not start: ${why}` },
          { zh: '运行 npm run build 后再试', en: 'run `npm run build` and try again' },
          exitCode.internal,
        ),
      )
    }
    const timer = setTimeout(() => give('time-out'), READY_DEADLINE_MS)
    child.once('exit', (code) => give(`exit ${code}`))
    child.once('error', (error) => give(error.message))
    if (child.stdout === null) return give('no stdout')
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer)
      child.removeAllListeners('exit')
      resolve(JSON.parse(line) as Ready)
    })
  })
}

async function post(url: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const signal = AbortSignal.timeout(ASK_DEADLINE_MS)
  const headers = { 'content-type': 'application/json' }
  const answer = await request(url, { method: 'POST', headers, body: JSON.stringify(body), signal })
  return (await answer.body.json()) as Readonly<Record<string, unknown>>
}

/** The simulator says which faults it knows. */
function faultRefused(dialect: string, answer: Readonly<Record<string, unknown>>): CliError {
  const reason = String(answer['error'])
  return new CliError(
    'FAULT_UNKNOWN',
    { zh: `模拟器 ${dialect} 没有这种故障：${reason}`, en: `the simulator ${dialect} has no such fault: ${reason}` },
    { zh: '例如 --fault hunan=lie', en: 'for example --fault hunan=lie' },
    exitCode.usage,
  )
}
