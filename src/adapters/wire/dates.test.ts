import { expect, test } from 'vitest'
import { compactDate, readDate, readValidTo } from './dates.js'

test.each([
  '20230521',
  '2023-05-21',
  '2023/05/21',
  '2023/5/21',
  '2023.05.21',
  '2023年5月21日',
  '2023年05月21日',
  '2023-05-21 00:00:00',
  '2023-05-21T08:30:00+08:00',
  '2023-05-21T08:30:00.000Z',
  '2023-05-20T16:00:00Z',
  '2023-05-20T16:00:00.000+0000',
  '2023-05-21 23:00:00+08:00',
  '20230521083000',
  '20230521083000123',
  '2023年5月21日 8时30分',
  ' 2023-05-21 ',
])('%s is 21 May 2023', (text) => {
  expect(readDate(text)).toBe('2023-05-21')
})

test.each([
  '',
  '2023-02-30',
  '2023-13-01',
  '2023-5/21',
  '230521',
  '0000-01-01',
  '长期',
  '21/05/2023',
  '2023-05-21x',
  '2023-02-30T00:00:00Z',
  '2023-05-21T25:00:00Z',
  '1'.repeat(41),
])('%j is no date', (text) => {
  expect(readDate(text)).toBeUndefined()
})

test('29 February exists in leap years only', () => {
  expect(readDate('2024-02-29')).toBe('2024-02-29')
  expect(readDate('2023-02-29')).toBeUndefined()
})

test.each(['长期', '长期有效', '永久', '9999-12-30', '9999-12-31', '99991231', '9999/12/31', '9999-12-31 23:59:59'])(
  '%s has no end and is kept',
  (text) => {
    expect(readValidTo(text)).toEqual({ date: null, raw: text })
  },
)

test('an end that is not written is none', () => {
  expect(readValidTo('  ')).toEqual({ date: null, raw: null })
})

test('a date is an end', () => {
  expect(readValidTo('2026年5月20日')).toEqual({ date: '2026-05-20', raw: null })
})

test.each(['1Y', '0/L', '三年', '2026-02-30', '9999'])('%s is not read as "for ever"', (text) => {
  expect(readValidTo(text)).toBeUndefined()
})

test('dates are written compact where a dialect wants it', () => {
  expect(compactDate('2026-05-20')).toBe('20260520')
})
