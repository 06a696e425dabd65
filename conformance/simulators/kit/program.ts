import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Book, bookOf } from './book.js'
import { type Orders, serveControl } from './control.js'
import { issuing } from './issuing.js'
import { parseJson } from './json.js'
import type { Destination } from './post.js'
import { type Listening, serve } from './serve.js'
import { type Settings, settingsOf } from './settings.js'
import type { Dialect, Tools } from './system.js'

/** What a program says when it is ready. */
export interface Ready {
  readonly ready: true
  readonly node: string
  readonly dialect: string
  readonly issuerPort: number | null
  readonly controlPort: number
  readonly licences: readonly {
    readonly id: string
    readonly typeCode: string
    readonly issuer: string
    readonly earns: string
    readonly claims?: Readonly<Record<string, string>>
  }[]
}

export interface RunningSystem {
  readonly ready: Ready
  close(): Promise<void>
}

const machine: Tools = { now: () => Date.now(), hex: (bytes) => randomBytes(bytes).toString('hex') }

/** How long an asking system waits for the hub. */
const HUB_DEADLINE_MS = 20_000

/** Starts both sides of a dialect as a configuration says. Throws when the configuration is wrong. */
export async function startSystem(
  dialect: Dialect,
  config: unknown,
  complain: (text: string) => void,
  tools: Tools = machine,
): Promise<RunningSystem> {
  const settings = settingsOf(config)
  const node = settings.text('node')
  const orders: Orders = { fault: null, ms: 0, requests: 0 }
  const ended = new AbortController()
  const listening: Listening[] = []
  const close = async (): Promise<void> => {
    ended.abort()
    await Promise.all(listening.map((each) => each.close()))
  }
  try {
    let book: Book | null = null
    let issuerPort: number | null = null
    let issuerFaults = null
    if (settings.has('issuer')) {
      const own = settings.part('issuer')
      book = bookOf(node)
      const issuer = dialect.issuer(own, book, tools)
      const where = { host: own.has('host') ? own.text('host') : '127.0.0.1', port: own.port('port', 0) }
      const server = await serve({ ...where, ...serverTls(own) }, issuing(issuer, orders, ended.signal), complain)
      listening.push(server)
      issuerPort = server.port
      issuerFaults = issuer.faults
    }
    const control = await serveControl({
      port: settings.has('control') ? settings.part('control').port('port', 0) : 0,
      orders,
      issuerFaults,
      asker: settings.has('asker') ? askerOf(dialect, settings.part('asker'), tools) : null,
      complain,
    })
    listening.push(control)
    const ready: Ready = {
      ready: true,
      node,
      dialect: dialect.name,
      issuerPort,
      controlPort: control.port,
      licences: (book?.licences ?? []).map(({ id, typeCode, issuer, earns, claims }) => ({
        id,
        typeCode,
        issuer: issuer.code,
        earns,
        ...(claims === undefined ? {} : { claims }),
      })),
    }
    return { ready, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function askerOf(dialect: Dialect, own: Settings, tools: Tools) {
  const hub: Destination = { origin: own.text('hub'), deadlineMs: HUB_DEADLINE_MS, ...clientTls(own) }
  return { node: own.text('node'), side: dialect.asker(own, tools), hub }
}

function serverTls(own: Settings) {
  if (!own.has('tls')) return {}
  const tls = own.part('tls')
  const asksForCertificate = tls.has('ca') ? { ca: pem(tls, 'ca'), requestCert: true, rejectUnauthorized: true } : {}
  return { tls: { cert: pem(tls, 'certificate'), key: pem(tls, 'key'), ...asksForCertificate } }
}

function clientTls(own: Settings) {
  if (!own.has('tls')) return {}
  const tls = own.part('tls')
  return {
    tls: {
      ...(tls.has('ca') ? { ca: pem(tls, 'ca') } : {}),
      ...(tls.has('certificate') ? { cert: pem(tls, 'certificate'), key: pem(tls, 'key') } : {}),
    },
  }
}

function pem(tls: Settings, name: string): string {
  return readFileSync(tls.text(name), 'utf8')
}

/**
 * Runs a dialect as a program: `--config <file.json>`, one line of JSON on stdout when ready, everything else on
 * stderr. It ends on SIGTERM and SIGINT, and when its stdin ends, so that it never outlives whoever started it.
 */
export async function runProgram(dialect: Dialect): Promise<void> {
  const say = (text: string) => void process.stderr.write(`${dialect.name}: ${text}\n`)
  try {
    const { config } = parseArgs({ options: { config: { type: 'string' } } }).values
    if (config === undefined) throw new Error('usage: --config <file.json>')
    const system = await startSystem(dialect, parseJson(readFileSync(config)), say)
    const end = () => {
      process.stdin.destroy()
      void system.close()
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end)
    process.stdin.once('end', end).once('error', end).resume()
    process.stdout.write(`${JSON.stringify(system.ready)}\n`)
  } catch (thrown) {
    say(thrown instanceof Error ? thrown.message : String(thrown))
    process.exitCode = 1
  }
}
