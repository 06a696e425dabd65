import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'undici'
import { nobleEngine } from '../src/crypto/engine-noble.js'
import { bytes32, sm2Curve } from '../src/crypto/sm2-curve.js'
import type { Sm2Engine } from '../src/crypto/sm2-engine.js'
import { generateSm2Key, publicPointOf, signingKey } from '../src/crypto/sm2-keys.js'

/**
 * A system that asks the gateway in the canonical dialect, written by hand from spec/dialects/canonical.md so that
 * every part of its signature can be bent.
 */
export interface AskOptions {
  readonly path?: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds added to the clock. */
  readonly clock?: number
  readonly nonce?: string | null
  readonly keyId?: string
  readonly bend?: 'flip' | 'drop' | 'empty-id' | 'foreign-key' | 'other-path' | 'other-body'
  /** A sender who signs nothing at all. */
  readonly unsigned?: boolean
}

export interface AskedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly json: Record<string, unknown>
}

export interface CanonicalAsker {
  ask(options: AskOptions): Promise<AskedReply>
  /** The request as it would be sent, so that it can be sent twice or cut in half. */
  signed(options: AskOptions): Promise<SignedRequest>
  send(request: SignedRequest): Promise<AskedReply>
  close(): Promise<void>
}

export interface SignedRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Actor {
  readonly keyId: string
  readonly privateKey: string
}

/**
 * `folder` is the demo's, which holds the keys of everybody in it. The engine signs; unless told otherwise it is not
 * the one of the gateway under test.
 */
export function canonicalAsker(
  url: string,
  folder: string,
  name = 'guangdong',
  engine: Sm2Engine = nobleEngine,
): CanonicalAsker {
  const actors = JSON.parse(readFileSync(join(folder, 'keys/actors.json'), 'utf8')) as Record<string, Actor>
  const actor = actors[name]
  if (actor === undefined) throw new Error(`no actor ${name}`)
  const d = Buffer.from(actor.privateKey, 'hex')
  const key = signingKey(engine, actor.keyId, d)
  const pool = new Pool(url, { connections: 8 })
  const host = new URL(url).host
  return { ask: async (options) => send(await signed(options)), signed, send, close: () => pool.close() }

  async function signed(options: AskOptions): Promise<SignedRequest> {
    const { path = '/v1/verifyData', clock = 0, keyId = actor?.keyId ?? '', bend } = options
    const body = Buffer.from(options.body)
    const plain = { host, 'content-type': 'application/json', ...options.headers }
    if (options.unsigned) return { path, headers: plain, body }
    const digest = contentDigest(bend === 'other-body' ? Buffer.from('{}') : body)
    const created = Math.floor((Date.now() + clock) / 1000)
    const nonce = options.nonce === null ? '' : `;nonce="${options.nonce ?? randomBytes(16).toString('hex')}"`
    const list = '("@method" "@authority" "@path" "@query" "content-digest")'
    const params = `${list};created=${created};expires=${created + 300}${nonce};keyid="${keyId}";tag="hutong"`
    const [target = '', query = ''] = path.split('?')
    const base = [
      '"@method": POST',
      `"@authority": ${host}`,
      `"@path": ${bend === 'other-path' ? '/v1/search' : target}`,
      `"@query": ?${query}`,
      `"content-digest": ${digest}`,
      `"@signature-params": ${params}`,
    ].join('\n')
    const signature = Buffer.from(await signatureOf(Buffer.from(base), bend))
    if (bend === 'flip') signature[10] = (signature[10] ?? 0) ^ 1
    const headers = {
      ...plain,
      'content-digest': digest,
      'signature-input': `hutong=${params}`,
      ...(bend === 'drop' ? {} : { signature: `hutong=:${signature.toString('base64')}:` }),
    }
    return { path, headers, body }
  }

  function signatureOf(base: Buffer, bend: AskOptions['bend']): Uint8Array | Promise<Uint8Array> {
    if (bend === 'foreign-key') return signingKey(engine, keyIdOfNobody, generateSm2Key()).sign(base)
    return bend === 'empty-id' ? engine.sign(engine.importPrivate(d), emptyIdentity(d), [base]) : key.sign(base)
  }

  async function send({ path, headers, body }: SignedRequest): Promise<AskedReply> {
    const reply = await pool.request({ path, method: 'POST', headers: { ...headers }, body })
    const text = await reply.body.text()
    const plain = Object.fromEntries(Object.entries(reply.headers).map(([header, value]) => [header, String(value)]))
    return { status: reply.statusCode, headers: plain, text, json: parse(text) }
  }
}

const keyIdOfNobody = 'nobody-1'

/** What SM2 signs along when nobody sets a user id, as OpenSSL does in silence. */
function emptyIdentity(d: Uint8Array): Uint8Array {
  const hash = createHash('sm3').update(Uint8Array.of(0, 0))
  for (const parameter of [sm2Curve.a, sm2Curve.b, sm2Curve.Gx, sm2Curve.Gy]) hash.update(bytes32(parameter))
  return hash.update(publicPointOf(d).subarray(1)).digest()
}

export function contentDigest(body: Uint8Array): string {
  const of = (algorithm: string) => createHash(algorithm).update(body).digest('base64')
  return `sha-256=:${of('sha256')}:, sm3=:${of('sm3')}:`
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** A purpose that the demo's use list grants. A case is about one holder, so each question brings its own. */
export function purpose(more: Readonly<Record<string, unknown>> = {}) {
  return {
    organisation: '广东省政务服务中心（测试）',
    operator: { id: 'gd-window-07' },
    category: 'item',
    itemCode: 'HUTONG-DEMO-0001',
    itemName: '资质核验（演示）',
    caseNumber: `GD-${randomBytes(6).toString('hex')}`,
    reason: '测试',
    ...more,
  }
}
