import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { type ErrorCode, HubError } from '../../canonical/errors.js'

export interface JsonLimits {
  readonly depth: number
  /** Object members and array items in all. */
  readonly items: number
}

export const JSON_LIMITS: JsonLimits = { depth: 32, items: 20_000 }

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses JSON from outside: bounded in depth and count, no duplicate or forbidden key, strict UTF-8 (a leading BOM
 * is refused like any other stray character), no lone surrogate, escaped or not. Numbers are ECMAScript's: a caller
 * that cares for more than 53 bits must ask for text.
 *
 * @throws HubError CHARSET_MISMATCH, JSON_MALFORMED, JSON_DUPLICATE_KEY, JSON_FORBIDDEN_KEY, JSON_TOO_DEEP or
 * MESSAGE_TOO_COMPLEX
 */
export function parseJson(input: Uint8Array | string, limits: JsonLimits = JSON_LIMITS): JsonValue {
  const text = typeof input === 'string' ? input : decode(input)
  if (typeof input === 'string' && !input.isWellFormed()) fail('CHARSET_MISMATCH')
  // JSON.parse merges duplicate keys and takes any depth, so a scan that tracks only strings and brackets goes first.
  scan(text, limits)
  const value = read(text)
  if (ESCAPED_SURROGATE.test(text)) refuseLoneSurrogates(value)
  return value
}

/** As `parseJson`, for a message that must be an object. */
export function parseJsonObject(input: Uint8Array | string, limits: JsonLimits = JSON_LIMITS): JsonObject {
  const value = parseJson(input, limits)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new HubError('REQUEST_INVALID', { subject: 'body' })
  }
  return value as JsonObject
}

function read(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch (cause) {
    throw new HubError('JSON_MALFORMED', { cause })
  }
}

const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/

// "\ud800" is JSON, but no Unicode text: RFC 7493 refuses it, RFC 8785 has no form for it, UTF-8 cannot carry it.
function refuseLoneSurrogates(value: JsonValue): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) fail('JSON_MALFORMED')
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (!key.isWellFormed()) fail('JSON_MALFORMED')
      refuseLoneSurrogates(member)
    }
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new HubError('CHARSET_MISMATCH', { cause })
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** One pass over the text. Anything that is not quite JSON is left to JSON.parse to refuse. */
function scan(text: string, limits: JsonLimits): void {
  // One entry an open bracket: the keys seen in an object, null in an array.
  const open: (Set<string> | null)[] = []
  let items = 0
  let expectKey = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) {
      const end = stringEnd(text, at)
      const keys = open.at(-1)
      if (expectKey && keys) {
        addKey(keys, text.slice(at, end + 1))
        expectKey = false
      }
      at = end
    } else if (character === 0x7b || character === 0x5b) {
      if (open.length >= limits.depth) fail('JSON_TOO_DEEP')
      open.push(character === 0x7b ? new Set() : null)
      expectKey = character === 0x7b
      if (++items > limits.items) fail('MESSAGE_TOO_COMPLEX')
    } else if (character === 0x7d || character === 0x5d) {
      open.pop()
      expectKey = false
    } else if (character === 0x2c) {
      expectKey = open.at(-1) instanceof Set
      if (++items > limits.items) fail('MESSAGE_TOO_COMPLEX')
    }
  }
}

// Jumps from quote to quote: most of a message is inside strings.
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let first = at
    while (text.charCodeAt(first - 1) === BACKSLASH) first--
    if ((at - first) % 2 === 0) return at
  }
  return fail('JSON_MALFORMED')
}

function addKey(keys: Set<string>, quoted: string): void {
  // Escapes are resolved first: "\u005f_proto__" is the same key.
  const key = quoted.includes('\\') ? resolveEscapes(quoted) : quoted.slice(1, -1)
  if (FORBIDDEN.has(key)) fail('JSON_FORBIDDEN_KEY')
  if (keys.has(key)) fail('JSON_DUPLICATE_KEY')
  keys.add(key)
}

function resolveEscapes(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch (cause) {
    throw new HubError('JSON_MALFORMED', { cause })
  }
}

function fail(code: ErrorCode): never {
  throw new HubError(code)
}
