import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DialectName } from '../src/adapters/adapter.js'
import { formatLicenceId, type LicenceId } from '../src/canonical/licence-id.js'
import { type IssuerBend, type IssuerTrust, issuerReplies } from './issuer-replies.js'

/**
 * How an issuing system behaves when it is asked about a licence. The licence's own serial number says it, so a test
 * can choose for each request, whoever runs the gateway.
 */
const conducts = {
  valid: 'VA',
  slow: 'SL',
  reset: 'RS',
  garbage: 'GA',
  'error-inside': 'ER',
  'wrong-key': 'WK',
  stale: 'ST',
  'other-licence': 'OL',
  truncated: 'TR',
  'status-500': 'SF',
  'status-503': 'ST3',
} as const
export type Conduct = keyof typeof conducts

const HOUR_MS = 3_600_000
// What a careless system says of itself; none of it may reach whoever asked.
const CARELESS =
  '<html><body>Error: connect ECONNREFUSED 203.0.113.7:8443\n    at TCPConnectWrap.afterConnect (node:net:1300:16)\n' +
  '    at query (/srv/app/db.js:12:3)</body></html>'

export interface TestIssuer {
  readonly dialect: DialectName
  readonly port: number
  /** Questions that have arrived. */
  hits(): number
  /** Questions that are held back, by `slow`. */
  held(): number
  /** Answers those that are held back, validly. */
  release(): void
  close(): Promise<void>
}

let serial = 0

/** An identifier of a type and an issuer; whoever is asked about it behaves as it says. */
export function licenceOf(type: string, issuer: string, conduct: Conduct = 'valid'): LicenceId {
  serial++
  return formatLicenceId({ type, issuer, serial: `${conducts[conduct]}X${serial}`, version: '001' })
}

function conductOf(licenceId: string): Conduct {
  const code = licenceId.split('.')[7]?.split('X')[0]
  const found = Object.entries(conducts).find(([, value]) => value === code)
  return (found?.[0] as Conduct | undefined) ?? 'valid'
}

/** A real HTTP server on loopback that plays an issuing system. */
export async function startIssuer(dialect: DialectName, trust: IssuerTrust): Promise<TestIssuer> {
  let hits = 0
  const held = new Map<ServerResponse, () => void>()
  const server = createServer((request, response) => {
    hits++
    answer(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    dialect,
    port: (server.address() as AddressInfo).port,
    hits: () => hits,
    held: () => held.size,
    release() {
      for (const go of held.values()) go()
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const licenceId = /1\.2\.156\.3005\.2(?:\.[0-9A-Z]+){5}/.exec(body)?.[0] ?? ''
    const question = { target: request.url ?? '', headers: request.headers, body, licenceId }
    const conduct = conductOf(licenceId)
    const write = async (bend: IssuerBend) => {
      const reply = await issuerReplies[dialect](question, trust, bend)
      const length = reply.body.length
      if (conduct === 'truncated') {
        response.writeHead(reply.status, { ...reply.headers, 'content-length': length })
        response.write(reply.body.subarray(0, length - 20), () => request.socket.resetAndDestroy())
      } else response.writeHead(reply.status, { ...reply.headers, 'content-length': length }).end(reply.body)
    }
    switch (conduct) {
      case 'slow':
        response.once('close', () => held.delete(response))
        held.set(response, () => void write({}))
        return
      case 'reset':
        request.socket.resetAndDestroy()
        return
      case 'garbage':
        response.writeHead(200, { 'content-type': 'text/html' }).end(CARELESS)
        return
      case 'status-500':
        response.writeHead(500, { 'content-type': 'text/html' }).end(CARELESS)
        return
      case 'status-503':
        response.writeHead(503, { 'content-type': 'text/html' }).end(CARELESS)
        return
      case 'error-inside':
        return write({ failure: true })
      case 'wrong-key':
        return write({ wrongKey: true })
      case 'stale':
        return write({ clock: -HOUR_MS })
      case 'other-licence':
        return write({ other: otherThan(licenceId) })
      default:
        return write({})
    }
  }
}

function otherThan(licenceId: string): string {
  const [type = '', issuer = ''] = licenceId.split('.').slice(5)
  return formatLicenceId({ type, issuer, serial: 'VAX0', version: '001' })
}
