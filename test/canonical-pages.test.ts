import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { imageOfPeerCode } from '../src/adapters/wire/peer-code.js'
import { type ErrorCode, errorTable } from '../src/canonical/errors.js'
import { lifecycleStates } from '../src/canonical/lifecycle.js'
import { isVerdictCode } from '../src/canonical/verdict.js'
import { judgeFinding } from '../src/trust/judge.js'
import { readGolden } from './golden.js'

const readSpec = (name: string) => readFileSync(fileURLToPath(new URL(`../spec/${name}`, import.meta.url)), 'utf8')
const dialect = readSpec('dialects/canonical.md')
const model = readSpec('canonical.md')

interface Schema {
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}
const { schemas } = (parse(readSpec('openapi.yaml')) as { components: { schemas: Record<string, Schema> } }).components

/** Dotted names of every member under a schema; what the page describes once, in a section of its own, is not opened. */
function membersOf(schema: Schema | undefined, closed: readonly string[], prefix = ''): readonly string[] {
  if (schema?.$ref !== undefined) return membersOf(schemas[schema.$ref.split('/').at(-1) ?? ''], closed, prefix)
  const own = Object.entries(schema?.properties ?? {}).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`
    return [path, ...(closed.includes(path) ? [] : membersOf(inner, closed, `${path}.`))]
  })
  const all = (schema?.allOf ?? []).filter((part) => part.$ref !== undefined || part.properties !== undefined)
  const below = schema?.items === undefined ? [] : membersOf(schema.items, closed, prefix)
  return [...own, ...below, ...(prefix === '' ? all.flatMap((part) => membersOf(part, closed)) : [])]
}

/** First cells of the table in a section of the page. */
function rowsOf(page: string, heading: string): readonly string[] {
  const [, section] = page.split(`### ${heading}\n`)
  if (section === undefined) throw new Error(`no section ${heading}`)
  return [...(section.split(/\n##/)[0] ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name)
}

describe('spec/canonical.md lists the members of the schemas', () => {
  const common = rowsOf(model, '1.1 Every request')
  const parts = ['integrity', 'status', 'identity', 'seal']
  const spread = (rows: readonly string[]) =>
    rows.flatMap((row) => (row.startsWith('parts.*') ? parts.map((part) => row.replace('*', part)) : [row]))
  test.each<[string, string, readonly string[]]>([
    ['1.2 search', 'SearchRequest', common],
    ['1.3 getData', 'GetDataRequest', common],
    ['1.4 verifyData', 'VerifyDataRequest', common],
    ['2.1 search', 'SearchAnswer', []],
    ['2.2 getData', 'GetDataAnswer', []],
    ['2.3 verifyData', 'VerifyDataAnswer', []],
    ['2.5 Receipt 回执', 'Receipt', []],
  ])('%s: %s', (heading, name, shared) => {
    const listed = [...spread(rowsOf(model, heading)), ...shared]
    const defined = membersOf(schemas[name], ['receipt', 'proof.record'])
    expect(listed.toSorted()).toEqual([...new Set(defined)].toSorted())
  })

  test('2.4 Life-cycle: every state, and the verdict that it earns', () => {
    const rows = [...model.matchAll(/^\| `([a-z-]+)` \| [^|]+ \| ([A-Z_]+) \|$/gm)]
    expect(rows.map(([, state]) => state)).toEqual(lifecycleStates)
    for (const [, state, code] of rows) {
      const lifecycle = { state: state as (typeof lifecycleStates)[number], raw: null, encumbrances: [] }
      const finding = {
        existence: 'found',
        lifecycle,
        validFrom: null,
        validTo: null,
        claims: {},
        mismatch: false,
      } as const
      expect(judgeFinding(finding, { source: 'test', at: 0 }).code).toBe(code)
    }
  })
})

describe('spec/dialects/canonical.md', () => {
  const goldens = readdirSync(fileURLToPath(new URL('./golden/canonical/', import.meta.url)))
  test.each(goldens.filter((name) => name.endsWith('.http')))('shows %s, byte for byte', (name) => {
    expect(dialect).toContain(`\`${name}\`\n\n\`\`\`http\n${readGolden(name)}\n\`\`\`\n`)
  })

  test.each(['verify-data.request.base.txt', 'verify-data.reply.base.txt'])('shows %s', (name) => {
    expect(dialect).toContain(`\`${name}\`:\n\n\`\`\`\n${readGolden(name)}\n\`\`\`\n`)
  })

  test('names no code that does not exist', () => {
    const shown = [dialect, model].flatMap((page) => page.match(/\b[A-Z]{4,}(?:_[A-Z]+)+\b/g) ?? [])
    const families = ['ISSUER_', 'LICENCE_ID_', 'NOT_CHECKED']
    const strange = shown.filter(
      (code) => !Object.hasOwn(errorTable, code) && !isVerdictCode(code) && !families.includes(code),
    )
    expect(strange).toEqual([])
  })

  test('5.1: what it says of a peer’s codes is what is done', () => {
    const [, section = ''] = dialect.split('### 5.1 ')
    const [same = '', ...changed] = [...section.matchAll(/^\| ([A-Z_, ]+) \| (.+) \|$/gm)].map(([row]) => row)
    for (const code of same.match(/[A-Z_]{4,}/g) ?? []) expect(imageOfPeerCode(code as ErrorCode)).toBe(code)
    const renamed = changed.map((row) => row.match(/[A-Z_]{4,}/g) as [ErrorCode, ErrorCode])
    expect(renamed.map(([code]) => code)).toEqual(['RATE_LIMITED', 'DRAINING'])
    for (const [code, image] of renamed) expect(imageOfPeerCode(code)).toBe(image)
    const kept = (Object.keys(errorTable) as ErrorCode[]).filter((code) => imageOfPeerCode(code) === code)
    expect((same.match(/[A-Z_]{4,}/g) ?? []).toSorted()).toEqual(kept.toSorted())
  })
})
