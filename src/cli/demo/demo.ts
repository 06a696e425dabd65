import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import type { DialectName } from '../../adapters/adapter.js'
import { formatLicenceId } from '../../canonical/licence-id.js'
import { loadSettings } from '../../config/load.js'
import { loadRegistry } from '../../config/registry.js'
import { CliError } from '../cli-error.js'
import { type ExitCode, exitCode } from '../exit-code.js'
import { type Gateway, startGateway } from '../gateway/gateway.js'
import { wholeNumber } from '../option-value.js'
import { exitCodeAfter, untilSignalled } from '../signals.js'
import type { Terminal } from '../terminal.js'
import { type Actor, actorOf, cast, demoDialects } from './cast.js'
import { type Asker, type Cell, type Issuer, runMatrix, runVerdicts, showMatrix, showVerdicts } from './matrix.js'
import { type Simulator, startSimulator } from './simulator.js'
import { describeTopology, topologyOf } from './topology.js'
import { openTrustMaterial } from './trust-material.js'
import { simulatorConfig, writeWorld } from './world.js'

export interface DemoOptions {
  readonly port: string
  readonly dir: string
  readonly once?: boolean
  /** `<issuer>=<fault>`: makes a simulator misbehave, so that the matrix shows what that looks like. */
  readonly fault?: string
}

/** The demo network, running. */
export interface DemoNetwork {
  readonly gateway: Gateway
  readonly simulators: ReadonlyMap<DialectName, Simulator>
  readonly askers: readonly Asker[]
  readonly issuers: readonly Issuer[]
  close(): Promise<void>
}

/** `hutong demo`: the gateway and its simulated systems in one process tree, on loopback, with everything made here. */
export async function demo(terminal: Terminal, options: DemoOptions): Promise<ExitCode> {
  const port = wholeNumber('--port', options.port, 0, 65_535)
  const fault = options.fault === undefined ? undefined : faultOf(options.fault)
  const began = Date.now()
  say(terminal, '┌ 演示网络：数据为虚构，不得用于真实业务 ┐', '┌ Demo network: invented data, not for real business ┐')
  const network = await startDemoNetwork(options.dir, port)
  try {
    if (fault !== undefined) await simulatorOf(fault.issuer.dialect, network.simulators).fault(fault.kind)
    const ms = Date.now() - began
    say(
      terminal,
      `✔ 网关 ${network.gateway.url}   ✔ ${cast.length} 个模拟系统   (${ms} ms)`,
      `✔ gateway ${network.gateway.url}   ✔ ${cast.length} simulated systems   (${ms} ms)`,
    )
    const failed = await showNetwork(terminal, network)
    if (options.once) return failed === 0 ? exitCode.ok : exitCode.internal
    // Before it is said that Ctrl-C ends it.
    const ended = untilSignalled()
    showNext(terminal, network)
    return exitCodeAfter(await ended)
  } finally {
    await network.close()
  }
}

/** Starts simulators and gateway; used by the demo, by tests and by the benchmark. Port 0 takes any free one. */
export async function startDemoNetwork(dir: string, wantedPort: number): Promise<DemoNetwork> {
  const folder = resolve(dir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const port = wantedPort === 0 ? await freePort() : wantedPort
  const trust = await openTrustMaterial(folder)
  const simulators = new Map<DialectName, Simulator>()
  const stopAll = () => {
    for (const simulator of simulators.values()) simulator.stop()
  }
  try {
    await Promise.all(
      demoDialects.map(async (dialect) => {
        const file = join(folder, `simulator-${dialect}.json`)
        await writeFile(file, JSON.stringify(simulatorConfig(dialect, `http://127.0.0.1:${port}`, trust), null, 2), {
          mode: 0o600,
        })
        simulators.set(dialect, await startSimulator(dialect, file))
      }),
    )
    const typeCodes = [
      ...new Set([...simulators.values()].flatMap(({ licences }) => licences.map((licence) => licence.typeCode))),
    ]
    const { typeByCode } = loadRegistry()
    // A demo that starts anew asks simulators at new ports; the old configuration would point at nobody.
    await rm(join(folder, 'config'), { recursive: true, force: true })
    const config = await writeWorld({
      folder,
      port,
      trust,
      issuerPorts: new Map([...simulators].map(([dialect, { issuerPort }]) => [dialect, issuerPort ?? 0])),
      typeCodes,
      localTypes: typeCodes.filter((code) => !typeByCode.has(code)),
    })
    const gateway = await startGateway({
      load: () => loadSettings(config),
      data: join(folder, 'data'),
      passphraseFile: trust.passphraseFile,
      log: 'silent',
    })
    return {
      gateway,
      simulators,
      askers: demoDialects.map((dialect) => asker(dialect, simulators)),
      issuers: demoDialects.map((dialect) => issuer(dialect, simulators)),
      async close() {
        await gateway.close()
        stopAll()
      },
    }
  } catch (thrown) {
    stopAll()
    throw thrown
  }
}

function simulatorOf(dialect: DialectName, simulators: ReadonlyMap<DialectName, Simulator>): Simulator {
  const simulator = simulators.get(dialect)
  if (simulator === undefined) throw new Error(`no simulator for ${dialect}`)
  return simulator
}

function asker(dialect: DialectName, simulators: ReadonlyMap<DialectName, Simulator>): Asker {
  const simulator = simulatorOf(dialect, simulators)
  return {
    name: actorOf(dialect, 'asker').name,
    dialect,
    ask: ({ id, claims }) =>
      simulator.ask({ operation: 'verifyData', licenceId: id, ...(claims === undefined ? {} : { claims }) }),
  }
}

function issuer(dialect: DialectName, simulators: ReadonlyMap<DialectName, Simulator>): Issuer {
  return { name: actorOf(dialect, 'issuer').name, dialect, licences: simulatorOf(dialect, simulators).licences }
}

/** Reads `<issuer>=<fault>`. Which faults a dialect has room for, its simulator knows. */
function faultOf(text: string): { readonly issuer: Actor; readonly kind: string } {
  const [name = '', kind = ''] = text.split('=')
  const issuer = cast.find((each) => each.name === name && each.role === 'issuer')
  if (issuer !== undefined && kind !== '') return { issuer, kind }
  const issuers = cast.filter(({ role }) => role === 'issuer').map((each) => each.name)
  throw new CliError(
    'FAULT_UNKNOWN',
    { zh: '故障写作 <制发系统>=<故障>', en: 'a fault reads <issuer>=<fault>' },
    {
      zh: `例如 --fault hunan=lie；制发系统: ${issuers.join(' ')}`,
      en: `for example --fault hunan=lie; issuers: ${issuers.join(' ')}`,
    },
    exitCode.usage,
  )
}

/** An issuer that nobody answers for: XPCC, which has no spoke in the demo. */
const nobody: Issuer = {
  name: 'xpcc',
  dialect: '–',
  licences: [
    {
      id: formatLicenceId({ type: '11100000000013338W011', issuer: '660000', serial: '20240000901', version: '001' }),
      typeCode: '11100000000013338W011',
      earns: 'ISSUER_UNKNOWN',
    },
  ],
}

/** Shows topology and both tables; resolves to the number of cells that are not as expected. */
async function showNetwork(terminal: Terminal, { gateway, askers, issuers }: DemoNetwork): Promise<number> {
  const topology = topologyOf(cast.length)
  const matrix = await runMatrix(askers, issuers)
  const everybody = [...issuers, nobody]
  const verdicts = await runVerdicts(askers, everybody)
  const cells: readonly Cell[] = [...matrix, ...verdicts]
  const failed = cells.filter((cell) => !cell.ok)
  if (terminal.json) terminal.result({ gateway: gateway.url, topology, matrix, verdicts, failed: failed.length })
  else {
    terminal.data(terminal.text(describeTopology(topology)))
    showMatrix(terminal, askers, issuers, matrix)
    showVerdicts(terminal, everybody, verdicts)
  }
  const green = cells.length - failed.length
  say(terminal, `${green}/${cells.length} 格与预期一致`, `${green}/${cells.length} cells as expected`)
  for (const cell of failed) {
    terminal.say(
      terminal.errorColour.red(`✘ ${cell.asker} → ${cell.issuer} ${cell.licenceId}: ${cell.got} ≠ ${cell.expected}`),
    )
  }
  return failed.length
}

function showNext(terminal: Terminal, { gateway, issuers }: DemoNetwork): void {
  const hub = gateway.url.endsWith(':8787') ? '' : ` --hub ${gateway.url}`
  const id = (code: string) => issuers[0]?.licences.find((licence) => licence.earns === code)?.id ?? ''
  say(terminal, '试试（另开一个终端）:', 'Try, in another terminal:')
  terminal.say(`  npx hutong verify ${id('VALID')}${hub}`)
  terminal.say(`  npx hutong verify ${id('REVOKED')}${hub}`)
  terminal.say(`  npx hutong explain ${id('VALID')}`)
  terminal.say(
    `  curl -s ${gateway.url}/v1/public/verify -H 'content-type: application/json' -d '{"licenceId":"${id('VALID')}"}'`,
  )
  terminal.say(`  curl -s ${gateway.url}/health`)
  say(terminal, 'Ctrl-C 结束', 'Ctrl-C ends it')
}

function say(terminal: Terminal, zh: string, en: string): void {
  terminal.say(terminal.text({ zh, en }))
}

/** The simulators must know the gateway's port before it listens, so a free one is looked for first. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
