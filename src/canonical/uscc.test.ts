import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVectors } from '../../test/vectors.js'
import { isUscc, usccCheckCharacter, usccDivision } from './uscc.js'

const alphabet = [...'0123456789ABCDEFGHJKLMNPQRTUWXY']
const body = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 17, maxLength: 17 })
const code = body.map((text) => `${text}${usccCheckCharacter(text)}`)

test.each(readVectors('identifiers/uscc.valid.txt'))('accepts %s', (text) => {
  expect(isUscc(text)).toBe(true)
})
test.each(readVectors('identifiers/uscc.invalid.txt'))('refuses %j', (text) => {
  expect(isUscc(text)).toBe(false)
})

test('every body has exactly one check character', () => {
  fc.assert(
    fc.property(body, (text) => {
      expect(alphabet.filter((character) => isUscc(text + character))).toHaveLength(1)
    }),
  )
})

test('one wrong character is always found', () => {
  fc.assert(
    fc.property(code, fc.nat(17), fc.constantFrom(...alphabet), (text, at, character) => {
      fc.pre(text[at] !== character)
      expect(isUscc(text.slice(0, at) + character + text.slice(at + 1))).toBe(false)
    }),
  )
})

test('two swapped neighbours are always found', () => {
  fc.assert(
    fc.property(code, fc.nat(16), (text, at) => {
      const [left = '', right = ''] = text.slice(at, at + 2)
      fc.pre(left !== right)
      expect(isUscc(text.slice(0, at) + right + left + text.slice(at + 2))).toBe(false)
    }),
  )
})

test('a body of another length or alphabet has no check character', () => {
  expect(usccCheckCharacter('9143000')).toBeUndefined()
  expect(usccCheckCharacter('S1430000MA0000TX0')).toBeUndefined()
})

test('characters 3-8 are the division', () => {
  const text = '91430000MA0000TX0F'
  expect(isUscc(text) && usccDivision(text)).toBe('430000')
})
