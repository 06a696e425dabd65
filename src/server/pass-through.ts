import { EventEmitter } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { createSecureContext } from 'node:tls'
import httpProxy from '@fastify/http-proxy'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type Dispatcher, errors, Pool } from 'undici'
import { EndpointError, parseEndpoint } from '../canonical/endpoint.js'
import { HubError } from '../canonical/errors.js'
import { readBody } from './bounded-body.js'
import { plainError } from './plain-error.js'
import { canonicalTarget } from './target.js'
import { sendReply } from './wire.js'

export interface PassThroughOptions {
  /** `https://host[:port][/path]`, or http on loopback. */
  readonly upstream: string
  /** PEM texts. Certificates are always verified; there is no switch for it. */
  readonly tls?: {
    readonly ca?: string
    readonly certificate?: string
    readonly key?: string
    readonly serverName?: string
  }
  /** Milliseconds until the head of the reply. */
  readonly deadlineMs: number
  /** Milliseconds for the whole reply, however long its body; ten minutes when absent. */
  readonly longestMs?: number
  /** Bytes of a request's body, whether its length is declared or not. */
  readonly bodyBytes: number
  /** Requests under way at once, and connections; 256 when absent. */
  readonly concurrency?: number
  /** Fields that go to the upstream besides the listed ones; lower case. */
  readonly requestHeaders?: readonly string[]
  /** Fields that come back besides the listed ones; lower case. */
  readonly replyHeaders?: readonly string[]
  readonly methods?: readonly string[]
  /** Told of every refusal before it is sent. */
  refused?(request: FastifyRequest, error: HubError): void
}

/** Fields of a request that go to the upstream. Its length and its host are written anew. */
export const passedRequestHeaders = [
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'content-digest',
  'content-encoding',
  'content-type',
  'if-match',
  'if-none-match',
  'range',
  'signature',
  'signature-input',
  'soapaction',
  'traceparent',
  'tracestate',
] as const

/** Fields of a reply that come back. A `location` comes back only when it is a path, which names no machine. */
export const passedReplyHeaders = [
  'accept-ranges',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expires',
  'hutong-receipt',
  'last-modified',
  'location',
  'retry-after',
  'signature',
  'signature-input',
  'vary',
] as const

// What belongs to one connection, and what says who is on the other side of it: never a client's to write.
const NEVER =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|http2-settings|expect|host|content-length|forwarded|via|x-forwarded.*|x-real-ip|x-client-.*|x-ssl-.*|ssl-.*)$/

const LONGEST_MS = 600_000
const IDLE_MS = 30_000
const CONNECT_TIMEOUT_MS = 2_000

/** Carries the exchange's stop through the plugin, which hands on nothing but headers. undici reads no symbols. */
const STOP = Symbol('stop')
type StoppableHeaders = IncomingHttpHeaders & { [STOP]?: Stop }

/** What undici needs of an AbortSignal, as an emitter: a fifth of the plugin's whole hop goes into a real one. */
class Stop extends EventEmitter {
  aborted = false
  reason: HubError | undefined
  abort(reason: HubError): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.emit('abort')
  }
}

/**
 * A route that hands requests on untranslated, under the prefix that it is registered with. What it does differently
 * from @fastify/http-proxy's defaults, and why: docs/decisions/http-proxy-defaults.md.
 *
 * @throws EndpointError when the upstream, its trust material or a header name cannot be used safely
 */
export function passThrough(options: PassThroughOptions): FastifyPluginAsync {
  const { deadlineMs, longestMs = LONGEST_MS, bodyBytes, concurrency = 256 } = options
  /** What is left for the body when the time for the head is over. */
  const rest = Math.max(0, longestMs - deadlineMs)
  const endpoint = parseEndpoint(options.upstream)
  const connect = endpoint.secure ? secureConnect(options.tls ?? {}) : {}
  const requestNames = [...passedRequestHeaders, ...permitted('requestHeaders', options.requestHeaders ?? [])]
  const replyNames = [...passedReplyHeaders, ...permitted('replyHeaders', options.replyHeaders ?? [])]

  return async (fastify) => {
    const pool = new Pool(endpoint.origin, {
      connections: concurrency,
      pipelining: 1,
      connect: { timeout: CONNECT_TIMEOUT_MS, ...connect },
    })
    let underWay = 0
    fastify.addHook('onClose', () => pool.destroy())
    fastify.addHook('onRequest', (request, _reply, done) => {
      canonicalTarget(request.raw.url ?? '')
      done()
    })
    fastify.setErrorHandler((thrown, request, reply) => refuse(request, reply, refusalOf(thrown), options))
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser('*', (request, payload, done) => readBody(request, payload, bodyBytes, done))

    await fastify.register(httpProxy, {
      upstream: endpoint.origin,
      rewritePrefix: endpoint.mount || '/',
      httpMethods: [...(options.methods ?? ['GET', 'HEAD', 'POST'])],
      undici: { request: dispatcher(pool) },
      proxyPayloads: false,
      retryMethods: [],
      disableRequestLogging: true,
      replyOptions: { rewriteHeaders: (headers) => pick(headers, replyNames) },
      handler: handOn,
    })

    function handOn(
      request: FastifyRequest,
      reply: FastifyReply,
      target: string,
      replyOptions: Parameters<FastifyReply['from']>[1],
    ): FastifyReply {
      if (underWay >= concurrency) throw new HubError('ISSUER_BUSY', { retryAfter: 1 })
      underWay++
      const stop = new Stop()
      let headed = false
      const expire = () => {
        if (!headed || rest <= 0) return stop.abort(new HubError('ISSUER_TIMEOUT'))
        headed = false
        timer = setTimeout(expire, rest)
      }
      let timer = setTimeout(expire, longestMs - rest)
      reply.raw.once('close', () => {
        underWay--
        clearTimeout(timer)
        if (!reply.raw.writableFinished) stop.abort(new HubError('CALLER_GONE'))
      })
      const body = Buffer.isBuffer(request.body)
        ? { body: request.body, contentType: request.headers['content-type'] ?? 'application/octet-stream' }
        : {}
      return reply.from(target, {
        ...replyOptions,
        ...body,
        rewriteRequestHeaders: (_request, headers) => {
          const passed: StoppableHeaders = pick(headers, requestNames)
          const length = request.headers['content-length']
          // undici counts a body that was read whole; of a stream it must be told.
          if (length !== undefined && request.body !== undefined && body.body === undefined) {
            passed['content-length'] = length
          }
          passed[STOP] = stop
          return passed
        },
        onResponse: (_request, _reply, { stream }) => {
          headed = true
          reply.send(stream)
        },
        onError: (_reply, { error }) => refuse(request, reply, failureOf(error.cause), options),
      })
    }
  }
}

/** undici's request with the exchange's stop, which it obeys only once a connection is there; this does so before. */
function dispatcher(pool: Pool): Dispatcher['request'] {
  type Callback = (error: Error | null, data: Dispatcher.ResponseData) => void
  const request = (options: Dispatcher.RequestOptions, callback: Callback): void => {
    const { path, method, body } = options
    const headers = options.headers as StoppableHeaders
    const stop = headers[STOP] ?? null
    let answered = false
    const answer: Callback = (error, data) => {
      if (answered) {
        data?.body?.on('error', () => undefined).destroy()
        return
      }
      answered = true
      callback(error, data)
    }
    stop?.once('abort', () => answer(stop.reason ?? null, undefined as unknown as Dispatcher.ResponseData))
    const call = { path, method, headers, body: body ?? null, signal: stop, headersTimeout: 0, bodyTimeout: IDLE_MS }
    pool.request(call, answer)
  }
  return request as Dispatcher['request']
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {}
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined) kept[name] = value
  }
  const { location } = kept
  if (location !== undefined && !/^\/(?![/\\])/.test(location)) delete kept.location
  return kept
}

function permitted(subject: string, names: readonly string[]): readonly string[] {
  // Some servers take `_` for `-`, so a name must be harmless either way.
  const wrong = names.find((name) => NEVER.test(name.replaceAll('_', '-')) || !/^[a-z0-9_-]{1,64}$/.test(name))
  if (wrong === undefined) return names
  throw new EndpointError(subject, `不得转发 ${wrong}`, `${wrong} may not be passed on`)
}

function secureConnect({ ca, certificate, key, serverName }: NonNullable<PassThroughOptions['tls']>) {
  const material = {
    minVersion: 'TLSv1.2' as const,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  }
  try {
    return {
      secureContext: createSecureContext(material),
      rejectUnauthorized: true,
      ...(serverName === undefined ? {} : { servername: serverName }),
    }
  } catch (cause) {
    throw new EndpointError('tls', '信任材料不可用', 'the trust material cannot be used', { cause })
  }
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  error: HubError,
  options: PassThroughOptions,
): FastifyReply {
  options.refused?.(request, error)
  // What the client still sends would otherwise be read as its next request.
  if (!request.raw.complete) reply.header('connection', 'close')
  return sendReply(reply, plainError(error))
}

/** For what Fastify and the plugin throw before anything is sent. */
function refusalOf(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown
  const { statusCode } = thrown as { statusCode?: unknown }
  return new HubError(statusCode === 400 ? 'PATH_REFUSED' : 'INTERNAL', { cause: thrown })
}

/** For what undici reports; the address in its texts stays in the cause, which only our log sees. */
function failureOf(cause: unknown): HubError {
  if (cause instanceof HubError) return cause
  if (cause === undefined || cause instanceof errors.HTTPParserError) return new HubError('REPLY_MALFORMED')
  if (cause instanceof errors.InvalidArgumentError) return new HubError('INTERNAL', { cause })
  if (cause instanceof errors.BodyTimeoutError) return new HubError('ISSUER_TIMEOUT', { cause })
  return new HubError('ISSUER_UNREACHABLE', { cause })
}
