import type { TrustMaterial } from '../src/cli/demo/trust-material.js'
import type { AnswerForm } from './answers.js'
import type { AskOptions, CanonicalAsker } from './canonical-asker.js'
import { messageBytes, type RawRequest, rawExchange } from './raw-http.js'

/** What a row needs to make its request. */
export interface RowBed {
  readonly port: number
  readonly trust: TrustMaterial
  readonly canonical: CanonicalAsker
}

/** One bad request, and exactly what is answered. */
export interface Row {
  readonly name: string
  readonly form: AnswerForm
  readonly status: number
  /** Error or verdict code. */
  readonly code: string
  /** Name of the field concerned; of a verdict in the canonical dialect, the reason of the part `status`. */
  readonly about?: string | null
  readonly tried?: readonly RegExp[]
  /** Costs so little time and memory that it may be sent ten thousand times. */
  readonly cheap?: boolean
  request(bed: RowBed): RawRequest | Buffer | Promise<RawRequest | Buffer>
}

export type RowOptions = Pick<Row, 'about' | 'tried' | 'cheap'>

/** Bytes of a canonical request, signed as it is sent. */
export async function canonicalBytes(asker: CanonicalAsker, options: AskOptions): Promise<Buffer> {
  const { path, headers, body } = await asker.signed(options)
  return messageBytes({ target: path, headers, body })
}

/** The same bytes a second time; the first time they must be accepted. */
export async function replayed({ port }: RowBed, bytes: Buffer): Promise<Buffer> {
  const { status } = await rawExchange(port, { bytes })
  if (status !== 200) throw new Error(`the first of two was answered with ${status}`)
  return bytes
}

export function asRequest(made: RawRequest | Buffer): RawRequest {
  return Buffer.isBuffer(made) ? { bytes: made } : made
}

export const DEEP = 100_000
export const OVER_LIMIT = 1_048_576 + 1
