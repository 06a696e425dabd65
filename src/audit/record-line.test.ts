import { describe, expect, test } from 'vitest'
import { auditEntry } from '../../test/audit-fixtures.js'
import type { AuditEntry } from '../canonical/audit-record.js'
import { canonicalJson } from '../canonical/canonical-json.js'
import { isRecord, prepareRecord, readRecordLine } from './record-line.js'

const bytes = (text: string) => Buffer.from(text, 'utf8')
const lineOf = (entry: AuditEntry, index = 7) => prepareRecord(entry).at(index).line

test('a line is the RFC 8785 text of its record, every field there is', () => {
  const { record, line } = prepareRecord(auditEntry(1)).at(42)
  expect(line).toBe(canonicalJson(record))
  expect(record).toEqual({ index: 42, ...auditEntry(1) })
  expect(Object.keys(JSON.parse(line))).toEqual(Object.keys(record).sort())
  expect(readRecordLine(bytes(line))).toEqual(record)
})

test('the golden line', () => {
  const entry: AuditEntry = {
    ...auditEntry(0),
    licenceHash: null,
    caseHash: null,
    requestSm3: 'a'.repeat(64),
    answerSm3: 'b'.repeat(64),
  }
  expect(lineOf(entry)).toBe(
    `{"answerSm3":"${'b'.repeat(64)}","at":"2026-11-23T08:00:00.000Z","caller":"guangdong","caseHash":null,"code":"VALID",` +
      `"configVersion":"c-1","holderHash":null,"index":7,"itemCode":"440100-0001","licenceHash":null,"ms":12,` +
      `"operation":"verifyData","operator":"asserted","outcome":"answered","requestSm3":"${'a'.repeat(64)}","route":"hunan",` +
      `"trace":"trace-00000000","type":"11100000000014445H001"}`,
  )
})

test('members that no record has stay out', () => {
  const entry = { ...auditEntry(1), holderName: '张三' }
  const { record, line } = prepareRecord(entry).at(0)
  expect(line).not.toContain('holderName')
  expect(record).not.toHaveProperty('holderName')
})

test('nobody escapes the log with a text that it cannot hold', () => {
  const { record, line } = prepareRecord({
    ...auditEntry(1),
    itemCode: '事'.repeat(5000),
    caller: 'a\ud800b',
    route: '"\n',
  }).at(0)
  expect(record.itemCode).toBe(`${'事'.repeat(255)}…`)
  expect(record.caller).toBe('a\ufffdb')
  expect(readRecordLine(bytes(line))).toEqual(record)
  expect(line).not.toContain('\n')
})

test('a text is not cut through a character of two code units', () => {
  const { record, line } = prepareRecord({ ...auditEntry(1), itemCode: `${'x'.repeat(254)}😀😀` }).at(0)
  expect(record.itemCode?.isWellFormed()).toBe(true)
  expect(readRecordLine(bytes(line))).toEqual(record)
})

const wrong: readonly [string, object][] = [
  ['a hash that is none', { requestSm3: 'abc' }],
  ['an upper-case hash', { answerSm3: 'A'.repeat(64) }],
  ['plain text where a keyed hash belongs', { holderHash: '11010519491231002X' }],
  ['a negative duration', { ms: -1 }],
  ['half a millisecond', { ms: 0.5 }],
  ['a time without a zone', { at: '2026-11-23T08:00:00.000' }],
  ['a day that does not exist', { at: '2026-02-30T08:00:00.000Z' }],
  ['an unknown operation', { operation: 'issue' }],
  ['an unknown outcome', { outcome: 'maybe' }],
  ['a code in small letters', { code: 'valid' }],
  ['no trace', { trace: '' }],
]
describe('what no text from outside can explain is a mistake of ours', () => {
  test.each(wrong)('%s', (_, change) => {
    expect(() => prepareRecord({ ...auditEntry(1), ...change })).toThrow(TypeError)
    expect(isRecord({ index: 1, ...auditEntry(1), ...change })).toBe(false)
  })
})

describe('reading is strict', () => {
  const line = lineOf(auditEntry(1))
  test.each([
    ['not JSON', '{', 'malformed'],
    ['an array', '[]', 'malformed'],
    ['null', 'null', 'malformed'],
    ['a missing member', line.replace('"caller":"guangdong",', ''), 'malformed'],
    ['an extra member', line.replace('{', '{"aaa":1,'), 'malformed'],
    ['an index below zero', line.replace('"index":7', '"index":-7'), 'malformed'],
    ['a space', line.replace(',', ', '), 'not-canonical'],
    [
      'members in another order',
      `{"at":"2026-11-23T08:00:01.000Z",${line.slice(1).replace('"at":"2026-11-23T08:00:01.000Z",', '')}`,
      'not-canonical',
    ],
    ['a number in another form', line.replace('"index":7', '"index":7.0'), 'not-canonical'],
    ['an escape that is not needed', line.replace('guangdong', 'guang\\u0064ong'), 'not-canonical'],
    ['a member twice', line.replace('"ms":12', '"ms":13,"ms":12'), 'not-canonical'],
    ['a line beyond all measure', `${line}${' '.repeat(20_000)}`, 'malformed'],
  ])('%s', (_, text, fault) => {
    expect(readRecordLine(bytes(text))).toBe(fault)
  })

  test('bytes that are not UTF-8', () => {
    const broken = bytes(line.replace('guangdong', 'guangdon\u00e9'))
    const at = broken.indexOf(0xc3)
    expect(readRecordLine(Buffer.concat([broken.subarray(0, at), broken.subarray(at + 1)]))).toBe('malformed')
  })
})
