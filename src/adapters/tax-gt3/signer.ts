import { HubError } from '../../canonical/errors.js'
import { CLOCK_WINDOW_MS, type TransportSigner, type WireRequest } from '../adapter.js'
import { secretOf } from '../signers/secret.js'
import { checkUnsignedPeer, secretMatches } from '../signers/unsigned-peer.js'
import { isSuccess } from './codes.js'
import type { Head, TaxMessage } from './envelope.js'

const SECRET_HEADER = 'hutong-spoke-secret'
const CHINA_MS = 8 * 3_600_000

/** EST that the dialect carries no signature: who asks is what the connection proves. */
export const signer: TransportSigner<TaxMessage> = {
  carries: 'nothing',
  sealRequest(message, context) {
    const time = writeTime(context.now)
    const channelId = secretOf(context, 'channelId')
    return { ...message, head: { ...message.head, channelId, tranSeq: context.nonce(), ...time } }
  },
  signRequest(wire, { keys }) {
    const secret = keys.secrets['spokeSecret']
    return secret === undefined || secret === ''
      ? wire
      : { ...wire, headers: { ...wire.headers, [SECRET_HEADER]: secret } }
  },
  openReply(message, _wire, sent) {
    const { tranSeq, result } = message.head
    // Who could not read a request cannot repeat its number, and may say no more than that it failed.
    const isBareFailure = tranSeq === '' && result !== null && !isSuccess(result)
    if (!isBareFailure && tranSeq.toLowerCase() !== sentSequence(sent)) {
      throw new HubError('REPLY_MISMATCH', { subject: 'tran_seq' })
    }
    return message
  },
  checkRequest({ head }, wire, context) {
    const { keys, peer } = context
    const strength = checkUnsignedPeer(
      peer,
      keys,
      secretMatches(wire.headers[SECRET_HEADER], keys.secrets['spokeSecret']),
    )
    const channelId = secretOf(context, 'channelId')
    if (head.channelId !== channelId) {
      throw new HubError('CREDENTIAL_REFUSED', { subject: 'channel_id' })
    }
    const at = readTime(head)
    if (at < context.now - CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_STALE', { subject: 'tran_date' })
    if (at > context.now + CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_FUTURE', { subject: 'tran_date' })
    if (!/^[0-9a-fA-F]{32}$/.test(head.tranSeq)) throw new HubError('NONCE_MISSING', { subject: 'tran_seq' })
    const keyId = strength === 'pinned-certificate' ? (peer.clientCertificate ?? '') : channelId
    return { strength, keyId, replay: { nonce: head.tranSeq.toLowerCase(), at } }
  },
}

// Our own bytes, in which the head comes before anything that could hold the same element.
function sentSequence({ body }: WireRequest): string {
  const start = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const at = start.indexOf('<tran_seq>')
  return at < 0 ? '?' : start.toString('latin1', at + 10, at + 42).toLowerCase()
}

/** The time at +08:00, in the form of the head. */
export function writeTime(at: number): { readonly tranDate: string; readonly tranTime: string } {
  const digits = new Date(at + CHINA_MS).toISOString().replace(/\D/g, '')
  return { tranDate: digits.slice(0, 8), tranTime: digits.slice(8) }
}

/** @throws HubError TIMESTAMP_MISSING for what is absent or no time */
function readTime({ tranDate, tranTime }: Head): number {
  if (!/^\d{8}$/.test(tranDate)) throw new HubError('TIMESTAMP_MISSING', { subject: 'tran_date' })
  if (!/^\d{9}$/.test(tranTime)) throw new HubError('TIMESTAMP_MISSING', { subject: 'tran_time' })
  const part = (from: number, to: number) => Number((tranDate + tranTime).slice(from, to))
  const at = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14), part(14, 17))
  const time = at - CHINA_MS
  // Date.UTC carries the 31st of June over to July: what does not come back was no time.
  const back = writeTime(time)
  if (back.tranDate !== tranDate) throw new HubError('TIMESTAMP_MISSING', { subject: 'tran_date' })
  if (back.tranTime !== tranTime) throw new HubError('TIMESTAMP_MISSING', { subject: 'tran_time' })
  return time
}
