import { type ErrorCode, HubError } from '../../canonical/errors.js'
import {
  CLOCK_WINDOW_MS,
  type Proof,
  type SignerContext,
  type TransportSigner,
  type WireHeaders,
  type WireReply,
  type WireRequest,
} from '../adapter.js'
import { contentDigest, digestHolds } from './content-digest.js'
import { replyValue, requestValue, signatureBase, signatureOf, subjectOf } from './signature-base.js'
import { readSignature, readSignatureInput, SIGNATURE_FIELD_LIMIT, type SignatureInput } from './signature-input.js'

/** Application tag of our signatures: a signature that was made for another purpose is none of ours. */
export const SIGNATURE_TAG = 'hutong'
const LABEL = 'hutong'
const REQUEST_COMPONENTS = ['"@method"', '"@authority"', '"@path"', '"@query"', '"content-digest"'] as const
const REQUEST_LIST = REQUEST_COMPONENTS.join(' ')
const NONCE = /^[A-Za-z0-9._~+/=-]{16,128}$/

/**
 * RFC 9421 message signatures with RFC 9530 digests: SM2 with SM3, r‖s, bound to the key id and never named in the
 * message. The page is spec/dialects/canonical.md. Works under any envelope, since it reads headers and bytes only.
 */
export function httpMessageSigner<M>(): TransportSigner<M> {
  return {
    carries: 'signature',
    signRequest,
    checkRequest: (_message, wire, context) => checkRequest(wire, context),
    signReply,
    openReply(message, reply, sent, context) {
      checkReply(reply, sent, context)
      return message
    },
  }
}

/** The key id that a message names; nothing has been verified. Undefined when there is none to be read. */
export function claimedKeyId(headers: WireHeaders): string | undefined {
  const field = headers['signature-input']
  if (field === undefined || field.length > SIGNATURE_FIELD_LIMIT) return undefined
  try {
    return readSignatureInput(field).keyId
  } catch {
    return undefined
  }
}

async function signRequest(wire: WireRequest, context: SignerContext): Promise<WireRequest> {
  const { authority } = context
  if (authority === undefined) throw new HubError('INTERNAL', { subject: '@authority' })
  const { method, target, mount, body } = wire
  const headers = { host: authority, 'content-digest': contentDigest(body), 'signature-input': '', signature: '' }
  const signed = { method, target, mount, headers, body }
  const params = `(${REQUEST_LIST})${parameters(context)}`
  const base = signatureBase(REQUEST_COMPONENTS, params, (component) => requestValue(component, signed))
  await addSignature(headers, base, params, context)
  addOthers(headers, wire.headers)
  return signed
}

async function signReply(reply: WireReply, asked: WireRequest, context: SignerContext): Promise<WireReply> {
  const { status, body } = reply
  const headers = { 'content-digest': contentDigest(body), 'signature-input': '', signature: '' }
  const signed = { status, headers, body }
  const components = replyComponents(asked)
  const params = `(${components.join(' ')})${parameters(context)}`
  const base = signatureBase(components, params, (component) => replyValue(component, signed, asked))
  await addSignature(headers, base, params, context)
  addOthers(headers, reply.headers)
  return signed
}

/** What a reply to this request must cover. The request's signature is what no other request has. */
function replyComponents(asked: WireRequest): readonly string[] {
  const components = ['"@status"', '"content-digest"', '"@method";req', '"@path";req']
  const label = signatureOf(asked)?.label
  return label === undefined ? components : [...components, `"signature";req;key="${label}"`]
}

function parameters(context: SignerContext): string {
  const { keyId } = ourKey(context)
  const created = Math.floor(context.now / 1000)
  const expires = created + CLOCK_WINDOW_MS / 1000
  return `;created=${created};expires=${expires};nonce="${context.nonce()}";keyid="${keyId}";tag="${SIGNATURE_TAG}"`
}

/** Fills in the two fields of a message that nobody else has seen yet. */
async function addSignature(
  headers: { 'signature-input': string; signature: string },
  base: string,
  params: string,
  context: SignerContext,
): Promise<void> {
  const value = await ourKey(context).sign(Buffer.from(base))
  headers['signature-input'] = `${LABEL}=${params}`
  headers['signature'] = `${LABEL}=:${Buffer.from(value).toString('base64')}:`
}

/** What else the message carries; what is signed comes from us. */
function addOthers(headers: Record<string, string>, others: WireHeaders): void {
  for (const name in others) headers[name] ??= others[name] ?? ''
}

function ourKey(context: SignerContext) {
  const { signing } = context.keys
  if (signing === null) throw new HubError('INTERNAL', { subject: 'keyid' })
  return signing
}

/** @throws HubError with an auth, time or replay code */
function checkRequest(wire: WireRequest, context: SignerContext): Proof {
  const { input, base64 } = readFields(wire.headers)
  const base = coveredBase(input, REQUEST_COMPONENTS, (component) => requestValue(component, wire))
  const keyId = input.keyId ?? invalid('keyid')
  const key = context.keys.verifying.get(keyId)
  if (key === undefined) throw new HubError('KEY_UNKNOWN')
  const created = timeOf(input, context.now)
  const nonce = nonceOf(input)
  if (!digestHolds(wire.headers['content-digest'] ?? '', wire.body)) throw new HubError('DIGEST_MISMATCH')
  if (!key.verify(Buffer.from(base), Buffer.from(base64, 'base64'))) invalid('signature')
  return { strength: 'signature', keyId, replay: { nonce, at: created } }
}

// A front or a peer that is going down answers without a key at hand. Its status is believed only so far as that
// there is no answer, which anybody on the wire can bring about anyway.
const NO_ANSWER: Readonly<Record<number, ErrorCode>> = {
  429: 'ISSUER_BUSY',
  502: 'ISSUER_UNREACHABLE',
  503: 'ISSUER_UNREACHABLE',
  504: 'ISSUER_TIMEOUT',
}

/** @throws HubError REPLY_SIGNATURE_INVALID or REPLY_STALE, and an ISSUER_… code for an unsigned refusal to serve */
function checkReply(reply: WireReply, sent: WireRequest, context: SignerContext): void {
  const noAnswer = NO_ANSWER[reply.status]
  if (noAnswer !== undefined && reply.headers['signature'] === undefined) throw new HubError(noAnswer)
  try {
    const { input, base64 } = readFields(reply.headers)
    const base = coveredBase(input, replyComponents(sent), (component) => replyValue(component, reply, sent))
    const key = context.keys.verifying.get(input.keyId ?? invalid('keyid')) ?? invalid('keyid')
    timeOf(input, context.now)
    nonceOf(input)
    if (!digestHolds(reply.headers['content-digest'] ?? '', reply.body)) invalid('content-digest')
    if (!key.verify(Buffer.from(base), Buffer.from(base64, 'base64'))) invalid('signature')
  } catch (thrown) {
    throw replyError(HubError.from(thrown))
  }
}

/** The same fault, told about a reply instead of a request. */
function replyError(error: HubError): HubError {
  if (error.code === 'INTERNAL') return error
  const stale = error.code === 'TIMESTAMP_STALE' || error.code === 'TIMESTAMP_FUTURE'
  const subject = error.subject ?? 'signature'
  return new HubError(stale ? 'REPLY_STALE' : 'REPLY_SIGNATURE_INVALID', { subject, cause: error })
}

function readFields(headers: WireHeaders): { readonly input: SignatureInput; readonly base64: string } {
  const inputField = headers['signature-input']
  const signatureField = headers['signature']
  if (inputField === undefined || signatureField === undefined) throw new HubError('SIGNATURE_MISSING')
  const input = readSignatureInput(inputField)
  const { label, base64 } = readSignature(signatureField)
  if (label !== input.label) invalid('signature')
  // The key id decides the algorithm. A message that names one asks to be believed about it.
  if (input.alg !== undefined) invalid('alg')
  if (input.tag !== SIGNATURE_TAG) invalid('tag')
  return { input, base64 }
}

function coveredBase(
  { components, params }: SignatureInput,
  required: readonly string[],
  read: (component: string) => string | undefined,
): string {
  const missing = required.find((component) => !components.includes(component))
  if (missing !== undefined) invalid(subjectOf(missing))
  if (new Set(components).size !== components.length) invalid('signature-input')
  return signatureBase(components, params, read)
}

/** Epoch milliseconds of `created`, once both times have been found in the window. */
function timeOf({ created, expires }: SignatureInput, now: number): number {
  if (created === undefined) throw new HubError('TIMESTAMP_MISSING', { subject: 'created' })
  if (expires === undefined) throw new HubError('TIMESTAMP_MISSING', { subject: 'expires' })
  const at = created * 1000
  if (at < now - CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_STALE', { subject: 'created' })
  if (expires * 1000 < now) throw new HubError('TIMESTAMP_STALE', { subject: 'expires' })
  if (at > now + CLOCK_WINDOW_MS) throw new HubError('TIMESTAMP_FUTURE', { subject: 'created' })
  return at
}

function nonceOf({ nonce }: SignatureInput): string {
  if (nonce === undefined) throw new HubError('NONCE_MISSING', { subject: 'nonce' })
  return NONCE.test(nonce) ? nonce : invalid('nonce')
}

function invalid(subject: string): never {
  throw new HubError('SIGNATURE_INVALID', { subject })
}
