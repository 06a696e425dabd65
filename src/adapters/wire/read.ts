import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { type ErrorCode, HubError } from '../../canonical/errors.js'

/** Longest text that a single field may hold, in UTF-16 units. */
export const TEXT_LIMIT = 4000

/** REQUEST_INVALID where somebody asks us, REPLY_MALFORMED where we read an answer. */
export type ReadFault = Extract<ErrorCode, 'REQUEST_INVALID' | 'REPLY_MALFORMED'>

type Fields = { readonly [key: string]: unknown }

/**
 * A text that must be there and not empty. `subject` is the field's name in error texts; values stay out of them.
 *
 * @throws HubError REQUEST_INVALID, or `fault`
 */
export function requireText(object: Fields, key: string, subject = key, fault: ReadFault = 'REQUEST_INVALID'): string {
  const text = optionalText(object, key, subject, fault)
  if (text === null) throw new HubError(fault, { subject })
  return text
}

/**
 * A text; null when it is absent, null or empty. Anything but a text is refused: a number has lost its leading zeros.
 *
 * @throws HubError REQUEST_INVALID, or `fault`
 */
export function optionalText(
  object: Fields,
  key: string,
  subject = key,
  fault: ReadFault = 'REQUEST_INVALID',
): string | null {
  const value = object[key] ?? ''
  if (typeof value !== 'string' || value.length > TEXT_LIMIT || !isPlain(value)) throw new HubError(fault, { subject })
  return value === '' ? null : value
}

/**
 * A text for people or programs on one line: at most `limit` UTF-16 units, no control character. Null when absent.
 *
 * @throws HubError REQUEST_INVALID
 */
export function shortText(object: Fields, key: string, limit: number): string | null {
  const text = optionalText(object, key)
  if (text !== null && (text.length > limit || /\p{Cc}/u.test(text))) {
    throw new HubError('REQUEST_INVALID', { subject: key })
  }
  return text
}

/**
 * A code that systems write as a number or as a text (`0`, `"0"`), as text; null when absent, null or empty.
 *
 * @throws HubError REQUEST_INVALID, or `fault`
 */
export function optionalCode(
  object: Fields,
  key: string,
  subject = key,
  fault: ReadFault = 'REQUEST_INVALID',
): string | null {
  const value = object[key]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return optionalText(object, key, subject, fault)
}

/** A member that must be an object. @throws HubError REQUEST_INVALID, or `fault` */
export function requireObject(
  object: Fields,
  key: string,
  subject = key,
  fault: ReadFault = 'REQUEST_INVALID',
): JsonObject {
  const value = object[key]
  if (!isJsonObject(value)) throw new HubError(fault, { subject })
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** The name of a member for an error text: repeated only when it looks like a name, since it comes from outside. */
export function safeName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(name) ? name : '?'
}

/** No lone surrogates and no control characters but tab and line ends. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 ? unit !== 0x09 && unit !== 0x0a && unit !== 0x0d : unit === 0x7f || (unit & 0xf800) === 0xd800) {
      return unit >= 0xd800 && text.isWellFormed() && !CONTROL.test(text)
    }
  }
  return true
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/
