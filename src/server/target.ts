import { HubError } from '../canonical/errors.js'

/** Longest path and query, in characters. */
export const TARGET_LENGTH = 2_048

// RFC 3986: what a path segment may hold unescaped, except `;`, which some servers cut off and others do not.
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/
const QUERY = /^[!-~]*$/
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/
// Encoded: controls, `%`, `.`, `/`, `;`, `\`, DEL, and what needs no escape at all (the same path under another name).
const ENCODED = /%(?:[01][0-9A-F]|25|2[DEF]|3[0-9B]|4[1-9A-F]|5[0-9ACF]|6[1-9A-F]|7[0-9AEF])/i

/**
 * The target of a request, once it is known to mean the same to everybody who will read it: router, signer, peer.
 * Nothing is rewritten, since a signature may cover it; what is not canonical is refused. The query is checked for
 * its characters only.
 *
 * @throws HubError PATH_REFUSED for absolute form, dot segments, empty segments, `;`, `\`, controls, non-ASCII,
 * escapes of those or of unreserved characters, escapes that are no UTF-8, and more than 2,048 characters
 */
export function canonicalTarget(rawUrl: string): string {
  const end = rawUrl.indexOf('?')
  const path = end === -1 ? rawUrl : rawUrl.slice(0, end)
  const refused =
    rawUrl.length > TARGET_LENGTH ||
    !PATH.test(path) ||
    path.includes('//') ||
    DOT_SEGMENT.test(path) ||
    (path.includes('%') && (ENCODED.test(path) || !isUtf8(path))) ||
    (end !== -1 && (!QUERY.test(rawUrl.slice(end)) || /[\\#]/.test(rawUrl)))
  if (refused) throw new HubError('PATH_REFUSED')
  return rawUrl
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
