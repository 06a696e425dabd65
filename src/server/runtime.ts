import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PeerFacts, WireHeaders, WireReply, WireRequest } from '../adapters/adapter.js'
import type { Receipt } from '../canonical/receipt.js'
import type { Caller, Hub } from '../hub.js'

/** A public key that peers may fetch to check what we sign, or to encrypt to us. */
export interface PublishedKey {
  readonly keyId: string
  readonly use: 'sign' | 'encrypt'
  readonly algorithm: 'SM2'
  /** Uncompressed point, hex. */
  readonly publicKey: string
}

/** One part of the health report: what was tried, and whether it worked. */
export interface HealthCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export interface Health {
  readonly status: 'ok' | 'failing'
  readonly configVersion: string
  readonly checks: readonly HealthCheck[]
  /** Breaker state by spoke: closed, open or half-open. An open one is the spoke's trouble, not ours. */
  readonly spokes: Readonly<Record<string, string>>
}

/** One configuration, compiled. A reload swaps it whole; requests keep the one they began with. */
export interface Runtime {
  readonly hub: Hub
  /** Callers by spoke name, for `/in/<spoke>/…`. */
  readonly callers: ReadonlyMap<string, Caller>
  /** The caller that a message's key id belongs to, for `/v1/…`; without one, a caller that nobody can prove to be. */
  callerOf(headers: WireHeaders): Caller
  /** Null when public verification is off. */
  readonly publicCaller: Caller | null
  /** Why this licence goes where it goes; asked for, authenticated and answered like an exchange. */
  explain(caller: Caller, wire: WireRequest, peer: PeerFacts): Promise<WireReply>
  /** Hands on what came to `/through/…`; null when nothing may pass untranslated. */
  readonly through: ((request: IncomingMessage, response: ServerResponse) => void) | null
  keys(): readonly PublishedKey[]
  receipt(no: string): Promise<Receipt | null>
  health(): Promise<Health>
}
