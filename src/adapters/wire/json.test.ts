import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HubError } from '../../canonical/errors.js'
import { JSON_LIMITS, parseJson, parseJsonObject } from './json.js'

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)))

function codeOf(input: Uint8Array | string): string {
  try {
    parseJson(input)
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown.code
    throw thrown
  }
  return 'read'
}

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)

describe('attacks', () => {
  test.each<[string, string, Uint8Array | string]>([
    ['JSON_TOO_DEEP', 'arrays 100,000 deep', nested('[', ']', 100_000)],
    ['JSON_TOO_DEEP', 'objects 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['JSON_TOO_DEEP', 'arrays never closed', '['.repeat(100_000)],
    ['JSON_TOO_DEEP', 'one level over the limit', nested('[', ']', JSON_LIMITS.depth + 1)],
    ['MESSAGE_TOO_COMPLEX', '100,000 items', `[${'1,'.repeat(99_999)}1]`],
    ['MESSAGE_TOO_COMPLEX', '100,000 empty objects', `[${'{},'.repeat(99_999)}{}]`],
    ['MESSAGE_TOO_COMPLEX', '100,000 members', `{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join()}}`],
    ['JSON_DUPLICATE_KEY', 'a key twice', '{"a":1,"a":2}'],
    ['JSON_DUPLICATE_KEY', 'a key twice, further down', '{"x":[{"a":1,"b":2,"a":3}]}'],
    ['JSON_DUPLICATE_KEY', 'a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['JSON_DUPLICATE_KEY', 'a key twice, with blanks', '{ "a" : 1 , "a" : 2 }'],
    ['JSON_DUPLICATE_KEY', 'an empty key twice', '{"":1,"":2}'],
    ['JSON_DUPLICATE_KEY', 'after a nested object with the same key', '{"a":{"b":1},"b":2,"a":3}'],
    ['JSON_FORBIDDEN_KEY', '__proto__', '{"__proto__":{"admin":true}}'],
    ['JSON_FORBIDDEN_KEY', '__proto__ escaped', '{"\\u005f_proto__":{}}'],
    [
      'JSON_FORBIDDEN_KEY',
      '__proto__ escaped whole',
      '{"\\u005F\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":1}',
    ],
    ['JSON_FORBIDDEN_KEY', 'constructor', '{"a":{"constructor":1}}'],
    ['JSON_FORBIDDEN_KEY', 'prototype', '[{"prototype":1}]'],
    ['JSON_MALFORMED', 'a high surrogate alone', '{"a":"\\ud800"}'],
    ['JSON_MALFORMED', 'a low surrogate alone', '["\\uDFFF"]'],
    ['JSON_MALFORMED', 'surrogates the wrong way round', '["\\udc00\\ud800"]'],
    ['JSON_MALFORMED', 'a surrogate alone in a key', '{"\\ud83d":1}'],
    ['CHARSET_MISMATCH', 'a surrogate in UTF-8 bytes', bytes('"', [0xed, 0xa0, 0x80], '"')],
    ['CHARSET_MISMATCH', 'an overlong form', bytes('"', [0xc0, 0xaf], '"')],
    ['CHARSET_MISMATCH', 'a sequence cut short', bytes('"', [0xe4, 0xb8], '"')],
    ['CHARSET_MISMATCH', 'GBK bytes', bytes('{"name":"', [0xd5, 0xc5, 0xc8, 0xfd], '"}')],
    ['CHARSET_MISMATCH', 'UTF-16 with its mark', bytes([0xff, 0xfe], '{\0}\0')],
    ['JSON_MALFORMED', 'a byte-order mark', bytes([0xef, 0xbb, 0xbf], '{}')],
    ['JSON_MALFORMED', 'nothing', ''],
    ['JSON_MALFORMED', 'blanks', ' \n'],
    ['JSON_MALFORMED', 'two values', '{}{}'],
    ['JSON_MALFORMED', 'something behind the value', '{"a":1}x'],
    ['JSON_MALFORMED', 'a comma at the end', '{"a":1,}'],
    ['JSON_MALFORMED', 'a comment', '{/*"a":1*/}'],
    ['JSON_MALFORMED', 'single quotes', "{'a':1}"],
    ['JSON_MALFORMED', 'a bare key', '{a:1}'],
    ['JSON_MALFORMED', 'NaN', '[NaN]'],
    ['JSON_MALFORMED', 'a leading zero', '[01]'],
    ['JSON_MALFORMED', 'hexadecimal', '[0x10]'],
    ['JSON_MALFORMED', 'a raw control character', '"a\u0001"'],
    ['JSON_MALFORMED', 'a NUL behind the value', '{}\u0000'],
    ['JSON_MALFORMED', 'an open string', '{"a'],
    ['JSON_MALFORMED', 'an open string that ends in a backslash', '"a\\'],
    ['JSON_MALFORMED', 'an open string of escaped quotes', `"${'\\"'.repeat(50_000)}`],
    ['JSON_MALFORMED', 'a broken escape in a key', '{"\\u00zz":1}'],
    ['JSON_MALFORMED', 'brackets crossed', '[{]}'],
    ['JSON_MALFORMED', 'more closed than opened', '{}}}'],
  ])('%s: %s', (code, _name, input) => {
    expect(codeOf(input)).toBe(code)
    expect(codeOf(Buffer.from(input as string))).toBe(code)
  })

  test('a text with a surrogate alone, which no bytes can be', () => {
    expect(codeOf('"\ud800"')).toBe('CHARSET_MISMATCH')
  })

  test('nothing reaches Object.prototype', () => {
    codeOf('{"__proto__":{"polluted":1}}')
    codeOf('{"constructor":{"prototype":{"polluted":1}}}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('what is allowed', () => {
  test.each<[string, string, unknown]>([
    ['the deepest', nested('[', ']', JSON_LIMITS.depth), undefined],
    ['brackets in strings', '{"a":"[[[[{{{{","b":"]}"}', { a: '[[[[{{{{', b: ']}' }],
    ['commas and quotes in strings', '{"a":"x,\\"b\\":1,","b":2}', { a: 'x,"b":1,', b: 2 }],
    ['a string that ends in a backslash', '{"a":"\\\\","b":"\\\\\\""}', { a: '\\', b: '\\"' }],
    ['the same key in different objects', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['the same text as key and value', '{"a":"a","b":"a"}', { a: 'a', b: 'a' }],
    ['a forbidden name as a value', '{"a":"__proto__"}', { a: '__proto__' }],
    ['a surrogate pair, escaped', '"\\ud83d\\ude00"', '😀'],
    ['an escaped backslash before ud800', '"\\\\ud800"', '\\ud800'],
    ['a big number, as a double', '9007199254740993', 9007199254740992],
    ['a number over the range', '1e400', Number.POSITIVE_INFINITY],
    ['scalars', '[null,true,-0.5e3,""]', [null, true, -500, '']],
  ])('%s', (_name, text, value) => {
    expect(parseJson(Buffer.from(text))).toEqual(value ?? JSON.parse(text))
  })

  test('as many items as the limit says', () => {
    expect(parseJson(`[${'1,'.repeat(JSON_LIMITS.items - 2)}1]`)).toHaveLength(JSON_LIMITS.items - 1)
  })
})

test('other limits can be set', () => {
  expect(() => parseJson('[[1]]', { depth: 1, items: 10 })).toThrow('[JSON_TOO_DEEP]')
  expect(() => parseJson('[1,2,3]', { depth: 1, items: 2 })).toThrow('[MESSAGE_TOO_COMPLEX]')
})

test.each(['[]', '"a"', '1', 'null'])('%s is no message', (text) => {
  expect(() => parseJsonObject(text)).toThrow('[REQUEST_INVALID]')
})

test('agrees with JSON.parse on what JSON.stringify writes', () => {
  const value = fc.jsonValue({ maxDepth: 6 })
  fc.assert(
    fc.property(value, fc.constantFrom(0, 1, '\t'), (given, space) => {
      const text = JSON.stringify(given, null, space)
      const forbidden = /"(?:__proto__|constructor|prototype)"\s*:/.test(text)
      expect(codeOf(text)).toBe(forbidden ? 'JSON_FORBIDDEN_KEY' : 'read')
      expect(forbidden || parseJson(text)).toEqual(forbidden || JSON.parse(text))
    }),
  )
})

test('never reads what JSON.parse refuses, and throws nothing but codes', () => {
  const pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', ':', ',', '"', '\\', 'a', '"a"', '1', '\\u0061', ' ', 'null'),
  )
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join('')
      expect(codeOf(text) !== 'read' || isJson(text)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
