import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { PeerFacts, SignerContext, WireHeaders, WireReply, WireRequest } from '../src/adapters/adapter.js'

const FOLDER = new URL('./golden/tax-gt3/', import.meta.url)

/** The clock of the golden messages: 2023-11-15 06:13:20.000 at +08:00. */
export const TAX_NOW = 1_700_000_000_000
export const TAX_SECRETS = { channelId: 'HTTEST01', spokeSecret: 'hutong-test-spoke-secret-0001' }

/** A request of `test/golden/tax-gt3`, as it comes from the wire. */
export function taxRequest(name: string): WireRequest {
  const { start, headers, body } = readMessage(`${name}.request.http`)
  const [method = '', target = ''] = start.split(' ')
  return { method, target, mount: '', headers, body }
}

/** A reply of `test/golden/tax-gt3`; `name` goes up to `reply.http`. */
export function taxReply(name: string): WireReply {
  const { start, headers, body } = readMessage(`${name}reply.http`)
  return { status: Number(start.split(' ')[1]), headers, body }
}

function readMessage(file: string): { start: string; headers: WireHeaders; body: Buffer } {
  const text = readFileSync(fileURLToPath(new URL(file, FOLDER)), 'utf8').replace(/\n$/, '')
  const end = text.indexOf('\n\n')
  const [start = '', ...lines] = text.slice(0, end).split('\n')
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))
  return { start, headers, body: Buffer.from(text.slice(end + 2)) }
}

export interface TaxContext {
  readonly now?: number
  readonly nonce?: string
  readonly peer?: PeerFacts
  readonly secrets?: Readonly<Record<string, string>>
  readonly pinned?: readonly string[]
}

/** What a signer is handed: by default a peer on loopback, and the secrets of the golden messages. */
export function taxContext({ now = TAX_NOW, nonce = '', peer, secrets, pinned = [] }: TaxContext = {}): SignerContext {
  return {
    keys: {
      signing: null,
      verifying: new Map(),
      opening: null,
      sealing: null,
      secrets: secrets ?? TAX_SECRETS,
      pinnedCertificates: pinned,
    },
    now,
    nonce: () => nonce,
    session: new Map(),
    peer: peer ?? { loopback: true, clientCertificate: null },
  }
}
