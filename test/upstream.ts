import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A real server on loopback that counts what reaches it. */
export interface Upstream {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Requests whose head has arrived. */
  hits(): number
  /** Requests that are neither answered nor abandoned. */
  running(): number
  /** Resolves when no request is running. */
  quiet(): Promise<void>
  close(): Promise<void>
}

export async function openUpstream(listener: RequestListener, tls?: ServerOptions): Promise<Upstream> {
  let hits = 0
  let running = 0
  const waiters: (() => void)[] = []
  const counted: RequestListener = (request, response) => {
    hits++
    running++
    response.once('close', () => {
      running--
      if (running === 0) for (const resolve of waiters.splice(0)) resolve()
    })
    request.resume()
    listener(request, response)
  }
  const server = tls === undefined ? createHttpServer(counted) : createHttpsServer(tls, counted)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    server,
    hits: () => hits,
    running: () => running,
    quiet: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
