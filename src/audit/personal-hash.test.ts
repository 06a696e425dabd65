import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { personalHasher } from './personal-hash.js'

const key = Buffer.from('hutong-test-personal')

test('HMAC-SM3 over kind and value, 64 hex digits', () => {
  const wanted = createHmac('sm3', key).update('hutong personal holder\u0000111:11010519491231002X').digest('hex')
  expect(personalHasher(key)('holder', '111:11010519491231002X')).toBe(wanted)
})

test('kinds, values and keys are told apart; the same gives the same', () => {
  const hash = personalHasher(key)
  const hashes = [
    hash('holder', 'x'),
    hash('licence', 'x'),
    hash('case', 'x'),
    hash('case', 'y'),
    personalHasher(Buffer.from('hutong-test-another'))('case', 'x'),
  ]
  expect(new Set(hashes).size).toBe(5)
  expect(hash('case', 'x')).toBe(hashes[2])
})

test('the caller may wipe the key afterwards', () => {
  const own = Buffer.from(key)
  const hash = personalHasher(own)
  const before = hash('case', 'x')
  own.fill(0)
  expect(hash('case', 'x')).toBe(before)
})

test('a short key is refused', () => {
  expect(() => personalHasher(new Uint8Array(15))).toThrow(RangeError)
})
