import { createHash } from 'node:crypto'
import { sm2Holds, sm2Sign, sm3Of } from '../kit/sm.js'
import type { Received, Sent } from '../kit/system.js'

const WINDOW_MS = 300_000
const REQUEST_LIST = '"@method" "@authority" "@path" "@query" "content-digest"'
const FIELD = /^([a-z*][a-z0-9_.*-]{0,63})=(.*)$/s
const PARAMS =
  /^\(([^)]*)\);created=(\d{1,12});expires=(\d{1,12})(?:;nonce="([^"]{16,128})")?;keyid="([^"]{1,80})";tag="hutong"$/

export type Headers = Readonly<Record<string, string>>

/** RFC 9530, both digests that the page asks for. */
export function contentDigest(body: Uint8Array): string {
  const sha256 = createHash('sha256').update(body).digest('base64')
  return `sha-256=:${sha256}:, sm3=:${sm3Of(body).toString('base64')}:`
}

export interface SigningOptions {
  readonly keyId: string
  readonly privateKey: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly nonce: string | null
  readonly userId?: string
}

/** The two signature fields over lines of a base. */
export function signatureFields(components: string, lines: readonly string[], options: SigningOptions): Headers {
  const created = Math.floor(options.now / 1000)
  const nonce = options.nonce === null ? '' : `;nonce="${options.nonce}"`
  const params = `(${components});created=${created};expires=${created + 300}${nonce};keyid="${options.keyId}";tag="hutong"`
  const base = [...lines, `"@signature-params": ${params}`].join('\n')
  const signature = sm2Sign(Buffer.from(base), options.privateKey, options.userId)
  return { 'signature-input': `hutong=${params}`, signature: `hutong=:${signature.toString('base64')}:` }
}

export function requestComponents(): string {
  return REQUEST_LIST
}

/** The base's lines of a request, in the order in which we cover them. */
export function requestLines(method: string, authority: string, target: string, digest: string): readonly string[] {
  const [path = '', query] = target.split('?')
  return [
    `"@method": ${method}`,
    `"@authority": ${authority.toLowerCase()}`,
    `"@path": ${path}`,
    `"@query": ?${query ?? ''}`,
    `"content-digest": ${digest}`,
  ]
}

/** Components and lines of a reply; `asked` is the request's own signature field, if it had one. */
export function replyParts(status: number, digest: string, method: string, target: string, asked: string | undefined) {
  const [path = ''] = target.split('?')
  const field = FIELD.exec(asked ?? '')
  const bound = field === null ? [] : [{ name: `"signature";req;key="${field[1]}"`, value: field[2] ?? '' }]
  const parts = [
    { name: '"@status"', value: String(status) },
    { name: '"content-digest"', value: digest },
    { name: '"@method";req', value: method },
    { name: '"@path";req', value: path },
    ...bound,
  ]
  return {
    components: parts.map(({ name }) => name).join(' '),
    lines: parts.map(({ name, value }) => `${name}: ${value}`),
  }
}

/** Why a request's signature does not hold, by the page's codes; null when it does. */
export function requestFault(request: Received, peerKeys: Headers, now: number): string | null {
  const input = request.headers['signature-input']
  const sent = request.headers['signature']
  if (input === undefined || sent === undefined) return 'SIGNATURE_MISSING'
  const params = FIELD.exec(input)?.[2] ?? ''
  const read = PARAMS.exec(params)
  if (read === null) return 'SIGNATURE_INVALID'
  const [, components = '', created = '', expires = '', nonce, keyId = ''] = read
  if (components !== REQUEST_LIST) return 'SIGNATURE_INVALID'
  const key = peerKeys[keyId]
  if (key === undefined) return 'KEY_UNKNOWN'
  if (now - Number(created) * 1000 > WINDOW_MS || now > Number(expires) * 1000) return 'TIMESTAMP_STALE'
  if (Number(created) * 1000 - now > WINDOW_MS) return 'TIMESTAMP_FUTURE'
  if (nonce === undefined) return 'NONCE_MISSING'
  const digest = request.headers['content-digest'] ?? ''
  if (digest !== contentDigest(request.body)) return 'DIGEST_MISMATCH'
  const lines = requestLines(request.method, request.headers['host'] ?? '', request.target, digest)
  return holds(lines, params, sent, key) ? null : 'SIGNATURE_INVALID'
}

/** Whether the hub's reply is signed by a known key, for this very request. */
export function replyHolds(
  reply: Sent,
  method: string,
  target: string,
  asked: string | undefined,
  peerKeys: Headers,
): boolean {
  const input = FIELD.exec(reply.headers['signature-input'] ?? '')?.[2] ?? ''
  const keyId = PARAMS.exec(input)?.[5]
  const key = keyId === undefined ? undefined : peerKeys[keyId]
  const digest = reply.headers['content-digest'] ?? ''
  if (key === undefined || digest !== contentDigest(reply.body)) return false
  const { components, lines } = replyParts(reply.status, digest, method, target, asked)
  return input.startsWith(`(${components})`) && holds(lines, input, reply.headers['signature'] ?? '', key)
}

function holds(lines: readonly string[], params: string, field: string, key: string): boolean {
  const base64 = /=:([A-Za-z0-9+/=]+):$/.exec(field)?.[1] ?? ''
  const base = [...lines, `"@signature-params": ${params}`].join('\n')
  return sm2Holds(Buffer.from(base), Buffer.from(base64, 'base64'), key)
}
