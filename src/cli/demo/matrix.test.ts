import { Readable, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { errorTable } from '../../canonical/errors.js'
import { verdictCodes } from '../../canonical/verdict.js'
import { createTerminal, type Lang } from '../terminal.js'
import { type Asker, type Cell, type Issuer, runMatrix, runVerdicts, showMatrix, showVerdicts } from './matrix.js'
import type { SimulatedLicence } from './simulator.js'

const licence = (issuer: string, earns: string): SimulatedLicence => ({
  id: `${issuer}:${earns}`,
  typeCode: 'T',
  earns,
})
const issuers: readonly Issuer[] = [
  ['hunan', 'canonical'],
  ['shandong', 'head-data-sm2'],
  ['tax', 'tax-gt3'],
  ['national', 'gjzwfwpt'],
].map(([name = '', dialect = '']) => ({
  name,
  dialect,
  licences: ['VALID', 'REVOKED', 'EXPIRED'].map((earns) => licence(name, earns)),
}))

/** Answers what a licence earns, unless it was told otherwise. */
function asker(
  name: string,
  dialect: string,
  lie: (licence: SimulatedLicence) => string | null = ({ earns }) => earns,
): Asker {
  return { name, dialect, ask: async (asked) => ({ status: 200, code: lie(asked), ms: 12.34 }) }
}
const askers = [
  asker('guangdong', 'canonical'),
  asker('fujian', 'head-data-sm2'),
  asker('shenzhen-tax', 'tax-gt3'),
  asker('mca', 'gjzwfwpt'),
]

function shown(
  lang: Lang,
  colour: boolean,
  show: (terminal: ReturnType<typeof createTerminal>) => void,
): readonly string[] {
  let text = ''
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  const rest = { json: false, errorColour: false, interactive: false, attended: false, debug: false }
  show(createTerminal({ ...rest, lang, colour, input: Readable.from([]), out, err: out }))
  return text.trimEnd().split('\n')
}

/** Columns of a terminal: two for Chinese, none for colour. */
function widthOf(line: string): number {
  const bare = line.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')
  return [...bare].reduce((sum, each) => sum + (/[\u3000-\u9fff\uff00-\uff60]/.test(each) ? 2 : 1), 0)
}

test('every asker asks every issuer for a licence in force', async () => {
  const cells = await runMatrix(askers, issuers)
  expect(cells).toHaveLength(16)
  expect(new Set(cells.map((cell) => `${cell.asker} ${cell.issuer}`)).size).toBe(16)
  expect(cells[0]).toEqual({
    asker: 'guangdong',
    issuer: 'hunan',
    licenceId: 'hunan:VALID',
    expected: 'VALID',
    got: 'VALID',
    ms: 12.3,
    ok: true,
  })
})

test('every licence is asked for once, and the askers take turns', async () => {
  const cells = await runVerdicts(askers, issuers)
  expect(cells.map(({ licenceId }) => licenceId)).toEqual(
    issuers.flatMap(({ licences }) => licences.map(({ id }) => id)),
  )
  expect(new Set(cells.map((cell) => cell.asker)).size).toBeGreaterThan(1)
})

test('a wrong answer, an answer without a code and no answer at all are not as expected', async () => {
  const odd: readonly Asker[] = [
    asker('liar', 'canonical', () => 'REVOKED'),
    asker('mute', 'canonical', () => null),
    { name: 'gone', dialect: 'canonical', ask: () => Promise.reject(new Error('connect ECONNREFUSED 203.0.113.7')) },
  ]
  const cells = await runMatrix(odd, issuers.slice(0, 1))
  expect(cells.map(({ got, ok }) => [got, ok])).toEqual([
    ['REVOKED', false],
    ['HTTP 200', false],
    ['NO_ANSWER', false],
  ])
})

test.each(['zh', 'en'] as const)('the tables are straight in %s, with colours and without', async (lang) => {
  const cells = await runMatrix(askers, issuers)
  const verdicts = await runVerdicts(askers, issuers)
  for (const colour of [false, true]) {
    const matrix = shown(lang, colour, (terminal) => showMatrix(terminal, askers, issuers, cells))
    const second = shown(lang, colour, (terminal) => showVerdicts(terminal, issuers, verdicts))
    for (const lines of [matrix, second]) {
      expect(new Set(lines.map(widthOf)).size).toBe(1)
      expect(lines.join('').includes('\u001b[')).toBe(colour)
    }
    expect(matrix.join('\n').match(/✔ VALID 12\.3 ms/g)).toHaveLength(16)
    expect(matrix[1]).toContain(lang === 'zh' ? '提问 ↓  制发 →' : 'asks ↓  issues →')
  }
})

test('the widest cells of four by four fit into 160 columns', async () => {
  const longest = (codes: readonly string[]) => codes.reduce((one, two) => (two.length > one.length ? two : one))
  const got = longest([...verdictCodes, ...Object.keys(errorTable)])
  const cells: readonly Cell[] = askers.flatMap(({ name }) =>
    issuers.map((issuer) => ({
      asker: name,
      issuer: issuer.name,
      licenceId: '',
      expected: longest(verdictCodes),
      got,
      ms: 30_000,
      ok: false,
    })),
  )
  const wrong = shown('en', false, (terminal) => showMatrix(terminal, askers, issuers, cells))
  expect(Math.max(...wrong.map(widthOf))).toBeLessThanOrEqual(160)
  expect(wrong.join('\n')).toContain(`✘ ${got}`)
  const slow = cells.map((cell) => ({ ...cell, got: cell.expected, ok: true }))
  const right = shown('zh', false, (terminal) => showMatrix(terminal, askers, issuers, slow))
  expect(Math.max(...right.map(widthOf))).toBeLessThanOrEqual(160)
})
