import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PeerFacts, WireHeaders, WireReply, WireRequest } from '../adapters/adapter.js'

const EMPTY = new Uint8Array()

/** What a dialect sees of an HTTP request, whose target has been found canonical. */
export function wireRequest(request: FastifyRequest, mount: string): WireRequest {
  return {
    method: request.method,
    target: request.raw.url ?? '/',
    mount,
    headers: wireHeaders(request.headers),
    body: Buffer.isBuffer(request.body) ? request.body : EMPTY,
  }
}

export function wireHeaders(headers: IncomingHttpHeaders): WireHeaders {
  // Node joins repeated fields itself; the copy is for `set-cookie`, the one that it leaves a list.
  if (headers['set-cookie'] === undefined) return headers as WireHeaders
  const plain: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) plain[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return plain
}

export function sendReply(reply: FastifyReply, { status, headers, body }: WireReply): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .send(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
}

const facts = new WeakMap<Socket, PeerFacts>()

/** What the connection proves about the peer; read once a connection. */
export function peerFacts(socket: Socket): PeerFacts {
  const known = facts.get(socket)
  if (known !== undefined) return known
  const read = { loopback: isLoopbackAddress(socket.remoteAddress ?? ''), clientCertificate: clientCertificate(socket) }
  facts.set(socket, read)
  return read
}

/** SHA-256 fingerprint of a certificate that TLS verified against our client CA; one that was only sent is none. */
function clientCertificate(socket: Socket): string | null {
  const tls = socket as Partial<TLSSocket>
  if (tls.authorized !== true || tls.getPeerCertificate === undefined) return null
  return tls.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase() ?? null
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}
