import { describe, expect, test } from 'vitest'
import { brokenClaims, type CoverageRow, coveragePage, readCoverage, readProject } from '../scripts/coverage.js'

const rows = readCoverage(readProject)

test('every claim of spec/coverage.yaml stands: the tests it names exist', () => {
  expect(brokenClaims(rows, readProject)).toEqual([])
})

test('all 143 rows are there, and something works', () => {
  expect(rows).toHaveLength(143)
  expect(rows.filter(({ status }) => status === 'works').length).toBeGreaterThan(10)
})

test('docs/coverage.md is what the rows say', () => {
  expect(readProject('docs/coverage.md')).toBe(coveragePage(rows))
})

describe('a false claim is found', () => {
  const row: CoverageRow = { id: 'C-001', zh: '某事', en: 'a thing', source: '某文', status: 'works', tests: [] }
  const tree: Readonly<Record<string, string>> = { 'src/a.test.ts': "test('a thing is done', () => {})" }
  const read = (path: string): string | undefined => tree[path]

  test.each<[string, Partial<CoverageRow>, string]>([
    ['works without a test', {}, 'C-001: works, and no test shows it'],
    ['a test file that is not there', { tests: ['src/b.test.ts#a thing'] }, 'C-001: src/b.test.ts does not exist'],
    ['a test that is not there', { tests: ['src/a.test.ts#other'] }, 'C-001: src/a.test.ts has no test named "other"'],
    ['no test id', { tests: ['src/a.ts#a thing'] }, 'C-001: src/a.ts#a thing is no test id'],
    ['no test name', { tests: ['src/a.test.ts# '] }, 'C-001: src/a.test.ts#  is no test id'],
    [
      'planned with a test',
      { status: 'planned', tests: ['src/a.test.ts#a thing'] },
      'C-001: planned, and yet it names tests',
    ],
    ['a gap in the numbers', { id: 'C-002', tests: ['src/a.test.ts#a thing'] }, 'C-002: should be C-001'],
  ])('%s', (_, change, fault) => {
    expect(brokenClaims([{ ...row, ...change }], read)).toEqual([fault])
  })
  test('and a true one is not', () => {
    expect(brokenClaims([{ ...row, tests: ['src/a.test.ts#a thing is done'] }], read)).toEqual([])
  })
  test('a file that breaks the schema is refused', () => {
    const broken = (path: string) => (path.endsWith('.yaml') ? 'rows: [{ id: C-1 }]' : readProject(path))
    expect(() => readCoverage(broken)).toThrow(/coverage\.yaml/)
  })
})

test('the page counts the rows, sorts them by status, and names the tests of what works', () => {
  const page = coveragePage([
    { id: 'C-001', zh: '甲', en: 'one | two', source: '某文 一', status: 'works', tests: ['src/a.test.ts#does # it'] },
    { id: 'C-002', zh: '乙', en: 'three', source: '某文 二', status: 'planned', tests: [] },
  ])
  expect(page).toContain('| Works | 1 |')
  expect(page).toContain('| in all | 2 |')
  expect(page).toContain('| C-001 | one \\| two | 甲 | 某文 一 | `src/a.test.ts`: does # it |')
  expect(page.indexOf('## Works')).toBeLessThan(page.indexOf('| C-001'))
  expect(page.indexOf('## Planned')).toBeLessThan(page.indexOf('| C-002'))
})
