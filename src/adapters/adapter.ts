import type { HubError } from '../canonical/errors.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer, Operation } from '../canonical/model.js'
import type { Receipt } from '../canonical/receipt.js'

/** Header fields by lower-case name; repeated ones are joined by `, `. */
export type WireHeaders = Readonly<Record<string, string>>

/** A request as bytes. `target` is the path and query on the wire; its first `mount` characters are not the dialect's. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  /** The prefix of `target` under which the dialect is mounted (`/in/hunan`), or the path of a peer's endpoint. */
  readonly mount: string
  readonly headers: WireHeaders
  readonly body: Uint8Array
}

export interface WireReply {
  readonly status: number
  readonly headers: WireHeaders
  readonly body: Uint8Array
}

/** The dialect's own part of the target. */
export function nativeTarget(wire: WireRequest): string {
  return wire.target.slice(wire.mount.length)
}

/** A field that a translation could not carry. It is reported, field by field, never dropped in silence. */
export interface Loss {
  /** Canonical field name, dotted: `purpose.operator.name`. */
  readonly field: string
  /** no-slot: the dialect has no place; narrowed: it has fewer values; defaulted: it demands one that we lack. */
  readonly reason: 'no-slot' | 'narrowed' | 'defaulted'
}

export interface Translated<T> {
  readonly value: T
  readonly losses: readonly Loss[]
}

/** SM2 with SM3 and the default user id; the signature is r‖s, 64 bytes. */
export interface SigningKey {
  readonly keyId: string
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}
export interface VerifyingKey {
  readonly keyId: string
  verify(message: Uint8Array, signature: Uint8Array): boolean
}
/** SM2 encryption, `04‖C1‖C3‖C2`. */
export interface SealingKey {
  encrypt(plain: Uint8Array): Uint8Array
}
/** @throws Error when the text does not decrypt */
export interface OpeningKey {
  decrypt(sealed: Uint8Array): Uint8Array
}

/** What a signer may use for one spoke. */
export interface SpokeKeys {
  /** Ours, the newest; absent when the dialect does not sign with SM2. */
  readonly signing: SigningKey | null
  /** Theirs by key id; several while they rotate. */
  readonly verifying: ReadonlyMap<string, VerifyingKey>
  readonly opening: OpeningKey | null
  readonly sealing: SealingKey | null
  /** Accounts, tokens and service ids by the names that the dialect's page lists. */
  readonly secrets: Readonly<Record<string, string>>
  /** SHA-256 fingerprints (hex) of the client certificates that the spoke may connect with. */
  readonly pinnedCertificates: readonly string[]
}

/** What the server saw of the connection. */
export interface PeerFacts {
  readonly loopback: boolean
  /** SHA-256 fingerprint (hex) of a client certificate that TLS verified, or null. */
  readonly clientCertificate: string | null
}

export interface SignerContext {
  readonly keys: SpokeKeys
  /** Epoch milliseconds. */
  readonly now: number
  /** 32 hex digits, fresh at each call. */
  nonce(): string
  /** What the spoke keeps between calls (a session id, say). */
  readonly session: Map<string, string>
  readonly peer: PeerFacts
  /** `host[:port]` of the endpoint that we ask, for dialects that sign it; absent when serving. */
  readonly authority?: string
}

/** How an asker proved who it is, and what must be burned so that the proof serves once. */
export interface Proof {
  /** `none`: public verification, which anybody may ask. */
  readonly strength: 'signature' | 'hmac' | 'pinned-certificate' | 'loopback-secret' | 'none'
  readonly keyId: string
  /** Null only where the dialect carries nothing that is single-use. */
  readonly replay: { readonly nonce: string; readonly at: number } | null
}

type Awaitable<T> = T | Promise<T>

/** Window for timestamps, both ways, in milliseconds. */
export const CLOCK_WINDOW_MS = 300_000

/** Bytes ↔ the dialect's message. Pure. Reads throw HubError with a parse or schema code. */
export interface Envelope<M> {
  readRequest(wire: WireRequest): M
  writeRequest(message: M, mount: string): WireRequest
  readReply(wire: WireReply): M
  writeReply(message: M): WireReply
  /** Puts the receipt in the reply; without it the receipt travels in the `hutong-receipt` header. */
  attachReceipt?(reply: WireReply, receipt: Receipt): WireReply
}

/** The dialect's message ↔ our terms. Pure. */
export interface FieldMap<M> {
  toRequest(message: M): Translated<CanonicalRequest>
  fromRequest(request: CanonicalRequest): Translated<M>
  /** @throws HubError for a failure that the reply reports, and REPLY_MISMATCH when it is about another licence */
  toAnswer(message: M, asked: CanonicalRequest): Translated<IssuerAnswer>
  fromAnswer(answer: CanonicalAnswer, asked: M): Translated<M>
  fromError(error: HubError, trace: string, asked: M | null): M
}

/** Who is it, and is this what they sent? Handed keys, clock and nonces; holds none. */
export interface TransportSigner<M> {
  /** What an asker can prove itself with; `nothing` demands a pinned client certificate, or a secret on loopback. */
  readonly carries: 'signature' | 'hmac' | 'nothing'
  /** Asking: credentials and protected content, before the message is written. */
  sealRequest?(message: M, context: SignerContext): Awaitable<M>
  /** Asking: headers over the written bytes. */
  signRequest?(wire: WireRequest, context: SignerContext): Awaitable<WireRequest>
  /** Asking: checks the reply and opens protected content. @throws HubError REPLY_… */
  openReply?(message: M, wire: WireReply, sent: WireRequest, context: SignerContext): Awaitable<M>
  /** Serving: @throws HubError with an auth, time or replay code */
  checkRequest(message: M, wire: WireRequest, context: SignerContext): Awaitable<Proof>
  /** Serving: protected content, before the reply is written. */
  sealReply?(message: M, context: SignerContext): Awaitable<M>
  /** Serving: headers over the written reply. */
  signReply?(reply: WireReply, asked: WireRequest, context: SignerContext): Awaitable<WireReply>
}

/** A request that has been read, with what the dialect needs to answer it. */
export interface Decoded {
  readonly request: CanonicalRequest
  readonly losses: readonly Loss[]
  /** The dialect's own message; opaque to everybody else. */
  readonly message: unknown
}

/** The side of a dialect that faces a system asking us. */
export interface InboundDialect {
  /** @throws HubError with a parse or schema code, or OPERATION_UNSUPPORTED */
  decode(wire: WireRequest): Decoded
  /** @throws HubError with an auth, time or replay code. The nonce is not burned yet: that is the caller's. */
  authenticate(wire: WireRequest, decoded: Decoded, context: SignerContext): Awaitable<Proof>
  encode(answer: CanonicalAnswer, decoded: Decoded, context: SignerContext): Promise<Translated<WireReply>>
  encodeError(error: HubError, trace: string, decoded: Decoded | null): WireReply
  attachReceipt(reply: WireReply, receipt: Receipt): WireReply
  sign(reply: WireReply, asked: WireRequest, context: SignerContext): Awaitable<WireReply>
}

/** The side that faces a system we ask. */
export interface OutboundDialect {
  /** @throws HubError OPERATION_UNSUPPORTED */
  encode(request: CanonicalRequest, mount: string, context: SignerContext): Promise<Translated<WireRequest>>
  /** @throws HubError REPLY_… or an ISSUER_… code */
  decode(
    reply: WireReply,
    sent: WireRequest,
    asked: CanonicalRequest,
    context: SignerContext,
  ): Promise<Translated<IssuerAnswer>>
}

export const dialectNames = ['canonical', 'gjzwfwpt', 'head-data-sm2', 'tax-gt3'] as const
export type DialectName = (typeof dialectNames)[number]

/** A wire format: transport signer, envelope and field map, joined by `composeDialect`. */
export interface Dialect {
  readonly name: DialectName
  /** What the real system offers; anything else is refused with OPERATION_UNSUPPORTED. */
  readonly operations: readonly Operation[]
  readonly carries: TransportSigner<unknown>['carries']
  /** Names of the secrets that a spoke of this dialect must configure. */
  readonly secrets: readonly string[]
  readonly inbound: InboundDialect
  readonly outbound: OutboundDialect
}
