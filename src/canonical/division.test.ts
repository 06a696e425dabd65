import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVectors } from '../../test/vectors.js'
import { readDivision } from './division.js'

test.each(readVectors('identifiers/division.valid.txt'))('reads %s as six digits', (text) => {
  const division = readDivision(text)
  expect(division).toMatch(/^[1-9]\d{5}$/)
  expect(text.padEnd(12, '0').startsWith(division ?? 'none')).toBe(true)
})
test.each(readVectors('identifiers/division.invalid.txt'))('refuses %j', (text) => {
  expect(readDivision(text)).toBeUndefined()
})
test.each(['', ' 43', '43 ', '43\n'])('refuses %j, which a list cannot hold', (text) => {
  expect(readDivision(text)).toBeUndefined()
})

test('the three ways to write a province are one division', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 99 }), (province) => {
      const written = [`${province}`, `${province}0000`, `${province}0000000000`].map(readDivision)
      expect(new Set(written)).toEqual(new Set([`${province}0000`]))
    }),
  )
})

test('what is read is read again as itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100_000, max: 999_999 }), (county) => {
      const division = readDivision(`${county}001000`)
      expect(division).toBe(`${county}`)
      expect(readDivision(String(division))).toBe(division)
    }),
  )
})
