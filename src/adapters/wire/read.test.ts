import { expect, test } from 'vitest'
import { HubError } from '../../canonical/errors.js'
import { optionalCode, optionalText, requireObject, requireText, safeName, shortText, TEXT_LIMIT } from './read.js'

function refusal(read: () => unknown): HubError {
  try {
    read()
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown
  }
  throw new Error('nothing was refused')
}

test('absent, null and empty are one', () => {
  for (const object of [{}, { a: null }, { a: '' }]) {
    expect(optionalText(object, 'a')).toBeNull()
    expect(refusal(() => requireText(object, 'a')).subject).toBe('a')
  }
})

test('texts keep their full-width forms, line ends and characters outside the BMP', () => {
  const text = '湘建安A（2023）0000403 ()\t\r\n😀'
  expect(requireText({ a: text }, 'a')).toBe(text)
})

test.each([[1], [true], [[]], [{}], ['a\0'], ['a\x7f'], ['\ud800'], ['a\x0b😀'], ['x'.repeat(TEXT_LIMIT + 1)]])(
  '%j is no text',
  (value) => {
    const error = refusal(() => optionalText({ a: value }, 'a', 'subject', 'REPLY_MALFORMED'))
    expect([error.code, error.subject]).toEqual(['REPLY_MALFORMED', 'subject'])
  },
)

test('a short text stays on one line', () => {
  expect(shortText({ a: '甲'.repeat(5) }, 'a', 5)).toBe('甲甲甲甲甲')
  for (const value of ['甲'.repeat(6), 'a\nb', 'a\tb', 'a\u0085b']) {
    expect(refusal(() => shortText({ a: value }, 'a', 5)).code).toBe('REQUEST_INVALID')
  }
})

test.each([
  [0, '0'],
  [-2, '-2'],
  ['0', '0'],
  ['', null],
  [undefined, null],
])('a code is %j or a text', (value, expected) => {
  expect(optionalCode({ a: value }, 'a')).toBe(expected)
})

test.each([1.5, Number.MAX_SAFE_INTEGER + 1, true, []])('%j is no code', (value) => {
  expect(refusal(() => optionalCode({ a: value }, 'a')).code).toBe('REQUEST_INVALID')
})

test('an object is not an array', () => {
  expect(requireObject({ a: { b: 1 } }, 'a')).toEqual({ b: 1 })
  expect(refusal(() => requireObject({ a: [] }, 'a')).subject).toBe('a')
})

test('a name from outside is repeated only when it looks like one', () => {
  expect(safeName('certData')).toBe('certData')
  expect(safeName('11010519491231002X')).toBe('?')
  expect(safeName('姓名')).toBe('?')
})
