import { at, parseJson, textAt } from './json.js'
import type { Sent } from './system.js'

/** The hub's receipt (回执): a member of the reply where the dialect has room, otherwise a header. Null without one. */
export function receiptIn(reply: Sent, native: unknown): unknown {
  const member = at(native, 'receipt')
  if (member !== undefined && member !== null) return member
  const header = reply.headers['hutong-receipt']
  return header === undefined ? null : (parseJson(Buffer.from(header, 'base64url')) ?? null)
}

/** The code of a receipt. */
export function receiptCode(receipt: unknown): string | null {
  return textAt(receipt, 'code')
}

/** The code that a hub writes before its message: `[ISSUER_UNREACHABLE] …`. */
export function codeInMessage(message: string | null): string | null {
  return /^\s*\[([A-Z][A-Z_]{2,39})\]/.exec(message ?? '')?.[1] ?? null
}
