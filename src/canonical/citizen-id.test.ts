import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVectors } from '../../test/vectors.js'
import { readCitizenId } from './citizen-id.js'

const valid = readVectors('identifiers/citizen-id.valid.txt')

test.each(valid)('accepts %s', (text) => {
  expect(readCitizenId(text)).toBe(text)
})
test.each(readVectors('identifiers/citizen-id.invalid.txt'))('refuses %j', (text) => {
  expect(readCitizenId(text)).toBeUndefined()
})

test('a small x is raised', () => {
  expect(readCitizenId('11010519491231002x')).toBe('11010519491231002X')
})

const number = fc
  .record({
    birth: fc.date({ min: new Date('1900-01-01'), max: new Date('2026-01-01'), noInvalidDate: true }),
    order: fc.nat(999),
  })
  .map(({ birth, order }) => {
    const body = `990101${birth.toISOString().slice(0, 10).replaceAll('-', '')}${String(order).padStart(3, '0')}`
    return [...'0123456789X'].map((check) => body + check).filter((text) => readCitizenId(text) !== undefined)
  })

test('each date and order has exactly one check digit', () => {
  fc.assert(
    fc.property(number, (found) => {
      expect(found).toHaveLength(1)
    }),
  )
})

test('one wrong digit is always found', () => {
  fc.assert(
    fc.property(number, fc.nat(17), fc.constantFrom(...'0123456789X'), ([text = ''], at, digit) => {
      fc.pre(text[at] !== digit)
      expect(readCitizenId(text.slice(0, at) + digit + text.slice(at + 1))).toBeUndefined()
    }),
  )
})
