import { createHmac } from 'node:crypto'
import { HubError } from '../../canonical/errors.js'
import { sm3Hex } from '../../crypto/sm3.js'
import { CLOCK_WINDOW_MS, type Proof, type SignerContext, type TransportSigner, type WireRequest } from '../adapter.js'
import { sameMac, secretOf } from './secret.js'

/** Names of the secrets that every sender of this signer has; the sids are the dialect's to name. */
export const gjSecrets = ['rid', 'appsecret'] as const

export interface GjHmacOptions {
  /** Family of the headers: `gjzwfwpt` or `gjgxjhpt`. */
  readonly prefix: string
  /** Name of the secret that holds the sid of the interface that is called; undefined when it is none. */
  sidSecret(wire: WireRequest): string | undefined
}

const RTIME = /^\d{1,15}$/

/** `Base64(HmacSHA256(appsecret, sid + rid + rtime))`. Source: EST, in this order; rid + sid exists and is wrong. */
export function gjSign(appsecret: string, sid: string, rid: string, rtime: string): string {
  return createHmac('sha256', appsecret)
    .update(sid + rid + rtime)
    .digest('base64')
}

/**
 * The four headers of the national platforms. They cover neither path nor body, so what is single-use is a digest
 * over them and the body; the reply is not signed at all. Both rely on TLS.
 */
export function gjHmac<M>({ prefix, sidSecret }: GjHmacOptions): TransportSigner<M> {
  const names = { rid: `${prefix}_rid`, sid: `${prefix}_sid`, rtime: `${prefix}_rtime`, sign: `${prefix}_sign` }
  const sidFor = (wire: WireRequest, context: SignerContext) => secretOf(context, sidSecret(wire) ?? 'sid')

  function signRequest(wire: WireRequest, context: SignerContext): WireRequest {
    const [rid, sid, rtime] = [secretOf(context, 'rid'), sidFor(wire, context), nextTime(context)]
    const sign = gjSign(secretOf(context, 'appsecret'), sid, rid, rtime)
    const headers = { [names.rid]: rid, [names.sid]: sid, [names.rtime]: rtime, [names.sign]: sign }
    return { ...wire, headers: { ...wire.headers, ...headers } }
  }

  function checkRequest(wire: WireRequest, context: SignerContext): Proof {
    const { headers } = wire
    const [rid, sid, rtime, sign] = [headers[names.rid], headers[names.sid], headers[names.rtime], headers[names.sign]]
    if (rid === undefined) throw new HubError('SIGNATURE_MISSING', { subject: names.rid })
    if (sid === undefined) throw new HubError('SIGNATURE_MISSING', { subject: names.sid })
    if (rtime === undefined) throw new HubError('TIMESTAMP_MISSING', { subject: names.rtime })
    if (sign === undefined) throw new HubError('SIGNATURE_MISSING', { subject: names.sign })
    if (rid !== secretOf(context, 'rid')) throw new HubError('CALLER_UNKNOWN', { subject: names.rid })
    if (!RTIME.test(rtime)) throw new HubError('REQUEST_INVALID', { subject: names.rtime })
    const at = Number(rtime)
    if (at < context.now - CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_STALE', { subject: names.rtime })
    if (at > context.now + CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_FUTURE', { subject: names.rtime })
    if (sid !== sidFor(wire, context)) throw new HubError('CREDENTIAL_REFUSED', { subject: names.sid })
    if (!sameMac(sign, gjSign(secretOf(context, 'appsecret'), sid, rid, rtime))) {
      throw new HubError('SIGNATURE_INVALID', { subject: names.sign })
    }
    return { strength: 'hmac', keyId: rid, replay: { nonce: replayNonce(rid, sid, rtime, wire.body), at } }
  }

  return { carries: 'hmac', signRequest, checkRequest: (_message, wire, context) => checkRequest(wire, context) }
}

// Line feeds cannot stand in a header, so the parts cannot run into each other.
function replayNonce(rid: string, sid: string, rtime: string, body: Uint8Array): string {
  return sm3Hex(Buffer.from(`${rid}\n${sid}\n${rtime}\n${sm3Hex(body)}`))
}

/**
 * The time, raised where it would repeat: two questions with one body in one millisecond are one replay claim. It runs
 * ahead by a second at most; past a thousand questions a second a repeated body is what can still collide.
 */
function nextTime({ now, session }: SignerContext): string {
  const last = Number(session.get('rtime') ?? 0)
  const time = String(last >= now && last < now + 1000 ? last + 1 : now)
  session.set('rtime', time)
  return time
}
