import type { JsonValue } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import type { Operation } from '../../canonical/model.js'
import { type Envelope, nativeTarget, type WireRequest } from '../adapter.js'
import { readJsonReply, readJsonRequest, unwrapJson, writeJsonReply, writeJsonRequest } from '../wire/json-exchange.js'
import { optionalCode } from '../wire/read.js'

/** A message of this dialect, request or reply. */
export interface GjMessage {
  /** What the path asks for; null in a reply that has been read. */
  readonly operation: Operation | null
  /** `200`, `300` or a sub-code; empty in a request. */
  readonly code: string
  readonly message: string
  /** A request's body, or a reply's `data`. */
  readonly body: JsonValue
}

/** Paths of the operations. The `/sysapi/` is EST, what follows INF. */
export const paths = {
  search: '/sysapi/certificate/retrieval',
  getData: '/sysapi/certificate/data',
  verifyData: '/sysapi/certificate/verify',
} as const
export type GjOperation = keyof typeof paths

const operationOf: ReadonlyMap<string, GjOperation> = new Map([
  [paths.search, 'search'],
  [paths.getData, 'getData'],
  [paths.verifyData, 'verifyData'],
])

/** The operation that a request asks for by its path. */
export function operationAt(wire: WireRequest): GjOperation | undefined {
  return operationOf.get(nativeTarget(wire))
}

export function isGjOperation(operation: Operation | null): operation is GjOperation {
  return operation !== null && Object.hasOwn(paths, operation)
}

/** UTF-8 JSON with lower-case keys over `POST /sysapi/…`; `{code,message,data}` back, with HTTP 200 for failures too. */
export const envelope: Envelope<GjMessage> = {
  readRequest(wire) {
    const { path, body } = readJsonRequest(wire, operationOf)
    return { operation: path, code: '', message: '', body }
  },
  writeRequest({ operation, body }, mount) {
    if (!isGjOperation(operation)) throw new HubError('OPERATION_UNSUPPORTED')
    return writeJsonRequest(paths[operation], mount, body)
  },
  readReply(wire) {
    const reply = readJsonReply(wire, 'code')
    const { message, data } = reply
    try {
      const code = optionalCode(reply, 'code') ?? ''
      return { operation: null, code, message: typeof message === 'string' ? message : '', body: unwrapJson(data) }
    } catch (cause) {
      throw new HubError('REPLY_MALFORMED', { cause })
    }
  },
  writeReply: ({ code, message, body }) => writeJsonReply({ code: Number(code), message, data: body }),
}
