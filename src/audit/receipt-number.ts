import { hmacSm3 } from '../crypto/sm3.js'

/** Base 32 without I, L, O and U, which are read or heard as something else. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const INDEX_CHARS = 7
const CHECK_CHARS = 4
const FORM = /^HT(\d{8})-([0-9A-HJKMNP-TV-Z]{7,11})-([0-9A-HJKMNP-TV-Z]{4})$/

/** What a receipt number says to those without the key. */
export interface ReceiptNumber {
  /** `yyyymmdd`, in China's time. */
  readonly date: string
  readonly index: number
}

/**
 * The number of a receipt: `HT<yyyymmdd>-<index>-<check>`. The check is twenty bits of HMAC-SM3 over the rest, so that
 * knowing one number does not give the next; a look-up must still be limited in rate.
 */
export function receiptNumber(index: number, at: string, key: Uint8Array): string {
  const stem = `HT${receiptDate(at)}-${toBase32(index).padStart(INDEX_CHARS, '0')}`
  return `${stem}-${checkOf(stem, key)}`
}

/**
 * Reads a number as people type it: case does not matter, and O, I, L stand for 0, 1, 1. Null when the form or the
 * check is wrong.
 */
export function parseReceiptNumber(text: string, key: Uint8Array): ReceiptNumber | null {
  if (text.length > 32) return null
  const upper = text.trim().toUpperCase()
  const typed = upper.slice(0, 2) + upper.slice(2).replace(/[OIL]/g, (letter) => (letter === 'O' ? '0' : '1'))
  const read = readReceiptNumber(typed)
  if (read === null) return null
  const stem = typed.slice(0, -CHECK_CHARS - 1)
  return sameText(checkOf(stem, key), typed.slice(-CHECK_CHARS)) ? read : null
}

/** Reads a number without the key, strictly: date and index, the check unverified. Null when the form is wrong. */
export function readReceiptNumber(text: string): ReceiptNumber | null {
  const [, date, digits] = FORM.exec(text) ?? []
  if (date === undefined || digits === undefined) return null
  let index = 0
  for (const digit of digits) index = index * 32 + ALPHABET.indexOf(digit)
  if (!Number.isSafeInteger(index) || (digits.length > INDEX_CHARS && digits.startsWith('0'))) return null
  return { date, index }
}

/** The day in China (UTC+8, no summer time) of an instant in ISO 8601, as `yyyymmdd`. */
export function receiptDate(at: string): string {
  return new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
}

function toBase32(index: number): string {
  let text = ''
  for (let rest = index; rest > 0; rest = Math.floor(rest / 32)) text = ALPHABET.charAt(rest % 32) + text
  return text
}

function checkOf(stem: string, key: Uint8Array): string {
  const mac = hmacSm3(key, Buffer.from(`hutong receipt number\0${stem}`, 'latin1'))
  return Array.from(mac.subarray(0, CHECK_CHARS), (byte) => ALPHABET.charAt(byte % 32)).join('')
}

/** Compared without stopping early, so that the time tells nothing of how much of a guess was right. */
function sameText(left: string, right: string): boolean {
  let difference = left.length ^ right.length
  for (let at = 0; at < left.length; at++) difference |= left.charCodeAt(at) ^ right.charCodeAt(at)
  return difference === 0
}
