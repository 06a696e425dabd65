import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lifecycleStates } from './lifecycle.js'
import {
  firstVerdict,
  isVerdictCode,
  notChecked,
  type VerdictCode,
  verdictCodes,
  verdictReport,
  verdictTable,
} from './verdict.js'

// Written out by hand: the order decides which fault a person hears of, so it must not move by an edit of the table.
const ORDER = [
  ['no', 'TAMPERED', 'SEAL_INVALID', 'NOT_FOUND', 'REVOKED', 'MISMATCH'],
  ['gr', 'SUSPENDED', 'CANCELLED', 'SUPERSEDED', 'EXPIRED', 'NOT_YET_VALID'],
  ['un', 'FOREIGN_CODE', 'UNREADABLE', 'UNSUPPORTED', 'CODE_EXPIRED', 'NOT_AUTHORISED'],
  ['un', 'ISSUER_UNKNOWN', 'ISSUER_UNREACHABLE', 'SEAL_UNVERIFIED', 'STATUS_UNKNOWN'],
  ['ok', 'VALID'],
]
const VERDICT = { no: 'INVALID', gr: 'INVALID', un: 'UNDETERMINED', ok: 'VALID' }

test('the total order', () => {
  expect(verdictCodes).toEqual(ORDER.flatMap(([, ...codes]) => codes))
})

test.each(ORDER.flatMap(([group = '', ...codes]) => codes.map((code) => [code, group] as const)))(
  '%s is of group %s',
  (code, group) => {
    const entry = verdictTable[code as VerdictCode]
    expect(entry.group).toBe(group)
    expect(entry.verdict).toBe(VERDICT[group as keyof typeof VERDICT])
  },
)

test.each(verdictCodes)('%s has its words in both languages', (code) => {
  const { word, line, action } = verdictTable[code]
  for (const text of [word, line, action]) {
    expect(text.zh).toMatch(/\p{Script=Han}/u)
    expect(text.en).toMatch(/[a-z]/)
    expect(text.en).not.toMatch(/\p{Script=Han}/u)
  }
})

test('the first that holds wins, in whatever order they are found', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...verdictCodes), { minLength: 1 }), (codes) => {
      const first = codes.reduce((left, right) =>
        verdictCodes.indexOf(left) < verdictCodes.indexOf(right) ? left : right,
      )
      expect(firstVerdict(codes)).toBe(first)
      expect(firstVerdict(codes.toReversed())).toBe(first)
      expect(firstVerdict([...codes, 'VALID'])).toBe(first)
    }),
  )
})

test('nothing held against it is VALID', () => {
  expect(firstVerdict([])).toBe('VALID')
})

test('an undetermined code never hides a negative one, and VALID hides nothing', () => {
  const rank = { no: 0, gr: 1, un: 2, ok: 3 }
  const ranks = verdictCodes.map((code) => rank[verdictTable[code].group])
  expect(ranks).toEqual(ranks.toSorted((left, right) => left - right))
})

test.each(verdictCodes)('a report of %s follows its code', (code) => {
  const report = verdictReport({ code, parts: {} })
  expect(report).toEqual({
    verdict: verdictTable[code].verdict,
    code,
    group: verdictTable[code].group,
    parts: { integrity: notChecked, status: notChecked, identity: notChecked, seal: notChecked },
    lifecycle: { state: 'unknown', raw: null, encumbrances: [] },
  })
  expect(report).not.toHaveProperty('fields')
})

test('fields and parts that are given stand in the report', () => {
  const status = {
    value: 'VALID',
    reason: null,
    evidence: { source: 'hunan', asOf: '2023-11-14T22:13:20.000Z' },
  } as const
  const report = verdictReport({ code: 'VALID', parts: { status }, fields: { name: 'match' } })
  expect(report.parts.status).toBe(status)
  expect(report.parts.seal).toBe(notChecked)
  expect(report.fields).toEqual({ name: 'match' })
})

test.each(['valid', '', 'toString', '__proto__', 'constructor', ...lifecycleStates])(
  '%j is no verdict code',
  (text) => {
    expect(isVerdictCode(text)).toBe(false)
  },
)
