/** What the different places of one reply say about the outcome. */
export interface Said {
  /** The code of the hub's receipt. */
  readonly receipt: string | null
  /** The code before a message, `[CODE]`, or one in a slot of its own. */
  readonly message: string | null
  /** The codes that the dialect's own result may stand for, the likeliest first; null when the reply is a failure. */
  readonly native: readonly string[] | null
}

// What an issuer decided about a licence. A failure must never carry one of these.
const decided = [
  'VALID',
  'NOT_FOUND',
  'REVOKED',
  'MISMATCH',
  'SUSPENDED',
  'CANCELLED',
  'SUPERSEDED',
  'EXPIRED',
  'NOT_YET_VALID',
  'TAMPERED',
  'SEAL_INVALID',
]

/**
 * The code that a reply means, or CONTRADICTORY when its places do not go together: a hub whose receipt says VALID
 * while the dialect's own result says that the licence has run out must not pass.
 */
export function agreedCode({ receipt, message, native }: Said): string | null {
  if (receipt !== null && message !== null && receipt !== message) return 'CONTRADICTORY'
  const named = receipt ?? message
  if (named === null) return native?.[0] ?? null
  const goesTogether = native === null ? !decided.includes(named) : native.length === 0 || native.includes(named)
  return goesTogether ? named : 'CONTRADICTORY'
}
