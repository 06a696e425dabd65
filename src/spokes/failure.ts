import { errors } from 'undici'
import { HubError } from '../canonical/errors.js'

/** OpenSSL's and Node's names for a peer whose certificate or handshake is refused, on either side. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/

/** A code from our closed list for whatever undici, node:net or node:tls threw; the original is the cause. */
export function linkFailure(cause: unknown): HubError {
  if (cause instanceof HubError) return cause
  const code = codeOf(cause)
  if (TLS_CODE.test(code)) return new HubError('ISSUER_UNREACHABLE', { subject: 'tls', cause })
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new HubError('REPLY_TOO_LARGE', { subject: 'headers', cause })
  if (cause instanceof errors.HTTPParserError) {
    // The original carries the bytes it could not read: they may be somebody's data, and causes are logged.
    return new HubError('REPLY_MALFORMED', { subject: 'http', cause: new Error(cause.message) })
  }
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new HubError('REPLY_MALFORMED', { subject: 'http', cause })
  }
  // Our own mistake in the request: it says nothing about the issuing system.
  if (
    code === 'UND_ERR_INVALID_ARG' ||
    code === 'UND_ERR_NOT_SUPPORTED' ||
    code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
  ) {
    return new HubError('INTERNAL', { cause })
  }
  return new HubError('ISSUER_UNREACHABLE', { cause })
}

function codeOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
