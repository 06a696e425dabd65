import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { errorsPage, verdictsPage } from '../scripts/spec-tables.js'
import { errorTable, isErrorCode } from '../src/canonical/errors.js'
import { isVerdictCode, verdictCodes, verdictTable } from '../src/canonical/verdict.js'

const readSpec = (name: string) => readFileSync(fileURLToPath(new URL(`../spec/${name}`, import.meta.url)), 'utf8')

/** The rows of a page that name a code, by that code, in the page's order. */
function rowsOf(page: string): ReadonlyMap<string, readonly string[]> {
  const cells = page.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.slice(2, -2).split(' | ')] : []))
  const named = cells.flatMap((row) =>
    row.flatMap((cell) => /^`([A-Z_]+)`$/.exec(cell)?.slice(1) ?? []).map((code) => [code, row] as const),
  )
  if (new Set(named.map(([code]) => code)).size !== named.length) throw new Error('a code has two rows')
  return new Map(named)
}

describe('spec/errors.md', () => {
  const rows = rowsOf(readSpec('errors.md'))

  test('has a row for every code, in the order of the table', () => {
    expect([...rows.keys()]).toEqual(Object.keys(errorTable))
  })

  test.each([...rows])('%s is in the table, and says there what the page says', (code, row) => {
    if (!isErrorCode(code)) throw new Error(`${code} is on the page only`)
    const { origin, stage, status, retryable, cause, next } = errorTable[code]
    expect(row).toEqual([
      `\`${code}\``,
      origin,
      stage,
      String(status),
      retryable ? 'yes' : 'no',
      `${cause.zh}<br>${cause.en}`,
      `${next.zh}<br>${next.en}`,
    ])
  })

  test('is what the script prints', () => {
    expect(readSpec('errors.md')).toBe(errorsPage())
  })
})

describe('spec/verdicts.md', () => {
  const rows = rowsOf(readSpec('verdicts.md'))

  test('has a row for every code, in the total order', () => {
    expect([...rows.keys()]).toEqual(verdictCodes)
  })

  test.each([...rows])('%s is in the table, and says there what the page says', (code, row) => {
    if (!isVerdictCode(code)) throw new Error(`${code} is on the page only`)
    const { verdict, group, word, line, action, etsi } = verdictTable[code]
    const texts = [word, line, action].map(({ zh, en }) => `${zh}<br>${en}`)
    expect(row.slice(1)).toEqual([`\`${code}\``, verdict, group, ...texts, etsi ?? '–'])
    expect(row[0]).toBe(String(verdictCodes.indexOf(code) + 1))
  })

  test('is what the script prints', () => {
    expect(readSpec('verdicts.md')).toBe(verdictsPage())
  })
})
