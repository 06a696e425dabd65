import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { packageRoot } from '../src/config/package-root.js'

export const coverageStatuses = ['works', 'planned', 'documented', 'out-of-scope'] as const
export type CoverageStatus = (typeof coverageStatuses)[number]

/** One thing that the founding documents ask for, and what became of it. */
export interface CoverageRow {
  readonly id: string
  readonly zh: string
  readonly en: string
  /** Founding document and article. */
  readonly source: string
  readonly status: CoverageStatus
  /** `<path>#<part of a test's name>`. */
  readonly tests: readonly string[]
}

/** Reads a file of the project by its path; undefined when there is none. */
export type ReadText = (path: string) => string | undefined

/** @throws Error when spec/coverage.yaml breaks its schema */
export function readCoverage(read: ReadText): readonly CoverageRow[] {
  const rows: unknown = parse(read('spec/coverage.yaml') ?? '', { uniqueKeys: true })
  const ajv = new Ajv({ strict: false, allErrors: true })
  if (!ajv.validate(JSON.parse(read('spec/coverage.schema.json') ?? '{}'), rows)) {
    throw new Error(`spec/coverage.yaml: ${ajv.errorsText()}`)
  }
  return (rows as { rows: readonly CoverageRow[] }).rows
}

/** What the rows claim and the tree does not bear out, a line each; empty when every claim stands. */
export function brokenClaims(rows: readonly CoverageRow[], read: ReadText): readonly string[] {
  const texts = new Map<string, string | undefined>()
  const textOf = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, read(path))
    return texts.get(path)
  }
  return rows.flatMap(({ id, status, tests }, index) => {
    const expected = `C-${String(index + 1).padStart(3, '0')}`
    return [
      ...(id === expected ? [] : [`${id}: should be ${expected}`]),
      ...(status === 'works' && tests.length === 0 ? [`${id}: works, and no test shows it`] : []),
      ...(status !== 'works' && tests.length > 0 ? [`${id}: ${status}, and yet it names tests`] : []),
      ...tests.flatMap((test) => brokenTest(test, textOf).map((fault) => `${id}: ${fault}`)),
    ]
  })
}

function brokenTest(test: string, textOf: ReadText): readonly string[] {
  const [path = '', name = ''] = test.split(/#(.*)/s)
  if (!path.endsWith('.test.ts') || name.trim() === '') return [`${test} is no test id`]
  const text = textOf(path)
  if (text === undefined) return [`${path} does not exist`]
  return text.includes(name) ? [] : [`${path} has no test named "${name}"`]
}

const headings: Readonly<Record<CoverageStatus, readonly [title: string, line: string]>> = {
  works: ['Works', 'Each row names the tests that show it.'],
  planned: ['Planned', 'Not in this release. Nothing in the gateway pretends to do it.'],
  documented: ['Recorded', 'Aims, roles and frames with nothing for a gateway to execute.'],
  'out-of-scope': ['Out of scope', 'Asked for by the documents, and not the gateway’s to do.'],
}

/** docs/coverage.md, whole. */
export function coveragePage(rows: readonly CoverageRow[]): string {
  const of = (status: CoverageStatus) => rows.filter((row) => row.status === status)
  return [
    '# What the founding documents ask for, and what this release does',
    '',
    'Generated from [`spec/coverage.yaml`](../spec/coverage.yaml) by `npm run build && node dist/scripts/coverage.js`; a',
    'test keeps the two alike, and refuses a row that works without a test. The wording is ours, the source is named.',
    '',
    '| status | rows |',
    '|---|---|',
    ...coverageStatuses.map((status) => `| ${headings[status][0]} | ${of(status).length} |`),
    `| in all | ${rows.length} |`,
    ...coverageStatuses.flatMap((status) => section(status, of(status))),
    '',
  ].join('\n')
}

function section(status: CoverageStatus, rows: readonly CoverageRow[]): readonly string[] {
  const [title, line] = headings[status]
  const hasTests = status === 'works'
  return [
    '',
    `## ${title}`,
    '',
    line,
    '',
    `| row | what | 内容 | source |${hasTests ? ' tests |' : ''}`,
    `|---|---|---|---|${hasTests ? '---|' : ''}`,
    ...rows.map(
      ({ id, zh, en, source, tests }) =>
        `| ${id} | ${cell(en)} | ${cell(zh)} | ${cell(source)} |${hasTests ? ` ${cell(tests.map(shown).join('<br>'))} |` : ''}`,
    ),
  ]
}

function shown(test: string): string {
  const [path = '', name = ''] = test.split(/#(.*)/s)
  return `\`${path}\`: ${name}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** Reads below the package's folder. */
export function readProject(path: string): string | undefined {
  const file = join(packageRoot(), path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const rows = readCoverage(readProject)
  const broken = brokenClaims(rows, readProject)
  for (const line of broken) console.error(line)
  if (broken.length > 0) process.exitCode = 1
  else writeFileSync(join(packageRoot(), 'docs/coverage.md'), coveragePage(rows))
}
