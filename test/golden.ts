import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SignerContext, WireHeaders, WireReply, WireRequest } from '../src/adapters/adapter.js'
import { chooseEngine } from '../src/crypto/choose-engine.js'
import { signingKey, verifyingKey } from '../src/crypto/sm2-keys.js'

const FOLDER = new URL('./golden/canonical/', import.meta.url)

/** The clock at which the golden messages hold, epoch milliseconds. */
export const GOLDEN_NOW = 1_700_000_000_000

export function readGolden(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, FOLDER)), 'utf8').replace(/\n$/, '')
}

/** A request kept as text: request line, header fields, an empty line, the body, and one LF that is not the body's. */
export function goldenRequest(name: string): WireRequest {
  const { start, headers, body } = readMessage(`${name}.request.http`)
  const [method = '', target = ''] = start.split(' ')
  return { method, target, mount: '', headers, body }
}

export function goldenReply(name: string): WireReply {
  const { start, headers, body } = readMessage(`${name}.reply.http`)
  return { status: Number(start.split(' ')[1]), headers, body }
}

function readMessage(file: string): { start: string; headers: WireHeaders; body: Buffer } {
  const text = readGolden(file)
  const end = text.indexOf('\n\n')
  const [start = '', ...lines] = text.slice(0, end).split('\n')
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))
  return { start, headers, body: Buffer.from(text.slice(end + 2)) }
}

interface GoldenKey {
  readonly keyId: string
  readonly privateKey: string
  readonly publicKey: string
}

/** The contexts of the two parties of the golden messages, each with its own private and the other's public key. */
export async function goldenContexts(): Promise<{ asker: SignerContext; answerer: SignerContext }> {
  const keys = JSON.parse(readGolden('keys.json')) as { asker: GoldenKey; answerer: GoldenKey }
  const { engine } = await chooseEngine()
  const contextOf = (own: GoldenKey, other: GoldenKey): SignerContext => ({
    keys: {
      signing: signingKey(engine, own.keyId, Buffer.from(own.privateKey, 'hex')),
      verifying: new Map([[other.keyId, verifyingKey(engine, other.keyId, Buffer.from(other.publicKey, 'hex'))]]),
      opening: null,
      sealing: null,
      secrets: {},
      pinnedCertificates: [],
    },
    now: GOLDEN_NOW,
    nonce: () => '000102030405060708090a0b0c0d0e0f',
    session: new Map(),
    peer: { loopback: true, clientCertificate: null },
  })
  const authority = 'issuer.test:8443'
  return {
    asker: { ...contextOf(keys.asker, keys.answerer), authority },
    answerer: contextOf(keys.answerer, keys.asker),
  }
}
