import { canonicalJson } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import { type Operation, operations } from '../../canonical/model.js'
import { type Envelope, nativeTarget, type WireHeaders, type WireReply } from '../adapter.js'
import { parseJsonObject } from '../wire/json.js'

/** A message of this dialect, request or reply: what JSON and HTTP carry, not yet read. */
export interface CanonicalMessage {
  /** What the path asks for; null in a reply, which does not repeat it. */
  readonly operation: Operation | null
  /** HTTP status; 0 in a request. */
  readonly status: number
  /** Seconds; null when nobody knows. */
  readonly retryAfter: number | null
  readonly body: Readonly<Record<string, unknown>>
}

const PREFIX = '/v1/'
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i

/** JSON over `POST /v1/<operation>`, written as RFC 8785 so that anybody can repeat a hash of it. */
export const envelope: Envelope<CanonicalMessage> = {
  readRequest(wire) {
    const operation = operationOf(nativeTarget(wire))
    if (wire.method !== 'POST') throw new HubError('METHOD_NOT_ALLOWED')
    if (!isJson(wire.headers)) throw new HubError('CONTENT_TYPE_UNSUPPORTED')
    return { operation, status: 0, retryAfter: null, body: parseJsonObject(wire.body) }
  },
  writeRequest({ operation, body }, mount) {
    const target = `${mount}${PREFIX}${operation}`
    return { method: 'POST', target, mount, headers: { 'content-type': 'application/json' }, body: bytesOf(body) }
  },
  readReply(wire) {
    return { operation: null, status: wire.status, retryAfter: retryAfterOf(wire.headers), body: replyBody(wire) }
  },
  writeReply({ status, retryAfter, body }) {
    const type = { 'content-type': 'application/json' }
    const headers = retryAfter === null ? type : { ...type, 'retry-after': String(retryAfter) }
    return { status, headers, body: bytesOf(body) }
  },
  attachReceipt: (reply, receipt) => ({ ...reply, body: withMember(reply.body, 'receipt', canonicalJson(receipt)) }),
}

function operationOf(target: string): Operation {
  if (target.includes('?')) throw new HubError('REQUEST_INVALID', { subject: 'query' })
  const name = target.startsWith(PREFIX) ? target.slice(PREFIX.length) : ''
  const operation = operations.find((known) => known === name)
  if (operation === undefined) throw new HubError('ENDPOINT_UNKNOWN')
  return operation
}

export function isJson(headers: WireHeaders): boolean {
  const encoding = headers['content-encoding']
  return JSON_TYPE.test(headers['content-type'] ?? '') && (encoding === undefined || encoding === 'identity')
}

// A failure may come from a front that does not speak JSON. Its body says nothing, but its status still does.
function replyBody(wire: WireReply): CanonicalMessage['body'] {
  try {
    if (isJson(wire.headers)) return parseJsonObject(wire.body)
  } catch (cause) {
    if (wire.status === 200) throw new HubError('REPLY_MALFORMED', { cause })
  }
  if (wire.status === 200) throw new HubError('REPLY_MALFORMED', { subject: 'content-type' })
  return {}
}

function retryAfterOf(headers: WireHeaders): number | null {
  const value = headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(value) ? Number(value) : null
}

function bytesOf(body: CanonicalMessage['body']): Uint8Array {
  return Buffer.from(canonicalJson(body))
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Adds a member to an object in RFC 8785 form, at its place, without writing the rest again. The text is ours, so its
 * form is known; member names are ASCII, so bytes compare like UTF-16 code units.
 */
function withMember(object: Uint8Array, name: string, value: string): Uint8Array {
  const text = Buffer.from(object.buffer, object.byteOffset, object.byteLength)
  let depth = 0
  let at = 0
  for (; at < text.length; at++) {
    const byte = text[at]
    if (byte === QUOTE) {
      const end = stringEnd(text, at)
      // In an object of depth 1, a string after `{` or `,` is a member's name.
      const before = text[at - 1]
      const isName = depth === 1 && (before === 0x7b || before === 0x2c)
      if (isName && text.toString('latin1', at + 1, end) > name) break
      at = end
    } else if (byte === 0x7b || byte === 0x5b) depth++
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) break
  }
  const member = `"${name}":${value}`
  const isLast = depth === 0
  const joined = isLast ? (text[at - 1] === 0x7b ? member : `,${member}`) : `${member},`
  return Buffer.concat([text.subarray(0, at), Buffer.from(joined), text.subarray(at)])
}

function stringEnd(text: Buffer, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++
    else if (text[at] === QUOTE) return at
  }
  return text.length
}

/** A reply before it is written. */
export function replyOf(status: number, body: CanonicalMessage['body']): CanonicalMessage {
  return { operation: null, status, retryAfter: null, body }
}
