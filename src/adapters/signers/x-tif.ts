import { createHash } from 'node:crypto'
import { HubError } from '../../canonical/errors.js'
import {
  CLOCK_WINDOW_MS,
  type Proof,
  type SignerContext,
  type TransportSigner,
  type WireHeaders,
  type WireRequest,
} from '../adapter.js'
import { sameMac, secretOf } from './secret.js'

/** Names of the secrets. `serviceId` may be configured too and is then sent. */
export const xTifSecrets = ['paasId', 'token'] as const

/** The person that a gateway of this family vouches for, as its headers give it. */
export interface TifIdentity {
  readonly uid: string
  readonly uinfo: string
  readonly ext: string
}

const NONCE = /^[A-Za-z0-9_-]{8,64}$/
const SECONDS = /^\d{10}$/
const HEX = /^[0-9A-F]{64}$/

/**
 * `HEX-UPPER(SHA256(ts + token + nonce + ts))`, with an identity `…nonce + "," + uid + "," + uinfo + "," + ext + ts`.
 * Source: EST; ts in seconds.
 */
export function xTifSignature(token: string, timestamp: string, nonce: string, identity?: TifIdentity): string {
  const named = identity === undefined ? '' : `,${identity.uid},${identity.uinfo},${identity.ext}`
  return createHash('sha256').update(`${timestamp}${token}${nonce}${named}${timestamp}`).digest('hex').toUpperCase()
}

/**
 * Signer of the TIF gateways (粤政易, Guangdong, NHSA), usable under any envelope. It covers neither path nor body, and
 * replies are not signed: both rely on TLS. `prefix` is `x-tif`, in test environments `x-rio`.
 */
export function xTif<M>({ prefix = 'x-tif' }: { readonly prefix?: string } = {}): TransportSigner<M> {
  function signRequest(wire: WireRequest, context: SignerContext): WireRequest {
    const [timestamp, nonce] = [String(Math.floor(context.now / 1000)), context.nonce()]
    const serviceId = context.keys.secrets['serviceId']
    const headers = {
      [`${prefix}-paasid`]: secretOf(context, 'paasId'),
      [`${prefix}-timestamp`]: timestamp,
      [`${prefix}-nonce`]: nonce,
      [`${prefix}-signature`]: xTifSignature(secretOf(context, 'token'), timestamp, nonce),
      ...(serviceId === undefined ? {} : { [`${prefix}-serviceid`]: serviceId }),
    }
    return { ...wire, headers: { ...wire.headers, ...headers } }
  }

  function checkRequest({ headers }: WireRequest, context: SignerContext): Proof {
    const paasId = secretOf(context, 'paasId')
    const claimed = headers[`${prefix}-paasid`]
    // A gateway that passes a person's request on names the person and not the system.
    if (claimed !== undefined && claimed !== paasId)
      throw new HubError('CALLER_UNKNOWN', { subject: `${prefix}-paasid` })
    const timestamp = required(headers, `${prefix}-timestamp`, 'TIMESTAMP_MISSING')
    const nonce = required(headers, `${prefix}-nonce`, 'NONCE_MISSING')
    const signature = required(headers, `${prefix}-signature`, 'SIGNATURE_MISSING').toUpperCase()
    if (!SECONDS.test(timestamp)) throw new HubError('REQUEST_INVALID', { subject: `${prefix}-timestamp` })
    const at = Number(timestamp) * 1000
    if (at < context.now - CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_STALE', { subject: `${prefix}-timestamp` })
    if (at > context.now + CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_FUTURE', { subject: `${prefix}-timestamp` })
    const expected = xTifSignature(secretOf(context, 'token'), timestamp, nonce, identityOf(headers))
    // The parts are joined by nothing. Without a grammar for the nonce, `nonce,uid` of one request would be the nonce
    // of another under the same signature, and the hash could be continued past its end.
    const held = NONCE.test(nonce) && HEX.test(signature)
    if (!held || !sameMac(signature, expected)) {
      throw new HubError('SIGNATURE_INVALID', { subject: `${prefix}-signature` })
    }
    return { strength: 'hmac', keyId: paasId, replay: { nonce, at } }
  }

  function identityOf(headers: WireHeaders): TifIdentity | undefined {
    const [uid, uinfo, ext] = [headers[`${prefix}-uid`], headers[`${prefix}-uinfo`], headers[`${prefix}-ext`]]
    if (uid === undefined && uinfo === undefined && ext === undefined) return undefined
    // A comma in one of these would let a part of it pass for the next.
    if (uid?.includes(',')) throw new HubError('SIGNATURE_INVALID', { subject: `${prefix}-uid` })
    if (uinfo?.includes(',')) throw new HubError('SIGNATURE_INVALID', { subject: `${prefix}-uinfo` })
    return { uid: uid ?? '', uinfo: uinfo ?? '', ext: ext ?? '' }
  }

  return { carries: 'hmac', signRequest, checkRequest: (_message, wire, context) => checkRequest(wire, context) }
}

function required(
  headers: WireHeaders,
  name: string,
  code: 'TIMESTAMP_MISSING' | 'NONCE_MISSING' | 'SIGNATURE_MISSING',
): string {
  const value = headers[name]
  if (value === undefined || value === '') throw new HubError(code, { subject: name })
  return value
}
