/**
 * The only header fields of a reply that are handed on, in lower case. Hop-by-hop fields, cookies and whatever names
 * a machine behind the spoke stay here. Bodies of all four dialects need no header but their content type; the
 * canonical dialect adds its digest, its signature and the receipt.
 */
export const replyHeaderNames = [
  'content-type',
  'content-digest',
  'signature',
  'signature-input',
  'date',
  'retry-after',
  'hutong-receipt',
] as const

/** Repeated fields are joined by `, ` (RFC 9110, 5.3). */
export function allowedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of replyHeaderNames) {
    const value = headers[name]
    if (value !== undefined) kept[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return kept
}
