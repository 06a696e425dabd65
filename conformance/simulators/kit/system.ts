import type { Book } from './book.js'
import type { Settings } from './settings.js'

/** What a simulated system takes from the machine; tests give fixed ones. */
export interface Tools {
  /** Epoch milliseconds. */
  now(): number
  /** Fresh random bytes in lower-case hexadecimal. */
  hex(bytes: number): string
}

/** An HTTP request as it arrived: names of headers in lower case, bytes untouched. */
export interface Received {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** An HTTP reply. */
export interface Sent {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What an issuing system can be told to do wrong. */
export const faults = [
  'slow',
  'reset',
  'garbage',
  'truncated',
  'wrong-charset',
  'error-in-200',
  'wrong-signature',
  'stale-clock',
  'other-licence',
  'lie',
] as const
export type Fault = (typeof faults)[number]

/** What an asking system can be told to do wrong. */
export const tampers = [
  'sig-flip',
  'sig-drop',
  'sig-empty-id',
  'other-key',
  'replay',
  'stale-clock',
  'future-clock',
  'no-purpose',
  'nonce-drop',
] as const
export type Tamper = (typeof tampers)[number]

/** How an issuing system is to answer this once. */
export interface Manner {
  readonly fault: Fault | null
  /** Text to bytes in the charset that the reply is really in, whatever its label says. */
  encode(text: string): Buffer
}

/** The server side of a dialect: one licence book behind it. */
export interface Issuer {
  /** Faults that the dialect has room for; the transport's own (slow, reset, garbage, truncated) it need not name. */
  readonly faults: readonly Fault[]
  readonly contentType: string
  /** The reply, or null when none shall ever come. */
  answer(request: Received, manner: Manner): Sent | null
}

export type Operation = 'search' | 'getData' | 'verifyData'

/** 用证事由 */
export interface Purpose {
  readonly organisation: string
  readonly operator: { readonly id: string; readonly name: string }
  readonly category: string
  readonly itemCode?: string
  readonly itemName?: string
  readonly caseNumber?: string
  readonly reason: string
}

/** What the asking system is to ask the hub. */
export interface Question {
  readonly operation: Operation
  readonly licenceId: string | null
  readonly claims: Readonly<Record<string, string>>
  readonly holder: { readonly typeCode: string; readonly code: string; readonly name?: string } | null
  readonly typeCode: string | null
  readonly issuer: string | null
  readonly division: string | null
  /** Null asks without one, which a hub must refuse. */
  readonly purpose: Purpose | null
  readonly tamper: Tamper | null
}

/** A request that is ready to be sent, signature and all. */
export interface Prepared {
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What the asking system read in the hub's reply. */
export interface Reading {
  /** The reply's content, parsed and decrypted; null when it could not be. */
  readonly native: unknown
  /** A verdict or error code, or null when the reply names none. */
  readonly code: string | null
  readonly receipt: unknown
  /** Whether the hub's signature holds, in dialects that have one. */
  readonly signatureValid?: boolean
}

/** The client side of a dialect. */
export interface Asker {
  readonly tampers: readonly Tamper[]
  prepare(question: Question): Prepared
  read(reply: Sent, asked: { readonly question: Question; readonly prepared: Prepared }): Reading
}

/** One dialect, both sides. */
export interface Dialect {
  readonly name: string
  issuer(settings: Settings, book: Book, tools: Tools): Issuer
  asker(settings: Settings, tools: Tools): Asker
}
