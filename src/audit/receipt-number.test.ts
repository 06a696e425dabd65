import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseReceiptNumber, readReceiptNumber, receiptDate, receiptNumber } from './receipt-number.js'

const key = Buffer.from('hutong-test-receipt-numbers')
const AT = '2026-11-23T08:00:00.000Z'

test('date, index in seven characters or more, check', () => {
  expect(receiptNumber(0, AT, key)).toMatch(/^HT20261123-0000000-[0-9A-HJKMNP-TV-Z]{4}$/)
  expect(receiptNumber(31, AT, key)).toMatch(/^HT20261123-000000Z-/)
  expect(receiptNumber(32 ** 7 - 1, AT, key)).toMatch(/^HT20261123-ZZZZZZZ-/)
  expect(receiptNumber(32 ** 7, AT, key)).toMatch(/^HT20261123-10000000-/)
  expect(receiptNumber(Number.MAX_SAFE_INTEGER, AT, key)).toMatch(/^HT20261123-7ZZZZZZZZZZ-/)
})

test('a number leads back to its index, whatever the key', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 32 })
  const instants = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-30'), noInvalidDate: true })
  fc.assert(
    fc.property(fc.maxSafeNat(), instants, bytes, (index, at, secret) => {
      const iso = at.toISOString()
      const text = receiptNumber(index, iso, secret)
      expect(parseReceiptNumber(text, secret)).toEqual({ date: receiptDate(iso), index })
      expect(readReceiptNumber(text)).toEqual({ date: receiptDate(iso), index })
    }),
  )
})

test('the date is China’s', () => {
  expect(receiptDate('2026-11-23T15:59:59.999Z')).toBe('20261123')
  expect(receiptDate('2026-11-23T16:00:00.000Z')).toBe('20261124')
  expect(receiptDate('2026-12-31T23:00:00.000Z')).toBe('20270101')
})

test('as people type it', () => {
  const text = receiptNumber(33, AT, key)
  expect(text).toContain('-0000011-')
  const typed = ` ${text.toLowerCase().replace('0000011', 'oOo0olI')} `
  expect(parseReceiptNumber(typed, key)).toEqual({ date: '20261123', index: 33 })
})

test('knowing one number does not give another: index, date and check belong together', () => {
  const [head = '', , check = ''] = receiptNumber(100, AT, key).split('-')
  const taken = Array.from({ length: 2000 }, (_, nth) => {
    const digits = receiptNumber(nth + 200, AT, key).split('-')[1]
    return parseReceiptNumber(`${head}-${digits}-${check}`, key)
  }).filter((read) => read !== null)
  expect(taken.length).toBeLessThanOrEqual(1)
  expect(parseReceiptNumber(receiptNumber(100, AT, Buffer.from('hutong-test-another-key!')), key)).toBeNull()
  expect(parseReceiptNumber(receiptNumber(100, AT, key).replace('HT20261123', 'HT20261124'), key)).toBeNull()
})

describe('what is no number', () => {
  const good = receiptNumber(5, AT, key)
  test.each([
    '',
    good.replace('HT', 'HY'),
    good.replaceAll('-', ''),
    good.slice(0, -1),
    `${good}0`,
    good.replace('-0000005-', '-000005-'),
    good.replace('-0000005-', '-00000005-'),
    good.replace('-0000005-', '-ZZZZZZZZZZZ-'),
    good.replace('-0000005-', '-000000U-'),
    `${good}\n${good}`,
    'H'.repeat(1_000_000),
  ])('%#', (text) => {
    expect(parseReceiptNumber(text, key)).toBeNull()
    expect(readReceiptNumber(text)).toBeNull()
  })
})
