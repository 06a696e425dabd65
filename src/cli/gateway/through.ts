import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type FastifyPluginAsync, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { WireReply, WireRequest } from '../../adapters/adapter.js'
import { checkUnsignedPeer, secretMatches } from '../../adapters/signers/unsigned-peer.js'
import { type ErrorCode, HubError } from '../../canonical/errors.js'
import type { AskSettings, Settings, SpokeSettings } from '../../config/settings.js'
import { readTlsFiles } from '../../config/tls-files.js'
import type { Trail } from '../../hub.js'
import { passThrough } from '../../server/pass-through.js'
import { plainError } from '../../server/plain-error.js'
import { peerFacts, sendReply } from '../../server/wire.js'
import { linkFailure } from '../../spokes/failure.js'
import type { ContextMaker } from './signer-context.js'

/** The untranslated routes of one configuration. */
export interface Through {
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

export interface ThroughParts {
  readonly contexts: ReadonlyMap<string, ContextMaker>
  begin(caller: string, wire: WireRequest): PassTrail
}

type PassTrail = Pick<Trail, 'routed' | 'refused'> & { passed(body: Uint8Array): Promise<void> }

interface Pair {
  readonly from: SpokeSettings
  readonly context: ContextMaker
  readonly to: SpokeSettings
  readonly ask: AskSettings
}

/** As much as a spoke's translated reply may hold. */
const REPLY_BYTES = 4 * 1024 * 1024
const SECRET_HEADER = 'hutong-spoke-secret'
const EMPTY = Buffer.alloc(0)

/** What proves an asker to the system itself, besides what every route hands on. */
const credentialHeaders: Readonly<Record<string, readonly string[]>> = {
  gjzwfwpt: ['gjzwfwpt_rid', 'gjzwfwpt_sid', 'gjzwfwpt_rtime', 'gjzwfwpt_sign'],
  'x-tif': ['x-tif-paasid', 'x-tif-timestamp', 'x-tif-nonce', 'x-tif-signature', 'x-tif-serviceid'],
  'x-bg-hmac': ['x-bg-hmac-algorithm', 'x-bg-hmac-access-key', 'x-bg-date-time', 'x-bg-hmac-signature'],
}

/**
 * `/through/<from>/<to>/…`: bytes go to the spoke `to` as they are, and so do its own, for a caller that proves by its
 * connection to be `from`. Nothing is translated, so nothing is checked against the use list. It is recorded like every
 * exchange, without an operation, and a reply leaves only when its record is durable; it is held whole until then.
 *
 * @returns null when the configuration names no such route
 * @throws EndpointError when an endpoint or its trust material cannot be used
 */
export function openThrough({ gateway, spokes }: Settings, parts: ThroughParts): Through | null {
  const pairs = gateway.passThrough.flatMap(({ from, to }) => pairOf(spokes, from, to, parts))
  if (pairs.length === 0) return null
  const app = fastify({ exposeHeadRoutes: false, routerOptions: { maxParamLength: 200 } })
  app.setNotFoundHandler((_request, reply) => sendReply(reply, plainError(new HubError('ENDPOINT_UNKNOWN'))))
  for (const pair of pairs) {
    const prefix = `/through/${pair.from.name}/${pair.to.name}`
    app.register(route(pair, gateway.limits.bodyBytes, parts), { prefix })
  }
  const ready = app.ready()
  return {
    handle(request, response) {
      // What can be wrong with a route has been found by now; should it fail nevertheless, nobody is kept waiting.
      ready.then(
        () => app.routing(request, response),
        () => response.destroy(),
      )
    },
    close: () => app.close(),
  }
}

/** The configuration has been checked, so that every name is found. */
function pairOf(
  spokes: readonly SpokeSettings[],
  fromName: string,
  toName: string,
  { contexts }: ThroughParts,
): readonly Pair[] {
  const from = spokes.find(({ name }) => name === fromName)
  const to = spokes.find(({ name }) => name === toName)
  const context = contexts.get(fromName)
  if (from === undefined || to === undefined || to.ask === null || context === undefined) return []
  return [{ from, context, to, ask: to.ask }]
}

function route({ from, context, to, ask }: Pair, bodyBytes: number, { begin }: ThroughParts): FastifyPluginAsync {
  const secret = from.secrets['spokeSecret'] ?? from.secrets['accessToken']
  const trails = new WeakMap<FastifyRequest, PassTrail>()
  const faults = new WeakMap<FastifyRequest, HubError>()
  const hop = passThrough({
    upstream: ask.endpoint,
    tls: readTlsFiles(ask.tls),
    deadlineMs: ask.deadlineMs,
    // The reply is held whole, so its end is waited for as its head is.
    longestMs: ask.deadlineMs,
    concurrency: ask.concurrency,
    bodyBytes,
    methods: ['GET', 'POST'],
    requestHeaders: credentialHeaders[to.signer ?? to.dialect] ?? [],
    refused: (request, fault) => void faults.set(request, fault),
  })

  return async (scope) => {
    scope.addHook('onRequest', async (request) => {
      const peer = peerFacts(request.socket)
      const given = request.headers[SECRET_HEADER]
      checkUnsignedPeer(
        peer,
        context.serving(peer).keys,
        secretMatches(typeof given === 'string' ? given : undefined, secret),
      )
    })
    scope.addHook('preHandler', async (request) => {
      // Of a body that is handed on while it comes, no hash could be taken in time.
      if (request.body instanceof Readable) request.body = await wholeOf(request.body, bodyBytes)
      trails.set(request, trailOf(request))
    })
    scope.addHook('onSend', async (request, reply, payload) => {
      const trail = trails.get(request) ?? trailOf(request)
      const fault = faults.get(request)
      if (fault !== undefined) return refused(reply, trail, fault)
      try {
        const body = await bytesOf(payload)
        await trail.passed(body)
        return body
      } catch (thrown) {
        return refused(reply, trail, linkFailure(thrown))
      }
    })
    await scope.register(hop)
  }

  function trailOf(request: FastifyRequest): PassTrail {
    const { method, url: target } = request
    const body = Buffer.isBuffer(request.body) ? request.body : EMPTY
    const trail = begin(from.name, { method, target, mount: '', headers: {}, body })
    trail.routed(to.name)
    return trail
  }
}

/** The refusal's bytes, once its record is durable; nothing of what was to be sent is left. */
async function refused(reply: FastifyReply, trail: PassTrail, fault: HubError): Promise<Uint8Array> {
  const answer = plainError(fault)
  try {
    if (fault.code !== 'AUDIT_UNAVAILABLE') await trail.refused(fault, answer.body)
    return become(reply, answer)
  } catch (thrown) {
    return become(reply, plainError(HubError.from(thrown)))
  }
}

function become(reply: FastifyReply, { status, headers, body }: WireReply): Uint8Array {
  for (const name of Object.keys(reply.getHeaders())) if (name !== 'connection') reply.removeHeader(name)
  reply.code(status).headers(headers)
  return body
}

async function bytesOf(payload: unknown): Promise<Buffer> {
  if (payload instanceof Readable) return await wholeOf(payload, REPLY_BYTES, 'REPLY_TOO_LARGE')
  return Buffer.isBuffer(payload) ? payload : Buffer.from(String(payload ?? ''))
}

/** @throws HubError when it is over the limit, or what broke the stream */
async function wholeOf(stream: Readable, limit: number, tooLarge: ErrorCode = 'BODY_TOO_LARGE'): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > limit) throw new HubError(tooLarge)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
