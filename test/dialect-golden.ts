import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SignerContext, SpokeKeys, WireHeaders, WireReply, WireRequest } from '../src/adapters/adapter.js'

/** The clock at which the golden messages hold, epoch milliseconds. */
export const GOLDEN_NOW = 1_700_000_000_000

/** A file under `test/golden/`, without the LF that ends it. */
export function goldenText(path: string): string {
  return readFileSync(fileURLToPath(new URL(`./golden/${path}`, import.meta.url)), 'utf8').replace(/\n$/, '')
}

/** `<dialect>/<name>.request.http`, as it arrives under `mount`. */
export function goldenRequestOf(path: string, mount = ''): WireRequest {
  const { start, headers, body } = readMessage(`${path}.request.http`)
  const [method = '', target = ''] = start.split(' ')
  return { method, target: mount + target, mount, headers, body }
}

export function goldenReplyOf(path: string): WireReply {
  const { start, headers, body } = readMessage(`${path}.reply.http`)
  return { status: Number(start.split(' ')[1]), headers, body }
}

/** Header fields and body of a message, as the golden files write them. */
export function messageText(start: string, headers: WireHeaders, body: Uint8Array): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `${[start, ...fields].join('\n')}\n\n${Buffer.from(body).toString('utf8')}`
}

function readMessage(file: string): { start: string; headers: WireHeaders; body: Buffer } {
  const text = goldenText(file)
  const end = text.indexOf('\n\n')
  const [start = '', ...lines] = text.slice(0, end).split('\n')
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))
  return { start, headers, body: Buffer.from(text.slice(end + 2)) }
}

/** A context at the golden clock, on loopback, with nothing but what is given. */
export function contextOf(keys: Partial<SpokeKeys>, rest: Partial<SignerContext> = {}): SignerContext {
  return {
    keys: {
      signing: null,
      verifying: new Map(),
      opening: null,
      sealing: null,
      secrets: {},
      pinnedCertificates: [],
      ...keys,
    },
    now: GOLDEN_NOW,
    nonce: () => '000102030405060708090a0b0c0d0e0f',
    session: new Map(),
    peer: { loopback: true, clientCertificate: null },
    ...rest,
  }
}
