import type { Server } from 'node:http'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { WireReply } from '../adapters/adapter.js'
import { type ErrorCode, HubError } from '../canonical/errors.js'
import type { Caller } from '../hub.js'
import { plainError } from './plain-error.js'
import type { RateLimiter } from './rate-limit.js'
import type { Runtime } from './runtime.js'
import { peerFacts, sendReply, wireRequest } from './wire.js'

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

/** HTTP around the hub: receives bytes, calls it, sends bytes. Knows no dialect. */
export function createServer(options: ServerOptions): GatewayServer {
  const app = fastify({
    bodyLimit: options.bodyBytes,
    requestTimeout: options.requestSeconds * 1000,
    connectionTimeout: options.requestSeconds * 1000 * 2,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (_error, request, reply) => answerUnread(request, reply, new HubError('PATH_REFUSED')),
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(rawRefusal())
    },
    ...tlsOptions(options.tls),
  }) as unknown as FastifyInstance
  let draining = false
  let underWay = 0

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (_request, reply) => {
    underWay++
    reply.raw.once('close', () => underWay--)
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

  /** A refusal before there was a message: in the caller's dialect where the path tells who it is, else in JSON. */
  async function answerUnread(request: FastifyRequest, reply: FastifyReply, error: HubError): Promise<FastifyReply> {
    return sendReply(reply, await refusal(request, error))
  }

  async function refusal(request: FastifyRequest, error: HubError): Promise<WireReply> {
    const { spoke } = (request.params ?? {}) as { readonly spoke?: string }
    const caller = spoke === undefined ? undefined : options.runtime().callers.get(spoke)
    if (caller === undefined || error.code === 'PATH_REFUSED') return plainError(error)
    const wire = { ...wireRequest(request, `/in/${spoke}`), body: new Uint8Array() }
    return options.runtime().hub.refuse(caller, wire, peerFacts(request.socket), error)
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
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_TRUNCATED',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CONTENT_TYPE_UNSUPPORTED',
  FST_ERR_BAD_URL: 'PATH_REFUSED',
}

function serverError(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown
  const code = codeOfFastifyError[(thrown as { code?: string } | null)?.code ?? '']
  return code === undefined ? HubError.from(thrown) : new HubError(code, { cause: thrown })
}

/** For bytes that are no HTTP request: there is no request to answer, so the bytes are written by hand. */
function rawRefusal(): string {
  const { body } = plainError(new HubError('REQUEST_MALFORMED'))
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.byteLength}\r\nconnection: close`
  return `${head}\r\n\r\n${Buffer.from(body).toString()}`
}

function tlsOptions(tls: ServerOptions['tls']) {
  if (tls === undefined) return {}
  const clients = tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false }
  return { https: { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' as const, ...clients } }
}
