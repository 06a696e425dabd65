import type { WireReply } from '../adapters/adapter.js'
import { canonicalJson } from '../canonical/canonical-json.js'
import { errorBody } from '../canonical/error-body.js'
import type { HubError } from '../canonical/errors.js'

/** An error for somebody whose dialect is not known: JSON, unsigned, with no trace because there was no exchange. */
export function plainError(error: HubError): WireReply {
  const retry: Record<string, string> =
    error.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfter)) }
  return {
    status: error.entry.status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...retry },
    body: Buffer.from(canonicalJson(errorBody(error, null))),
  }
}
