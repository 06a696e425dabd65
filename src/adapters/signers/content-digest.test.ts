import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { parseDictionary } from 'structured-headers'
import { expect, test } from 'vitest'
import { contentDigest, digestHolds } from './content-digest.js'

const body = Buffer.from('{"hello": "world"}\n')
// RFC 9530, appendix B.1
const SHA256 = 'RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg='
const SM3 = createHash('sm3').update(body).digest('base64')

test('both digests are written, in the form of a structured dictionary', () => {
  const field = contentDigest(body)
  expect(field).toBe(`sha-256=:${SHA256}:, sm3=:${SM3}:`)
  expect([...parseDictionary(field).keys()]).toEqual(['sha-256', 'sm3'])
})

test.each([
  ['sha-256 alone', `sha-256=:${SHA256}:`],
  ['sm3 alone', `sm3=:${SM3}:`],
  ['in the other order', `sm3=:${SM3}:, sha-256=:${SHA256}:`],
  ['without blanks', `sm3=:${SM3}:,sha-256=:${SHA256}:`],
  ['with an algorithm that we do not know', `unixsum=:AAE=:, sm3=:${SM3}:`],
  ['with a name that objects have', `constructor=:AAE=:, sm3=:${SM3}:`],
])('holds %s', (_name, field) => {
  expect(digestHolds(field, body)).toBe(true)
})

test.each([
  ['nothing', ''],
  ['only algorithms that we do not know', 'sha-512=:AAE=:'],
  ['only a name that objects have', `toString=:${SM3}:`],
  ['one of two wrong', `sha-256=:${SHA256}:, sm3=:${SHA256}:`],
  ['the other of two wrong', `sha-256=:${SM3}:, sm3=:${SM3}:`],
  ['an algorithm twice, right both times', `sm3=:${SM3}:, sm3=:${SM3}:`],
  ['an algorithm twice, wrong first', `sm3=:${SHA256}:, sm3=:${SM3}:`],
  ['no colons', `sm3=${SM3}`],
  ['a quoted string', `sm3=":${SM3}:"`],
  ['hexadecimal', `sm3=:${createHash('sm3').update(body).digest('hex')}:`],
  ['cut short', `sm3=:${SM3.slice(0, 40)}:`],
  ['without padding', `sm3=:${SM3.slice(0, -1)}:`],
  ['base64url', `sha-256=:${SHA256.replaceAll('/', '_')}:`],
  ['an empty member', `sm3=:${SM3}:,`],
  ['a parameter', `sm3=:${SM3}:;a=1`],
  ['a capital name', `SM3=:${SM3}:`],
  ['over the limit', `sm3=:${SM3}:${', a=:AAAA:'.repeat(200)}`],
])('refuses %s', (_name, field) => {
  expect(digestHolds(field, body)).toBe(false)
})

test('what is written holds for its body and for no other', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
      fc.pre(!Buffer.from(one).equals(other))
      expect(digestHolds(contentDigest(one), one)).toBe(true)
      expect(digestHolds(contentDigest(one), other)).toBe(false)
    }),
  )
})
