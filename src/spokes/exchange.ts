import type { Dispatcher } from 'undici'
import { HubError } from '../canonical/errors.js'
import { linkFailure } from './failure.js'
import { allowedHeaders } from './reply-headers.js'
import type { SpokeReply, SpokeRequest } from './wire.js'

/** The part of undici's Pool that an exchange needs. */
export interface Transport {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean
}

/**
 * One request and its reply. Ends after `patienceMs`, when `signal` aborts or when the reply passes `replyBytes`, and
 * takes the upstream call with it: the connection is torn down, so the other side can stop too.
 *
 * @throws HubError ISSUER_UNREACHABLE, ISSUER_TIMEOUT, REPLY_TOO_LARGE, REPLY_MALFORMED, CALLER_GONE, INTERNAL
 */
export function exchange(
  transport: Transport,
  request: SpokeRequest,
  patienceMs: number,
  replyBytes: number,
  signal?: AbortSignal,
): Promise<SpokeReply> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let settled = false
    let status = 0
    let headers: Record<string, string> = {}
    let chunks: Uint8Array[] = []
    let size = 0

    const onAbort = () => stop(new HubError('CALLER_GONE'))
    // undici's own timers tick once a second; this one is exact.
    const timer = setTimeout(() => stop(new HubError('ISSUER_TIMEOUT')), patienceMs)
    signal?.addEventListener('abort', onAbort, { once: true })

    function settle(): boolean {
      if (settled) return false
      settled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      return true
    }
    function stop(error: HubError): void {
      if (!settle()) return
      reject(error)
      controller?.abort(error)
    }
    function begin(): void {
      transport.dispatch(
        {
          method: request.method,
          path: request.target,
          headers: fieldsOf(request.headers),
          body: request.body.byteLength === 0 ? null : asBuffer(request.body),
          // Both off: they are too coarse, and the timer above covers the whole exchange.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        handler,
      )
    }
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        // It gave up while it waited for a connection; nothing has been written yet.
        if (settled) started.abort(new HubError('ISSUER_TIMEOUT'))
      },
      onResponseStart(_controller, statusCode, fields) {
        if (statusCode < 200) return
        status = statusCode
        if (Number(fields['content-length'] ?? 0) > replyBytes) return stop(new HubError('REPLY_TOO_LARGE'))
        // We ask for no encoding, so one that comes nonetheless is a mistake, and its bytes are not the message.
        if ((fields['content-encoding'] ?? 'identity') !== 'identity') {
          return stop(new HubError('REPLY_MALFORMED', { subject: 'content-encoding' }))
        }
        headers = allowedHeaders(fields)
      },
      onResponseData(_controller, chunk) {
        size += chunk.byteLength
        if (size > replyBytes) return stop(new HubError('REPLY_TOO_LARGE'))
        chunks.push(chunk)
      },
      onResponseEnd() {
        if (!settle()) return
        const [only] = chunks
        resolve({
          status,
          headers,
          body: only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size),
        })
        chunks = []
      },
      onResponseError(_controller, cause) {
        if (settled) return
        // Not sent again: nobody can tell whether it was read, and a peer that burned its nonce would call it a replay.
        stop(linkFailure(cause))
      },
    }

    if (signal?.aborted) onAbort()
    else begin()
  })
}

/** Names and values in turn. Without `host`, which undici writes itself. */
function fieldsOf(headers: SpokeRequest['headers']): string[] {
  const fields: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && name !== 'host') fields.push(name, value)
  }
  return fields
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
