import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLOCK_WINDOW_MS } from '../../adapters/adapter.js'
import { openAuditLog } from '../../audit/audit-log.js'
import { personalHasher } from '../../audit/personal-hash.js'
import { loadRegistry } from '../../config/registry.js'
import type { GatewaySettings, Settings } from '../../config/settings.js'
import { chooseEngine } from '../../crypto/choose-engine.js'
import { type CaseScope, createCaseScope } from '../../policy/case-scope.js'
import { createMetrics } from '../../server/metrics.js'
import { createRateLimiter } from '../../server/rate-limit.js'
import { createServer } from '../../server/server.js'
import { openAppendFile } from '../../store/append-file.js'
import { type DataLock, DataLockedError, lockData } from '../../store/data-lock.js'
import { openNonceJournal } from '../../store/nonce-journal.js'
import { CliError } from '../cli-error.js'
import { readPassphraseFile } from '../passphrase.js'
import { type CompiledRuntime, compileRuntime, type HashOf } from './compile-runtime.js'
import { type GatewayKeys, openGatewayKeys } from './gateway-keys.js'
import type { House } from './house.js'
import { openLog } from './log.js'

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

/** Records of the audit log that 一事一查 is rebuilt from at start; older cases begin anew. */
const RESTORED_RECORDS = 20_000
const RECEIPTS_PER_MINUTE = 60

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const settings = options.load()
  const lock = await lockDataFolder(options.data)
  try {
    return await startLocked(options, settings, lock)
  } catch (thrown) {
    await lock.release()
    throw thrown
  }
}

async function startLocked(options: GatewayOptions, settings: Settings, lock: DataLock): Promise<Gateway> {
  const { now = Date.now } = options
  const { listen, limits, publicVerify, name } = settings.gateway
  const engine = await chooseEngine()
  const passphrase = await passphraseOf(options)
  const openKeys = (from: GatewaySettings) => openGatewayKeys(from, engine.engine, passphrase)
  let keys = await openKeys(settings.gateway)
  const audit = await openAuditLog({
    dir: join(options.data, 'audit'),
    origin: name,
    signing: keys.signing,
    now,
    openAppendFile,
  })
  const nonces = await openNonceJournal({
    path: join(options.data, 'nonces'),
    now,
    windowMs: CLOCK_WINDOW_MS,
    maxNonces: limits.nonces,
  })
  let runtime: CompiledRuntime
  const metrics = createMetrics({
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
  })
  const house: House = { engine, registry: loadRegistry(), audit, nonces, metrics, log: openLog(options.log), now }
  const hash = personalHasher(keys.hash)
  const caseScope = await restoredCaseScope(house, hash)
  runtime = compileRuntime(settings, keys, house, caseScope, hash)
  const server = createServer({
    runtime: () => runtime,
    bodyBytes: limits.bodyBytes,
    requestSeconds: limits.requestSeconds,
    publicLimit: createRateLimiter({ perMinute: publicVerify.perMinute }),
    receiptLimit: createRateLimiter({ perMinute: RECEIPTS_PER_MINUTE }),
    now,
    metrics: () => metrics.scrape(),
    ...tlsOf(listen.tls),
  })
  const url = await listenOn(server.app, settings.gateway)

  return { url, version: () => runtime.settings.version, reload, close }

  async function reload(): Promise<{ readonly from: string; readonly to: string }> {
    const next = options.load()
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

  async function close(): Promise<void> {
    await server.drain(limits.drainSeconds)
    await runtime.close()
    await audit.close()
    await nonces.close()
    metrics.close()
    house.log.close()
    await lock.release()
  }
}

async function lockDataFolder(folder: string): Promise<DataLock> {
  try {
    return await lockData(folder)
  } catch (thrown) {
    if (!(thrown instanceof DataLockedError)) throw thrown
    throw new CliError(
      'DATA_IN_USE',
      {
        zh: `数据目录 ${folder} 正被进程 ${thrown.pid} 使用`,
        en: `the data folder ${folder} is in use by process ${thrown.pid}`,
      },
      { zh: '停掉那个进程，或换一个 --data', en: 'stop that process, or use another --data' },
    )
  }
}

async function passphraseOf({ passphrase, passphraseFile }: GatewayOptions): Promise<string> {
  if (passphrase !== undefined) return passphrase
  return readPassphraseFile(passphraseFile ?? '')
}

async function restoredCaseScope({ audit, now }: House, hash: HashOf): Promise<CaseScope> {
  const scope = createCaseScope({ now, hash })
  for (let index = Math.max(0, audit.size - RESTORED_RECORDS); index < audit.size; index++) {
    const record = await audit.record(index)
    if (record !== null) scope.restore(record)
  }
  return scope
}

function tlsOf(tls: GatewaySettings['listen']['tls']) {
  if (tls === undefined) return {}
  const text = (file: string) => readFileSync(file, 'utf8')
  const clientCa = tls.clientCa === undefined ? {} : { clientCa: text(tls.clientCa) }
  return { tls: { certificate: text(tls.certificate), key: text(tls.key), ...clientCa } }
}

async function listenOn(
  app: { listen(at: { host: string; port: number }): Promise<string> },
  { listen }: GatewaySettings,
): Promise<string> {
  try {
    return await app.listen({ host: listen.host, port: listen.port })
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw thrown
    throw new CliError(
      'PORT_UNAVAILABLE',
      { zh: `端口 ${listen.port} 用不了（${code}）`, en: `port ${listen.port} cannot be used (${code})` },
      {
        zh: '停掉占用它的程序，或换一个端口（--port、gateway.yaml）',
        en: 'stop what holds it, or take another (--port, gateway.yaml)',
      },
    )
  }
}
