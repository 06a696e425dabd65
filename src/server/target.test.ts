import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalTarget, TARGET_LENGTH } from './target.js'

const refused = expect.objectContaining({ code: 'PATH_REFUSED' })

test.each([
  '/',
  '/v1/verifyData',
  '/in/hunan/v1/search',
  '/sysapi/certificate/retrieval',
  '/services/Gt3AipWebService',
  '/a/',
  '/a.b/.c/..d/e..',
  "/a-b_c~d!e$f&g'h(i)j*k+l,m=n:o@p",
  '/%E4%BA%92%e9%80%9a',
  '/a%20b%3D',
  '/q?x=1&y=%2F%2e%25;z=//..',
  '/q?',
  '/q?a?b',
])('%s is passed on as it is', (target) => {
  expect(canonicalTarget(target)).toBe(target)
})

test.each([
  ['', 'empty'],
  ['*', 'asterisk form'],
  ['v1/search', 'no slash'],
  ['http://127.0.0.1/v1/search', 'absolute form'],
  ['//issuer.test/v1', 'authority'],
  ['/v1//search', 'empty segment'],
  ['/v1//', 'empty segment at the end'],
  ['/.', 'dot segment'],
  ['/v1/./search', 'dot segment'],
  ['/v1/../admin', 'dot-dot segment'],
  ['/v1/..', 'dot-dot segment at the end'],
  ['/v1/%2e%2e/admin', 'encoded dots'],
  ['/v1/%2E/admin', 'encoded dot, upper case'],
  ['/v1/.%2e/admin', 'half-encoded dots'],
  ['/v1%2fsearch', 'encoded slash'],
  ['/v1%2Fsearch', 'encoded slash, upper case'],
  ['/v1%5csearch', 'encoded backslash'],
  ['/v1%5Csearch', 'encoded backslash, upper case'],
  ['/v1\\search', 'backslash'],
  ['/v1/search;a=b', 'matrix parameter'],
  ['/v1/search%3Bx', 'encoded semicolon'],
  ['/v1/%252e%252e/admin', 'double encoding'],
  ['/v1/%25', 'encoded percent sign'],
  ['/v1/%73earch', 'encoded letter'],
  ['/in/%68unan/v1', 'another name for the same spoke'],
  ['/v1/%2Dx', 'encoded hyphen'],
  ['/v1/%7Ex', 'encoded tilde'],
  ['/v1/%00', 'encoded NUL'],
  ['/v1/%0d%0aX', 'encoded line end'],
  ['/v1/%7f', 'encoded DEL'],
  ['/v1/%c0%ae', 'overlong dot'],
  ['/v1/%ff', 'no UTF-8'],
  ['/v1/%', 'half an escape'],
  ['/v1/%4', 'half an escape'],
  ['/v1/%zz', 'no escape'],
  ['/v1/a b', 'space'],
  ['/v1/a\tb', 'tab'],
  ['/v1/a\u0000b', 'NUL'],
  ['/v1/a\r\nb', 'line end'],
  ['/v1/互通', 'not ASCII'],
  ['/v1/a#b', 'fragment'],
  ['/v1/a"b', 'quote'],
  ['/v1/<a>', 'angle brackets'],
  ['/v1/a|b', 'bar'],
  ['/v1/search\n', 'line feed at the end'],
  ['/q?a\\b', 'backslash in the query'],
  ['/q?a b', 'space in the query'],
  ['/q?互通', 'not ASCII in the query'],
  ['/q?a#b', 'fragment after the query'],
  ['/q?a\n', 'line feed after the query'],
])('%j is refused (%s)', (target) => {
  expect(() => canonicalTarget(target)).toThrow(refused)
})

test('its length is bounded', () => {
  const longest = `/${'a'.repeat(TARGET_LENGTH - 1)}`
  expect(canonicalTarget(longest)).toBe(longest)
  expect(() => canonicalTarget(`${longest}a`)).toThrow(refused)
  expect(() => canonicalTarget(`/${'%2'.repeat(500_000)}`)).toThrow(refused)
})

test('what is accepted means the same before and after another party normalises it', () => {
  const parts = fc.constantFrom(
    'a',
    'Z',
    '/',
    '.',
    '..',
    '%',
    '%2e',
    '%2F',
    '%41',
    '%E4%BA%92',
    ';',
    '\\',
    '?',
    '0',
    '~',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (pieces) => {
      const target = `/${pieces.join('')}`
      try {
        canonicalTarget(target)
      } catch (thrown) {
        expect(thrown).toEqual(refused)
        return
      }
      const url = new URL(target, 'http://127.0.0.1')
      expect(url.href).toBe(`http://127.0.0.1${target}`)
      expect(decodeURIComponent(url.pathname).split('/')).toHaveLength(url.pathname.split('/').length)
    }),
  )
})
