import type {
  Decoded,
  InboundDialect,
  Loss,
  OutboundDialect,
  PeerFacts,
  Proof,
  SignerContext,
  WireReply,
  WireRequest,
} from './adapters/adapter.js'
import { HubError } from './canonical/errors.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer } from './canonical/model.js'
import type { Receipt } from './canonical/receipt.js'
import type { VerdictReport } from './canonical/verdict.js'

/** A system that asks us, in its dialect. */
export interface Caller {
  readonly name: string
  readonly dialect: InboundDialect
  context(peer: PeerFacts): SignerContext
}

/** A system that we ask, in its dialect. */
export interface Link {
  readonly name: string
  readonly dialect: OutboundDialect
  /** Path of its endpoint, put before the dialect's own. */
  readonly mount: string
  /** What this spoke may take at most, in milliseconds. */
  readonly deadlineMs: number
  context(): SignerContext
  send(wire: WireRequest, deadline: number, signal: AbortSignal): Promise<WireReply>
}

/** What the use list lets leave. */
export interface Grant {
  filter(answer: CanonicalAnswer): CanonicalAnswer
}

/** One exchange as the audit log will tell it; filled in step by step, closed once. */
export interface Trail {
  readonly trace: string
  asked(request: CanonicalRequest): void
  routed(link: string): void
  /** Durable when it resolves. @throws HubError AUDIT_UNAVAILABLE */
  answered(answer: CanonicalAnswer, body: Uint8Array): Promise<Receipt>
  /** Durable when it resolves. @throws HubError AUDIT_UNAVAILABLE */
  refused(error: HubError, body: Uint8Array): Promise<void>
}

export interface HubParts {
  now(): number
  begin(caller: string, wire: WireRequest): Trail
  /** @throws HubError NONCE_REPLAYED or NONCE_STORE_UNAVAILABLE */
  claim(caller: string, proof: Proof): Promise<void>
  /** @throws HubError with a policy code */
  permit(caller: string, request: CanonicalRequest): Grant
  /** @throws HubError ISSUER_REQUIRED, ISSUER_UNKNOWN, ROUTE_LOOP or TOO_MANY_HOPS */
  linkFor(caller: string, request: CanonicalRequest): Link
  /** The question as we pass it on: our hop added, our deadline set. */
  forward(request: CanonicalRequest, deadline: number): CanonicalRequest
  judge(answer: IssuerAnswer, link: string): CanonicalAnswer
  /** The verdict that a failure on the issuer's side amounts to; undefined when it is no verdict. */
  verdictOf(error: HubError): VerdictReport | undefined
  /** Tells the operator what the dialects could not carry; the asker reads it in `hutong-losses`. */
  lost(trace: string, losses: readonly Loss[]): void
}

export interface Hub {
  /** The gateway's only path: a failure leaves in the asker's dialect, on the record. */
  exchange(caller: Caller, wire: WireRequest, peer: PeerFacts, signal: AbortSignal): Promise<WireReply>
  /** Refuses what the server could not even read as a message. */
  refuse(caller: Caller, wire: WireRequest, peer: PeerFacts, error: HubError): Promise<WireReply>
}

/** What one exchange carries along while it is under way. */
interface UnderWay {
  readonly trail: Trail
  readonly losses: Loss[]
  readonly signal: AbortSignal
}

/** Joins the parts into the gateway's main path. */
export function createHub(parts: HubParts): Hub {
  return { exchange, refuse }

  async function exchange(caller: Caller, wire: WireRequest, peer: PeerFacts, signal: AbortSignal): Promise<WireReply> {
    const { dialect } = caller
    const trail = parts.begin(caller.name, wire)
    const context = caller.context(peer)
    const losses: Loss[] = []
    let decoded: Decoded | null = null
    try {
      decoded = dialect.decode(wire)
      losses.push(...decoded.losses)
      const request = { ...decoded.request, trace: decoded.request.trace || trail.trace }
      trail.asked(request)
      await parts.claim(caller.name, await dialect.authenticate(wire, decoded, context))
      const grant = parts.permit(caller.name, request)
      const answer = grant.filter(await answerTo(caller.name, request, { trail, losses, signal }))
      const reply = await dialect.encode(answer, decoded, context)
      losses.push(...reply.losses)
      const receipt = await trail.answered(answer, reply.value.body)
      if (losses.length > 0) parts.lost(request.trace, losses)
      const complete = withLosses(dialect.attachReceipt(reply.value, receipt), losses)
      return await dialect.sign(complete, wire, context)
    } catch (thrown) {
      const reply = await onRecord(caller, trail, HubError.from(thrown), decoded)
      return await dialect.sign(reply, wire, context)
    }
  }

  async function refuse(caller: Caller, wire: WireRequest, peer: PeerFacts, error: HubError): Promise<WireReply> {
    const reply = await onRecord(caller, parts.begin(caller.name, wire), error, null)
    return await caller.dialect.sign(reply, wire, caller.context(peer))
  }

  /** On the issuer's side a verify operation turns failures into verdicts; the others fail. */
  async function answerTo(caller: string, request: CanonicalRequest, under: UnderWay): Promise<CanonicalAnswer> {
    try {
      return await askIssuer(caller, request, under)
    } catch (thrown) {
      const report = request.operation === 'verifyData' ? parts.verdictOf(HubError.from(thrown)) : undefined
      if (request.operation !== 'verifyData' || report === undefined) throw thrown
      return { operation: 'verifyData', licenceId: request.licenceId, report }
    }
  }

  async function askIssuer(caller: string, request: CanonicalRequest, under: UnderWay): Promise<CanonicalAnswer> {
    const { trail, losses, signal } = under
    const link = parts.linkFor(caller, request)
    trail.routed(link.name)
    const deadline = Math.min(request.deadline ?? Number.POSITIVE_INFINITY, parts.now() + link.deadlineMs)
    const question = parts.forward(request, deadline)
    const context = link.context()
    const sent = await link.dialect.encode(question, link.mount, context)
    const reply = await link.send(sent.value, deadline, signal)
    const answer = await link.dialect.decode(reply, sent.value, question, context)
    losses.push(...sent.losses, ...answer.losses)
    return parts.judge(answer.value, link.name)
  }

  /** The refusal, once its record is durable; what cannot be recorded is answered as AUDIT_UNAVAILABLE. */
  async function onRecord(caller: Caller, trail: Trail, error: HubError, decoded: Decoded | null): Promise<WireReply> {
    const reply = caller.dialect.encodeError(error, trail.trace, decoded)
    try {
      await trail.refused(error, reply.body)
      return reply
    } catch (thrown) {
      return caller.dialect.encodeError(HubError.from(thrown), trail.trace, decoded)
    }
  }
}

/** `field=reason` for everything that did not survive the way there and back, so that nothing is dropped in silence. */
function withLosses(reply: WireReply, losses: readonly Loss[]): WireReply {
  if (losses.length === 0) return reply
  const told = new Set(losses.map(({ field, reason }) => `${encodeURIComponent(field)}=${reason}`))
  return { ...reply, headers: { ...reply.headers, 'hutong-losses': [...told].slice(0, 64).join(', ') } }
}
