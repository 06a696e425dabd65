import { HubError } from '../../canonical/errors.js'
import type { Proof, SignerContext, TransportSigner, WireRequest } from '../adapter.js'
import { secretOf } from '../signers/secret.js'
import { checkUnsignedPeer, secretMatches } from '../signers/unsigned-peer.js'
import { parseJson } from '../wire/json.js'
import { OK } from './codes.js'
import type { HeadDataMessage } from './envelope.js'

export const secretNames = ['accessId', 'accessToken']

/** `04`, C1, C3 and at least one byte of C2. */
const SHORTEST_HEX = 2 * (65 + 32 + 1)
const HEX = /^04[0-9a-fA-F]+$/

/** Account and token in the head, and content that is sealed to the asker. Nothing is signed. */
export const signer: TransportSigner<HeadDataMessage> = {
  carries: 'nothing',
  sealRequest: (message, context) => ({
    ...message,
    accessId: secretOf(context, 'accessId'),
    accessToken: secretOf(context, 'accessToken'),
  }),
  checkRequest,
  sealReply(message, context) {
    if (message.data === null || message.status !== OK) return message
    const { sealing } = context.keys
    if (sealing === null) throw new HubError('INTERNAL', { subject: 'encryptTo' })
    const sealed = sealing.encrypt(Buffer.from(JSON.stringify(message.data)))
    return { ...message, sealed: Buffer.from(sealed).toString('hex').toUpperCase() }
  },
  openReply(message, _wire, _sent, context) {
    // A failure has nothing to open, whatever stands in its data.
    return message.sealed === null || message.status !== OK
      ? message
      : { ...message, data: open(message.sealed, context) }
  },
}

function checkRequest(message: HeadDataMessage, _wire: WireRequest, context: SignerContext): Proof {
  const { peer, keys } = context
  const accessId = secretOf(context, 'accessId')
  // Both are compared, so that the time tells nothing of which was wrong.
  const idMatches = secretMatches(message.accessId, accessId)
  const tokenMatches = secretMatches(message.accessToken, secretOf(context, 'accessToken'))
  const matches = idMatches && tokenMatches
  const strength = checkUnsignedPeer(peer, keys, matches)
  // A pinned certificate may belong to a machine that several accounts share.
  if (!matches) throw new HubError('CREDENTIAL_REFUSED', { subject: 'head' })
  // The dialect carries nothing that is single-use.
  return { strength, keyId: accessId, replay: null }
}

/** @throws HubError REPLY_UNDECRYPTABLE, or REPLY_MALFORMED when what was sealed is not JSON */
function open(sealed: string, { keys }: SignerContext) {
  let plain: Uint8Array
  try {
    // Buffer.from stops in silence at what is not hex.
    if (keys.opening === null || sealed.length < SHORTEST_HEX || sealed.length % 2 === 1 || !HEX.test(sealed)) {
      throw new HubError('REPLY_UNDECRYPTABLE')
    }
    plain = keys.opening.decrypt(Buffer.from(sealed, 'hex'))
  } catch (cause) {
    throw new HubError('REPLY_UNDECRYPTABLE', { subject: 'data', cause })
  }
  try {
    return parseJson(plain)
  } catch (cause) {
    throw new HubError('REPLY_MALFORMED', { subject: 'data', cause })
  }
}
