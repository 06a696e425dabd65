import { createHmac } from 'node:crypto'
import { HubError } from '../../canonical/errors.js'
import { sm3Hex } from '../../crypto/sm3.js'
import type { Proof, SignerContext, TransportSigner, WireRequest } from '../adapter.js'
import { sameMac, secretOf } from './secret.js'

export const xBgSecrets = ['accessKey', 'secretKey'] as const

/** The server of this family allows 90 seconds, either way. Source: EST. */
export const X_BG_WINDOW_MS = 90_000

const names = {
  algorithm: 'x-bg-hmac-algorithm',
  accessKey: 'x-bg-hmac-access-key',
  date: 'x-bg-date-time',
  signature: 'x-bg-hmac-signature',
} as const
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * `Base64(HmacSHA256(secretKey, METHOD LF PATH LF QUERY LF accessKey LF date LF))`; QUERY is decoded `k=v`, sorted and
 * joined by `&`. Source: EST; the vendor's page says hex, every implementation uses Base64.
 *
 * @throws HubError SIGNATURE_INVALID for a query that could be read in two ways once it is decoded
 */
export function xBgSignature(
  secretKey: string,
  accessKey: string,
  method: string,
  target: string,
  date: string,
): string {
  const at = target.indexOf('?')
  const [path, query] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
  return createHmac('sha256', secretKey)
    .update(`${method}\n${path}\n${sortedQuery(query)}\n${accessKey}\n${date}\n`)
    .digest('base64')
}

/**
 * Signer of the `X-BG-*` gateways (Zhejiang IRS), usable under any envelope. The body is not covered and replies are
 * not signed: both rely on TLS. The date has whole seconds, so one question asked twice in a second is a replay.
 */
export function xBgHmac<M>(): TransportSigner<M> {
  return { carries: 'hmac', signRequest, checkRequest: (_message, wire, context) => checkRequest(wire, context) }
}

function signRequest(wire: WireRequest, context: SignerContext): WireRequest {
  const [accessKey, date] = [secretOf(context, 'accessKey'), new Date(context.now).toUTCString()]
  const headers = {
    [names.algorithm]: 'hmac-sha256',
    [names.accessKey]: accessKey,
    [names.date]: date,
    [names.signature]: xBgSignature(secretOf(context, 'secretKey'), accessKey, wire.method, wire.target, date),
  }
  return { ...wire, headers: { ...wire.headers, ...headers } }
}

function checkRequest(wire: WireRequest, context: SignerContext): Proof {
  const { headers, method, target } = wire
  const [given, accessKey, date] = [headers[names.signature], headers[names.accessKey], headers[names.date]]
  if (given === undefined) throw new HubError('SIGNATURE_MISSING', { subject: names.signature })
  if (accessKey === undefined) throw new HubError('SIGNATURE_MISSING', { subject: names.accessKey })
  if (date === undefined) throw new HubError('TIMESTAMP_MISSING', { subject: names.date })
  if (headers[names.algorithm]?.toLowerCase() !== 'hmac-sha256') {
    throw new HubError('SIGNATURE_INVALID', { subject: names.algorithm })
  }
  if (accessKey !== secretOf(context, 'accessKey')) throw new HubError('CALLER_UNKNOWN', { subject: names.accessKey })
  const at = HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN
  if (Number.isNaN(at)) throw new HubError('REQUEST_INVALID', { subject: names.date })
  if (at < context.now - X_BG_WINDOW_MS) throw new HubError('TIMESTAMP_STALE', { subject: names.date })
  if (at > context.now + X_BG_WINDOW_MS) throw new HubError('TIMESTAMP_FUTURE', { subject: names.date })
  const expected = xBgSignature(secretOf(context, 'secretKey'), accessKey, method, target, date)
  if (!sameMac(given, expected)) throw new HubError('SIGNATURE_INVALID', { subject: names.signature })
  // Neither a method nor a target holds a line feed, so the parts cannot run into each other.
  const asked = sm3Hex(Buffer.from(`${method}\n${target}\n`), wire.body)
  return {
    strength: 'hmac',
    keyId: accessKey,
    replay: { nonce: sm3Hex(Buffer.from(`${accessKey}\n${date}\n${asked}`)), at },
  }
}

function sortedQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=')
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    return `${decoded(name, /[&=\n]/)}=${decoded(value, /[&\n]/)}`
  })
  return pairs.sort().join('&')
}

// Decoding what was encoded for a reason would let one signature stand for two queries.
function decoded(text: string, refused: RegExp): string {
  let plain: string
  try {
    plain = decodeURIComponent(text.replaceAll('+', '%20'))
  } catch (cause) {
    throw new HubError('SIGNATURE_INVALID', { subject: 'query', cause })
  }
  if (refused.test(plain)) throw new HubError('SIGNATURE_INVALID', { subject: 'query' })
  return plain
}
