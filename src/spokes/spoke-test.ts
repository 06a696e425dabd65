import { lookup } from 'node:dns/promises'
import { request } from 'node:http'
import { connect as connectTcp, isIP, Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Endpoint, parseEndpoint } from '../canonical/endpoint.js'
import { type SpokeTls, tlsConnection } from './spoke-tls.js'

export const spokeTestStages = ['dns', 'tcp', 'tls', 'http'] as const
export type SpokeTestStage = (typeof spokeTestStages)[number]

/** What one stage came to. `detail` is for the operator: a count, a protocol, a status or an error code, no address. */
export interface StageResult {
  readonly stage: SpokeTestStage
  /** `skipped`: not needed (an address needs no DNS, http no TLS), or an earlier stage failed. */
  readonly result: 'ok' | 'failed' | 'skipped'
  /** Milliseconds, rounded; 0 when skipped. */
  readonly ms: number
  readonly detail: string
}

export interface SpokeTestOptions {
  readonly endpoint: string
  readonly tls?: SpokeTls
  /** Longest time for each stage, in milliseconds; 3,000 when absent. */
  readonly stageMs?: number
}

class StageTimeout extends Error {
  readonly code = 'TIMEOUT'
}

/**
 * Tries a connection stage by stage, DNS → TCP → TLS → HTTP, and stops at the first that fails. The last stage asks
 * `HEAD` for the endpoint's path with no credentials: any HTTP status will do, since it proves that HTTP is spoken.
 *
 * @throws EndpointError when the endpoint or its trust material cannot be used safely
 */
export async function testSpoke(options: SpokeTestOptions): Promise<readonly StageResult[]> {
  const { stageMs = 3_000 } = options
  const endpoint = parseEndpoint(options.endpoint)
  const tls = endpoint.secure ? tlsConnection(options.tls ?? {}) : undefined
  const results: StageResult[] = []
  const sockets: Socket[] = []
  let address = endpoint.host
  let socket: Socket = new Socket()

  try {
    await stage('dns', isIP(endpoint.host) !== 0, async () => {
      const found = await lookup(endpoint.host, { all: true })
      address = found[0]?.address ?? endpoint.host
      return `${found.length}`
    })
    await stage('tcp', false, async () => {
      const opened = keep(connectTcp({ host: address, port: endpoint.port }))
      await once(opened, 'connect')
      socket = opened
      return ''
    })
    await stage('tls', tls === undefined, async () => {
      const servername = tls?.servername ?? (isIP(endpoint.host) === 0 ? endpoint.host : undefined)
      // Without SNI, Node checks the certificate against `host`.
      const opened = connectTls({
        ...tls,
        socket,
        host: endpoint.host,
        ...(servername === undefined ? {} : { servername }),
      })
      keep(opened)
      await once(opened, 'secureConnect')
      socket = opened
      return describeTls(opened)
    })
    await stage('http', false, () => head(endpoint, socket))
  } finally {
    for (const each of sockets) each.destroy()
  }
  return results

  async function stage(name: SpokeTestStage, needless: boolean, run: () => Promise<string>): Promise<void> {
    if (needless || results.some(({ result }) => result === 'failed')) {
      results.push({ stage: name, result: 'skipped', ms: 0, detail: '' })
      return
    }
    const begun = performance.now()
    const ms = () => Math.round(performance.now() - begun)
    try {
      const detail = await within(stageMs, run())
      results.push({ stage: name, result: 'ok', ms: ms(), detail })
    } catch (thrown) {
      const { code } = thrown as { code?: unknown }
      results.push({ stage: name, result: 'failed', ms: ms(), detail: typeof code === 'string' ? code : 'FAILED' })
    }
  }

  /** A socket that outlives its stage's deadline must not crash the process with its last error. */
  function keep<S extends Socket>(opened: S): S {
    opened.on('error', () => undefined)
    sockets.push(opened)
    return opened
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StageTimeout('timed out')), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function once(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  })
}

function describeTls(socket: TLSSocket): string {
  const ends = new Date(socket.getPeerCertificate().valid_to)
  return `${socket.getProtocol() ?? ''} ${Number.isNaN(ends.getTime()) ? '' : ends.toISOString().slice(0, 10)}`.trim()
}

function head({ host, mount }: Endpoint, socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'HEAD',
      path: mount || '/',
      host,
      createConnection: () => socket,
    })
    asked.once('response', (response) => {
      response.resume()
      resolve(String(response.statusCode))
    })
    asked.once('error', reject)
    asked.end()
  })
}
