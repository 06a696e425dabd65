import { type ServerOptions as HttpServerOptions, type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { WireReply } from '../adapters/adapter.js'
import { type ErrorCode, HubError } from '../canonical/errors.js'
import type { Caller } from '../hub.js'
import { readWholeBody } from './bounded-body.js'
import { plainError } from './plain-error.js'
import type { RateLimiter } from './rate-limit.js'
import type { Runtime } from './runtime.js'
import { canonicalTarget } from './target.js'
import { peerFacts, sendReply, wireHeaders, wireRequest } from './wire.js'

export interface ServerOptions {
  /** The configuration in force; asked anew at each request. */
  runtime(): Runtime
  readonly bodyBytes: number
  readonly requestSeconds: number
  readonly publicLimit: RateLimiter
  /** Looking receipts up, so that their numbers cannot be tried one after another. */
  readonly receiptLimit: RateLimiter
  readonly now: () => number
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
  /** PEM texts. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string }
}

export interface GatewayServer {
  readonly app: FastifyInstance
  /** Requests that have begun and are not answered. */
  underWay(): number
  /** Refuses new requests with DRAINING, waits for those under way, then closes. */
  drain(seconds: number): Promise<void>
}

/** A connection on which nothing moves for so long is closed: no spoke may be given as much, so no answer is waited for. */
const STILL_MS = 150_000

/** HTTP around the hub: receives bytes, calls it, sends bytes. Knows no dialect. */
export function createServer(options: ServerOptions): GatewayServer {
  const requestMs = options.requestSeconds * 1000
  // Node looks for overdue requests twice a minute unless told otherwise, and swaps the two times if they are not in order.
  const timing = { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: requestMs / 4 }
  const app = fastify({
    bodyLimit: options.bodyBytes,
    requestTimeout: requestMs,
    connectionTimeout: STILL_MS,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (_error, request, reply) => answerUnread(request, reply, new HubError('PATH_REFUSED')),
    clientErrorHandler: brokenOff,
    ...protocol(options.tls, timing),
  }) as unknown as FastifyInstance
  /** Answers that are not yet written, by their connection; and how to break off the reading of a request. */
  const pending = new WeakMap<Socket, Pending>()
  let draining = false
  let underWay = 0

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    const known = pending.get(request.raw.socket)
    if (known?.broken) return done(known.broken)
    const fail = readWholeBody(request, payload, options.bodyBytes, done)
    if (known !== undefined) known.fail = fail
  })
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw
    const known: Pending = { reply, broken: null, fail: null }
    underWay++
    pending.set(socket, known)
    reply.raw.once('close', () => {
      underWay--
      if (pending.get(socket) === known) pending.delete(socket)
    })
    canonicalTarget(request.raw.url ?? '')
    if (draining) throw new HubError('DRAINING', { retryAfter: 5 })
  })
  app.setErrorHandler((thrown, request, reply) => answerUnread(request, reply, serverError(thrown)))
  app.setNotFoundHandler((request, reply) => answerUnread(request, reply, new HubError('ENDPOINT_UNKNOWN')))

  app.post('/v1/public/verify', async (request, reply) => {
    const caller = options.runtime().publicCaller
    if (caller === null) throw new HubError('PUBLIC_VERIFY_DISABLED')
    const wait = options.publicLimit.take(request.ip, options.now())
    if (wait > 0) throw new HubError('RATE_LIMITED', { retryAfter: wait })
    return exchange(caller, '', request, reply)
  })
  app.post('/v1/explain', (request, reply) => explain(request, reply))
  app.all('/v1/*', (request, reply) => exchange(undefined, '', request, reply))
  app.all('/in/:spoke/*', (request, reply) => {
    const { spoke } = request.params as { readonly spoke: string }
    return exchange(callerByName(spoke), `/in/${spoke}`, request, reply)
  })
  app.route({ method: ['GET', 'POST'], url: '/through/*', onRequest: passThrough, handler: () => undefined })
  app.get('/v1/keys', async () => ({ keys: options.runtime().keys() }))
  app.get('/v1/receipts/:no', async (request) => {
    const wait = options.receiptLimit.take(request.ip, options.now())
    if (wait > 0) throw new HubError('RATE_LIMITED', { retryAfter: wait })
    const receipt = await options.runtime().receipt((request.params as { readonly no: string }).no)
    if (receipt === null) throw new HubError('RECEIPT_UNKNOWN')
    return receipt
  })
  app.get('/health', async (_request, reply) => {
    const health = await options.runtime().health()
    return reply.code(health.status === 'ok' && !draining ? 200 : 503).send(health)
  })
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await options.metrics()
    return reply.type(contentType).send(text)
  })
  return { app, underWay: () => underWay, drain }

  function callerByName(name: string): Caller {
    const caller = options.runtime().callers.get(name)
    if (caller === undefined) throw new HubError('CALLER_UNKNOWN')
    return caller
  }

  async function exchange(
    named: Caller | undefined,
    mount: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const wire = wireRequest(request, mount)
    const runtime = options.runtime()
    const caller = named ?? runtime.callerOf(wire.headers)
    // An asker that hangs up takes its question back, all the way to the issuer.
    const gone = new AbortController()
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort()
    })
    return sendReply(reply, await runtime.hub.exchange(caller, wire, peerFacts(request.socket), gone.signal))
  }

  async function explain(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const wire = wireRequest(request, '')
    const runtime = options.runtime()
    return sendReply(reply, await runtime.explain(runtime.callerOf(wire.headers), wire, peerFacts(request.socket)))
  }

  /** Untranslated routes read the request themselves, so it is handed over before anything is read. */
  function passThrough(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const { through } = options.runtime()
    if (through === null) done(new HubError('ENDPOINT_UNKNOWN'))
    else {
      reply.hijack()
      through(request.raw, reply.raw)
    }
  }

  /** A refusal before there was a message: in the caller's dialect where it can be told, else in JSON. */
  async function answerUnread(request: FastifyRequest, reply: FastifyReply, error: HubError): Promise<FastifyReply> {
    // Fastify closes after a body that it could not read, and the sender of a large one would not get to read why.
    if (error.code === 'BODY_TOO_LARGE') reply.removeHeader('connection')
    return sendReply(reply, await refusal(request, error))
  }

  async function refusal(request: FastifyRequest, error: HubError): Promise<WireReply> {
    const asker = error.code === 'PATH_REFUSED' ? undefined : askerOf(request)
    if (asker === undefined) return plainError(error)
    const wire = { ...wireRequest(request, asker.mount), body: new Uint8Array() }
    return options.runtime().hub.refuse(asker.caller, wire, peerFacts(request.socket), error)
  }

  /** Who asks at the routes of exchanges; the others have no dialect. */
  function askerOf({ headers, params, routeOptions }: FastifyRequest): Asker | undefined {
    const runtime = options.runtime()
    if (routeOptions.url === '/v1/*' || routeOptions.url === '/v1/explain') {
      return { mount: '', caller: runtime.callerOf(wireHeaders(headers)) }
    }
    if (routeOptions.url !== '/in/:spoke/*') return undefined
    const { spoke } = params as { readonly spoke: string }
    const caller = runtime.callers.get(spoke)
    return caller === undefined ? undefined : { mount: `/in/${spoke}`, caller }
  }

  /** What is no HTTP, or is cut off. A request whose head could be read is answered as such; of another, nobody knows. */
  function brokenOff(cause: NodeJS.ErrnoException, socket: Socket): void {
    const known = pending.get(socket)
    const fault = faultOf(cause)
    if (known?.reply.request.raw.complete) known.reply.raw.once('finish', () => endWith(socket, fault))
    else if (known === undefined || known.reply.sent) endWith(socket, fault)
    else {
      // The parser may have met the fault before anybody has begun to read the body.
      known.broken = fault
      known.fail?.(fault)
    }
  }

  async function drain(seconds: number): Promise<void> {
    draining = true
    const end = Date.now() + seconds * 1000
    while (underWay > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
    ;(app.server as Server).closeAllConnections()
    await app.close()
  }
}

const codeOfFastifyError: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CONTENT_TYPE_UNSUPPORTED',
  FST_ERR_BAD_URL: 'PATH_REFUSED',
}

function serverError(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown
  const code = codeOfFastifyError[(thrown as { code?: string } | null)?.code ?? '']
  return code === undefined ? HubError.from(thrown) : new HubError(code, { cause: thrown })
}

/** An answer that is not yet written, and how to break off the reading of what it answers. */
interface Pending {
  readonly reply: FastifyReply
  broken: HubError | null
  fail: ((fault: HubError) => void) | null
}

interface Asker {
  readonly caller: Caller
  readonly mount: string
}

function faultOf(cause: NodeJS.ErrnoException): HubError {
  const { code = '' } = cause
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HubError('REQUEST_TIMEOUT')
  const isCut = code === 'HPE_INVALID_EOF_STATE' || !code.startsWith('HPE_')
  return new HubError(isCut ? 'BODY_TRUNCATED' : 'REQUEST_MALFORMED', { cause })
}

/** There is no request to answer, so the bytes are written by hand, and the connection is of no more use. */
function endWith(socket: Socket, fault: HubError): void {
  if (!socket.writable) return
  const { status, body } = plainError(fault.code === 'BODY_TRUNCATED' ? new HubError('REQUEST_MALFORMED') : fault)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${body.byteLength}`
  socket.end(`${head}\r\nconnection: close\r\n\r\n${Buffer.from(body).toString()}`)
}

function protocol(tls: ServerOptions['tls'], timing: HttpServerOptions) {
  if (tls === undefined) return { http: timing }
  const clients = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false }
  return { https: { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' as const, ...clients, ...timing } }
}
