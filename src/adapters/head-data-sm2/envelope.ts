import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import type { Operation } from '../../canonical/model.js'
import type { Envelope } from '../adapter.js'
import { readJsonReply, readJsonRequest, writeJsonReply, writeJsonRequest } from '../wire/json-exchange.js'
import { isJsonObject, optionalCode, optionalText, requireObject } from '../wire/read.js'

/** A message of this dialect, request or reply. */
export interface HeadDataMessage {
  /** What the path asks for; null in a reply that has been read. */
  readonly operation: Operation | null
  /** Account and token; empty in a reply. */
  readonly accessId: string
  readonly accessToken: string
  /** Head status; empty in a request. */
  readonly status: string
  readonly message: string
  readonly data: JsonValue
  /** `data` as hex of SM2 ciphertext; null where it is not sealed. */
  readonly sealed: string | null
}

/** Paths of the operations that are served. Source: EST, but for `/queryCert`, whose body follows its neighbours. */
const paths: Partial<Record<Operation, string>> = {
  search: '/queryCert',
  getData: '/queryCertInfo',
  verifyData: '/verifyCertInfo',
}

/** What else the dialect has; null is refused as unsupported, which is not the same as unknown. */
const operationOf = new Map<string, Operation | null>([
  ...Object.entries(paths).map(([operation, path]): [string, Operation] => [path, operation as Operation]),
  ['/downloadFile', 'getFile'],
  ['/downloadUrl', 'getFile'],
  ['/downloadUrlsByHolderCode', 'getFile'],
  ['/verifyFile', 'verifyFile'],
  ['/queryCertInfoByHolderCode', null],
  ['/queryCertInfoByQRcode', null],
  ['/getCertRemarkInfo', null],
])

/** `{head,data}` both ways; HTTP 200 for failures too. */
export const envelope: Envelope<HeadDataMessage> = {
  readRequest(wire) {
    const { path: operation, body } = readJsonRequest(wire, operationOf)
    if (operation === null || paths[operation] === undefined) {
      throw new HubError('OPERATION_UNSUPPORTED', operation === null ? {} : { subject: operation })
    }
    const head = requireObject(body, 'head')
    return {
      operation,
      accessId: optionalText(head, 'accessId') ?? '',
      accessToken: optionalText(head, 'accessToken') ?? '',
      status: '',
      message: '',
      data: requireObject(body, 'data'),
      sealed: null,
    }
  },
  writeRequest({ operation, accessId, accessToken, data }, mount) {
    const path = operation === null ? undefined : paths[operation]
    if (path === undefined) throw new HubError('OPERATION_UNSUPPORTED')
    return writeJsonRequest(path, mount, { head: { accessId, accessToken }, data })
  },
  readReply(wire) {
    const { head, data = null } = readJsonReply(wire, 'head')
    if (!isJsonObject(head)) throw new HubError('REPLY_MALFORMED', { subject: 'head' })
    const status = optionalCode(head, 'status', 'status', 'REPLY_MALFORMED')
    if (status === null) throw new HubError('REPLY_MALFORMED', { subject: 'status' })
    const message = head['message']
    return {
      operation: null,
      accessId: '',
      accessToken: '',
      status,
      message: typeof message === 'string' ? message : '',
      data,
      sealed: sealedText(data),
    }
  },
  writeReply({ operation, status, message, data, sealed }) {
    // verifyData seals the whole of `data`, the others its one member (EST).
    const content = sealed === null ? data : operation === 'verifyData' ? sealed : { certData: sealed }
    return writeJsonReply({ head: { status: Number(status), message }, data: content })
  },
}

/** The ciphertext, wherever this reply has it. */
function sealedText(data: JsonValue): string | null {
  const content = isJsonObject(data) ? (data as JsonObject)['certData'] : data
  return typeof content === 'string' && content !== '' ? content : null
}
