import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Received, Sent } from './system.js'

/** What a handler may do with a request: answer it, answer half of it, or cut the connection. */
export type Deed = Sent | { readonly half: Sent } | 'reset'

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

export interface ServeOptions {
  readonly host: string
  readonly port: number
  /** Certificate and key; HTTP without it. */
  readonly tls?: ServerOptions
}

const LARGEST_BODY = 1024 * 1024
const REQUEST_DEADLINE_MS = 10_000

/** Serves HTTP until closed. A handler that throws is answered 500 with no detail; the detail goes to `complain`. */
export async function serve(
  { host, port, tls }: ServeOptions,
  handle: (request: Received) => Promise<Deed>,
  complain: (text: string) => void,
): Promise<Listening> {
  const listener: RequestListener = (request, response) => {
    respond(request, response, handle).catch((thrown: unknown) => {
      complain(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
      if (!response.headersSent) response.writeHead(500).end()
      else response.destroy()
    })
  }
  const timeouts = { requestTimeout: REQUEST_DEADLINE_MS, headersTimeout: REQUEST_DEADLINE_MS }
  const server =
    tls === undefined ? createServer(timeouts, listener) : createTlsServer({ ...timeouts, ...tls }, listener)
  await new Promise<void>((ready, failed) => {
    server.once('error', failed)
    server.listen(port, host, ready)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: Received) => Promise<Deed>,
): Promise<void> {
  const body = await bodyOf(request)
  if (body === null) {
    response.writeHead(413, { connection: 'close' }).end()
    return
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
  const deed = await handle({ method: request.method ?? '', target: request.url ?? '', headers, body })
  if (deed === 'reset') {
    reset(request.socket)
    return
  }
  const { status, headers: sentHeaders, body: sentBody } = 'half' in deed ? deed.half : deed
  response.writeHead(status, { ...sentHeaders, 'content-length': sentBody.length })
  if (!('half' in deed)) {
    response.end(sentBody)
    return
  }
  response.write(sentBody.subarray(0, sentBody.length >> 1), () => reset(request.socket))
}

function reset(socket: Socket): void {
  // A TLS socket cannot send RST itself.
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_BODY) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
