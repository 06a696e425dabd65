import { join } from 'node:path'
import { CLOCK_WINDOW_MS } from '../../adapters/adapter.js'
import { openAuditLog } from '../../audit/audit-log.js'
import { personalHasher } from '../../audit/personal-hash.js'
import { loadRegistry } from '../../config/registry.js'
import type { GatewaySettings, Settings } from '../../config/settings.js'
import { chooseEngine } from '../../crypto/choose-engine.js'
import { createMetrics } from '../../server/metrics.js'
import { createRateLimiter } from '../../server/rate-limit.js'
import { createServer } from '../../server/server.js'
import { openAppendFile } from '../../store/append-file.js'
import { openNonceJournal } from '../../store/nonce-journal.js'
import { readPassphraseFile } from '../passphrase.js'
import { type Opened, openedParts } from './closing.js'
import { type CompiledRuntime, compileRuntime } from './compile-runtime.js'
import { lockDataFolder } from './data-folder.js'
import { type GatewayKeys, openGatewayKeys } from './gateway-keys.js'
import type { House } from './house.js'
import { listeningTls, listenOn } from './listen.js'
import { openLog } from './log.js'
import { restoredCaseScope } from './restored-cases.js'
import { checkWhole } from './whole-config.js'

export interface GatewayOptions {
  /** Reads the configuration folder; called at start and at each reload. @throws ConfigError */
  load(): Settings
  /** Folder of what must survive: audit log and nonces. */
  readonly data: string
  readonly passphraseFile?: string
  readonly passphrase?: string
  readonly log: 'stderr' | 'silent'
  /** Epoch milliseconds; the system's clock when absent. */
  readonly now?: () => number
}

/** A running gateway. */
export interface Gateway {
  readonly url: string
  /** Version of the configuration in force. */
  version(): string
  /** Puts a new configuration in force, whole or not at all. What listens and what is limited stays until a restart. */
  reload(): Promise<{ readonly from: string; readonly to: string }>
  /** Drains, then closes everything in the order in which it depends on each other. */
  close(): Promise<void>
}

const RECEIPTS_PER_MINUTE = 60

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const opened = openedParts()
  try {
    return await openGateway(options, opened)
  } catch (thrown) {
    // A start that fails, at a taken port say, leaves nothing open that would keep the process alive.
    await opened.close().catch(() => {})
    throw thrown
  }
}

async function openGateway(options: GatewayOptions, opened: Opened): Promise<Gateway> {
  const { now = Date.now } = options
  const { hold } = opened
  const registry = loadRegistry()
  const settings = options.load()
  const { limits, publicVerify, name } = settings.gateway
  await checkWhole(settings, registry)
  const engine = await chooseEngine()
  const passphrase = await passphraseOf(options)
  const openKeys = (from: GatewaySettings) => openGatewayKeys(from, engine.engine, passphrase)
  let keys = await openKeys(settings.gateway)
  const lock = await lockDataFolder(options.data)
  hold({ close: () => lock.release() })
  const log = hold(openLog(options.log))
  const audit = hold(
    await openAuditLog({ dir: join(options.data, 'audit'), origin: name, signing: keys.signing, now, openAppendFile }),
  )
  const nonces = hold(
    await openNonceJournal({
      path: join(options.data, 'nonces'),
      now,
      windowMs: CLOCK_WINDOW_MS,
      maxNonces: limits.nonces,
    }),
  )
  let runtime: CompiledRuntime
  const metrics = hold(
    createMetrics({
      inFlight: () => server.underWay(),
      auditSize: () => audit.size,
      configVersion: () => runtime.settings.version,
      links: () =>
        [...runtime.links.connections].map(([spoke, link]) => ({
          spoke,
          breaker: link.breaker(),
          underWay: link.underWay(),
          waiting: link.waiting(),
        })),
    }),
  )
  const house: House = { engine, registry, audit, nonces, metrics, log, now }
  const hash = personalHasher(keys.hash)
  const caseScope = await restoredCaseScope(house, hash)
  runtime = compileRuntime(settings, keys, house, caseScope, hash)
  hold({ close: () => runtime.close() })
  const server = createServer({
    runtime: () => runtime,
    bodyBytes: limits.bodyBytes,
    requestSeconds: limits.requestSeconds,
    publicLimit: createRateLimiter({ perMinute: publicVerify.perMinute }),
    receiptLimit: createRateLimiter({ perMinute: RECEIPTS_PER_MINUTE }),
    now,
    metrics: () => metrics.scrape(),
    ...listeningTls(settings.gateway),
  })
  const url = await listenOn(server.app, settings.gateway)
  const { version } = settings
  const { size: auditSize } = audit
  const { repair } = audit.state()
  log.event('listening', { url, configVersion: version, engine: engine.engine.name, auditSize, repair })
  hold({
    async close() {
      log.event('draining', { underWay: server.underWay() })
      await server.drain(limits.drainSeconds)
      log.event('drained', { auditSize: audit.size })
    },
  })

  return { url, version: () => runtime.settings.version, reload, close: opened.close }

  async function reload(): Promise<{ readonly from: string; readonly to: string }> {
    try {
      const change = await reloadWhole()
      log.event('reloaded', change)
      return change
    } catch (thrown) {
      log.event('reload-refused', { configVersion: runtime.settings.version, cause: messageOf(thrown) })
      throw thrown
    }
  }

  async function reloadWhole(): Promise<{ readonly from: string; readonly to: string }> {
    const next = options.load()
    await checkWhole(next, registry)
    const nextKeys: GatewayKeys = await openKeys(next.gateway)
    const before = runtime
    const after = compileRuntime(next, nextKeys, house, caseScope, hash)
    keys = nextKeys
    runtime = after
    audit.setSigning(keys.signing)
    // Those under way keep the connections that they began with; new ones use the new.
    void before.close()
    return { from: before.settings.version, to: after.settings.version }
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

async function passphraseOf({ passphrase, passphraseFile }: GatewayOptions): Promise<string> {
  if (passphrase !== undefined) return passphrase
  return readPassphraseFile(passphraseFile ?? '')
}
