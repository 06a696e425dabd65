import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { DialectName } from '../src/adapters/adapter.js'
import { usccCheckCharacter } from '../src/canonical/uscc.js'
import { actorOf, demoDialects } from '../src/cli/demo/cast.js'
import { openTrustMaterial, type TrustMaterial } from '../src/cli/demo/trust-material.js'
import { writeWorld } from '../src/cli/demo/world.js'
import { type Gateway, startGateway } from '../src/cli/gateway/gateway.js'
import { loadSettings } from '../src/config/load.js'
import { startIssuer, type TestIssuer } from './test-issuer.js'

/** A configuration as the demo's, with real issuing systems behind it. */
export interface World {
  /** Holds `keys/`, `config/` and `data/`. */
  readonly folder: string
  readonly config: string
  readonly data: string
  readonly trust: TrustMaterial
  readonly issuers: Readonly<Record<DialectName, TestIssuer>>
  /** Changes a file of the configuration, `spokes/tax.yaml` say. */
  edit(file: string, change: (value: Record<string, unknown>) => void): Promise<void>
  close(): Promise<void>
}

/** A world with a gateway in this process. */
export interface GatewayBed extends World {
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  /** Stops the gateway and starts it anew over the same data, at another port. */
  restart(): Promise<void>
}

/** Types and issuers of licences, by the dialect of the system that issues them. */
export const issues = {
  canonical: { type: '11100000000013338W011', issuer: '11430000006122244L' },
  'head-data-sm2': { type: '11100000MB03271699001', issuer: '11370000MA0000TX0H' },
  'tax-gt3': { type: '11100000000014445H901', issuer: '114300000061231244' },
  gjzwfwpt: { type: '11100000MB0143028R001', issuer: '11330000MA0000TX01' },
} as const satisfies Record<DialectName, { type: string; issuer: string }>

/** Behind a spoke of their own: one that nobody listens at, and one that is given 250 ms. */
export const downIssuer = uscc('11430000MA0000TX1')
export const lateIssuer = uscc('11430000MA0000TX2')
/** The Corps, for which nobody in the demo's network answers. */
export const unknownIssuer = uscc('11660000MA0000TX0')

/** In the registry, and in nobody's use list. */
export const UNLISTED_TYPE = '11100000000013127D001'
/** Well formed, and in no registry. */
export const UNKNOWN_TYPE = `${uscc('11430000MA0000TX3')}999`

const DISCARD_PORT = 9

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-bed-'))
  const trust = await openTrustMaterial(folder)
  const started = await Promise.all(
    demoDialects.map(async (dialect) => {
      const { keyId, privateKey } = secretsOf(trust, actorOf(dialect, 'issuer').name)
      return [dialect, await startIssuer(dialect, { keyId, privateKey, sealTo: trust.gateway.encrypt })] as const
    }),
  )
  const issuers = Object.fromEntries(started) as World['issuers']
  const config = await writeWorld({
    folder,
    port: 0,
    trust,
    issuerPorts: new Map(started.map(([dialect, { port }]) => [dialect, port])),
    typeCodes: Object.values(issues).map(({ type }) => type),
    localTypes: [issues['tax-gt3'].type],
  })
  const world: World = {
    folder,
    config,
    data: join(folder, 'data'),
    trust,
    issuers,
    async edit(file, change) {
      const path = join(config, file)
      const value = parse(await readFile(path, 'utf8')) as Record<string, unknown>
      change(value)
      await writeFile(path, stringify(value))
    },
    async close() {
      await Promise.all(Object.values(issuers).map((issuer) => issuer.close()))
      await rm(folder, { recursive: true, force: true })
    },
  }
  // No breaker may open because of what the tests do on purpose, and no deadline pass because the machine is busy.
  for (const dialect of demoDialects) {
    await world.edit(`spokes/${actorOf(dialect, 'issuer').name}.yaml`, ({ ask }) => {
      Object.assign(ask as object, { deadlineMs: 20_000, breaker: { minimumCalls: 10_000 } })
    })
  }
  await addSpokes(world)
  return world
}

/** Two more canonical systems: nobody is at home, and nobody has time. */
async function addSpokes({ config, trust, issuers }: World): Promise<void> {
  const { keyId, publicKey } = secretsOf(trust, 'hunan')
  const spoke = (name: string, port: number, issuer: string, deadlineMs: number) => ({
    name,
    node: '43',
    dialect: 'canonical',
    keys: [{ id: `${name}-${keyId}`, publicKey }],
    ask: {
      endpoint: `http://127.0.0.1:${port}`,
      answersFor: { issuers: [issuer] },
      deadlineMs,
      breaker: { minimumCalls: 10_000 },
    },
  })
  await writeFile(join(config, 'spokes/down.yaml'), stringify(spoke('down', DISCARD_PORT, downIssuer, 20_000)))
  await writeFile(join(config, 'spokes/late.yaml'), stringify(spoke('late', issuers.canonical.port, lateIssuer, 250)))
}

export interface BedOptions {
  /** Changes the configuration before the gateway reads it. */
  configure?(world: World): Promise<void>
}

/** Starts a gateway in this process over a fresh world. */
export async function startBed({ configure }: BedOptions = {}): Promise<GatewayBed> {
  const world = await openWorld()
  try {
    await configure?.(world)
    const start = () =>
      startGateway({
        load: () => loadSettings(world.config),
        data: world.data,
        passphraseFile: world.trust.passphraseFile,
        log: 'silent',
      })
    let gateway = await start()
    return {
      ...world,
      get gateway() {
        return gateway
      },
      get url() {
        return gateway.url
      },
      get port() {
        return Number(new URL(gateway.url).port)
      },
      async restart() {
        await gateway.close()
        gateway = await start()
      },
      async close() {
        await gateway.close().catch(() => undefined)
        await world.close()
      },
    }
  } catch (thrown) {
    await world.close()
    throw thrown
  }
}

export function secretsOf({ actors }: TrustMaterial, name: string) {
  const found = actors[name]
  if (found === undefined) throw new Error(`no actor ${name}`)
  return found
}

function uscc(body: string): string {
  return body + usccCheckCharacter(body)
}
