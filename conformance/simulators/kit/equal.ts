import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are the same, without telling by time how much of them is. */
export function sameSecret(given: string | null | undefined, held: string): boolean {
  if (given === null || given === undefined) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(held))
}

/** The text with its last character changed into another of the same kind. */
export function lastFlipped(text: string): string {
  return text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')
}
