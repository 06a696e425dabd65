import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { type ErrorCode, HubError } from '../../canonical/errors.js'
import { nativeTarget, type WireHeaders, type WireReply, type WireRequest } from '../adapter.js'
import { parseJson, parseJsonObject } from './json.js'
import { isJsonObject } from './read.js'

export const JSON_HEADERS: WireHeaders = { 'content-type': 'application/json;charset=utf-8' }
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i

/**
 * Reads a POST with a JSON object, and what its path means.
 *
 * @throws HubError ENDPOINT_UNKNOWN, METHOD_NOT_ALLOWED, CONTENT_TYPE_UNSUPPORTED, REQUEST_INVALID or a parse code
 */
export function readJsonRequest<T>(
  wire: WireRequest,
  paths: ReadonlyMap<string, T>,
): { readonly path: T; readonly body: JsonObject } {
  const target = nativeTarget(wire)
  if (target.includes('?')) throw new HubError('REQUEST_INVALID', { subject: 'query' })
  const path = paths.get(target)
  if (path === undefined) throw new HubError('ENDPOINT_UNKNOWN')
  if (wire.method !== 'POST') throw new HubError('METHOD_NOT_ALLOWED')
  if (!JSON_TYPE.test(wire.headers['content-type'] ?? '')) throw new HubError('CONTENT_TYPE_UNSUPPORTED')
  return { path, body: parseJsonObject(wire.body) }
}

export function writeJsonRequest(path: string, mount: string, body: unknown): WireRequest {
  return { method: 'POST', target: mount + path, mount, headers: JSON_HEADERS, body: jsonBytes(body) }
}

/** HTTP 200 always: these dialects tell of failure in the body. */
export function writeJsonReply(body: unknown): WireReply {
  return { status: 200, headers: JSON_HEADERS, body: jsonBytes(body) }
}

function jsonBytes(body: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}

// A front that answers in the system's place does not speak its dialect; its status is all it says.
const OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  200: 'REPLY_MALFORMED',
  401: 'ISSUER_REFUSED',
  403: 'ISSUER_REFUSED',
  429: 'ISSUER_BUSY',
  502: 'ISSUER_UNREACHABLE',
  503: 'ISSUER_UNREACHABLE',
  504: 'ISSUER_TIMEOUT',
}

/**
 * Reads a JSON object that holds `member`, whatever its HTTP status and content type.
 *
 * @throws HubError REPLY_MALFORMED, or for another HTTP status than 200 what the status amounts to
 */
export function readJsonReply(wire: WireReply, member: string): JsonObject {
  let cause: unknown
  try {
    const body = parseJson(wire.body)
    if (isJsonObject(body) && (body[member] ?? null) !== null) return body
  } catch (thrown) {
    cause = thrown
  }
  throw new HubError(OF_STATUS[wire.status] ?? 'ISSUER_FAILED', { cause })
}

/**
 * JSON that some senders write as a text (`"{\"a\":1}"`) is read as what it says.
 *
 * @throws HubError a parse code for a text that is not JSON
 */
export function unwrapJson(value: JsonValue | undefined): JsonValue {
  if (typeof value !== 'string') return value ?? null
  const text = value.trim()
  return text === '' ? null : parseJson(text)
}
