import { randomFillSync } from 'node:crypto'

const TOKEN_BYTES = 16
const pool = Buffer.alloc(256 * TOKEN_BYTES)
let used = pool.length

/**
 * 128 random bits as 32 hex digits, for nonces and traces: what is sent in the open anyway, never for keys. Drawn from
 * the system a block at a time, since each call into it costs more than all else about a token.
 */
export function randomToken(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += TOKEN_BYTES
  return pool.toString('hex', start, used)
}
