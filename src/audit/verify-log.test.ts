import { cp, mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditEntry, keyMap, ORIGIN, openTestLog, testKey } from '../../test/audit-fixtures.js'
import type { AuditRecord } from '../canonical/audit-record.js'
import { canonicalJson } from '../canonical/canonical-json.js'
import { auditFaultTexts } from './audit-fault.js'
import { checkpointSigner } from './checkpoint.js'
import { emptyFrontier, grow } from './frontier.js'
import { leafHash } from './merkle.js'
import { type VerifyOptions, verifyAuditLog } from './verify-log.js'

const key = testKey('gateway-1')
const keys = keyMap(key)
const RECORDS = 24
/** A log of four checkpoints, at 6, 12, 18 and 24 records. */
let original: string
let older: string
let copies = 0
let latest: string

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'hutong-verify-'))
  older = join(original, 'older')
  const dir = join(original, 'log')
  for (let from = 0; from < RECORDS; from += 6) {
    const log = await openTestLog(dir, key)
    for (let nth = from; nth < from + 6; nth++) await log.append(auditEntry(nth))
    latest = await log.checkpoint()
    await log.close()
    if (from === 6) await cp(dir, older, { recursive: true })
  }
})
afterAll(() => rm(original, { recursive: true, force: true }))

const SEGMENT = 'records-0000000000000000.jsonl'
const readLines = async (dir: string) => (await readFile(join(dir, SEGMENT), 'utf8')).split('\n').slice(0, -1)
const writeLines = (dir: string, lines: readonly string[]) =>
  writeFile(join(dir, SEGMENT), lines.map((line) => `${line}\n`).join(''))
const edited = (line: string | undefined, change: Partial<Record<keyof AuditRecord, unknown>>) =>
  canonicalJson({ ...(JSON.parse(line ?? '{}') as object), ...change })
const renumbered = (lines: readonly string[]) => lines.map((line, index) => edited(line, { index }))

/** Verifies a copy of the log after something was done to it. */
async function damaged(
  damage: (dir: string) => Promise<unknown>,
  options: VerifyOptions = {},
  from = join(original, 'log'),
) {
  const dir = join(original, `copy-${copies++}`)
  await cp(from, dir, { recursive: true })
  await damage(dir)
  return await verifyAuditLog(dir, keys, options)
}

/** Tree and offsets as they would be computed from the changed records: the work of a careful forger. */
async function forgeTree(dir: string): Promise<void> {
  const leaves = (await readLines(dir)).map((line) => leafHash(Buffer.from(line)))
  await writeFile(join(dir, 'tree'), grow(emptyFrontier, leaves).completed)
}

test('a log that nobody touched holds', async () => {
  expect(await damaged(async () => {})).toMatchObject({
    holds: true,
    failure: null,
    warnings: [],
    origin: ORIGIN,
    size: RECORDS,
    signedSize: RECORDS,
    checkpoints: 4,
  })
})

test('a folder without a log holds nothing, and holds', async () => {
  expect(await verifyAuditLog(join(original, 'nowhere'), keys)).toMatchObject({ holds: true, size: 0, origin: null })
})

describe('one record changed', () => {
  const changes: readonly [keyof AuditRecord, unknown][] = [
    ['answerSm3', 'f'.repeat(64)],
    ['at', '2026-11-23T08:00:13.001Z'],
    ['caller', 'fujian'],
    ['caseHash', null],
    ['code', 'REVOKED'],
    ['configVersion', 'c-2'],
    ['holderHash', 'f'.repeat(64)],
    ['itemCode', null],
    ['licenceHash', 'f'.repeat(64)],
    ['ms', 13],
    ['operation', 'getData'],
    ['operator', 'authenticated'],
    ['outcome', 'refused'],
    ['requestSm3', 'f'.repeat(64)],
    ['route', 'shandong'],
    ['trace', 'trace-99999999'],
    ['type', null],
  ]
  test('the table has every field', () => {
    expect([...changes.map(([field]) => field), 'index'].sort()).toEqual(
      Object.keys({ ...auditEntry(0), index: 0 }).sort(),
    )
  })

  test.each(changes)('%s', async (field, value) => {
    const report = await damaged(async (dir) => {
      const lines = await readLines(dir)
      lines[13] = edited(lines[13], { [field]: value })
      await writeLines(dir, lines)
    })
    expect(report).toMatchObject({ holds: false, failure: { fault: 'record-altered', index: 13, upTo: null } })
  })

  test('index', async () => {
    const report = await damaged(async (dir) => {
      const lines = await readLines(dir)
      lines[13] = edited(lines[13], { index: 14 })
      await writeLines(dir, lines)
    })
    expect(report.failure).toMatchObject({ fault: 'index-broken', index: 13 })
  })

  test('any one bit of it', async () => {
    const whole = await readFile(join(original, 'log', SEGMENT))
    const start = whole.indexOf('\n', whole.indexOf('"index":12')) + 1
    const end = whole.indexOf('\n', start)
    const places = Array.from({ length: Math.ceil((end - start) / 7) }, (_, nth) => start + 7 * nth)
    for (const at of [...places, end]) {
      const report = await damaged((dir) => {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
        return writeFile(join(dir, SEGMENT), bytes)
      })
      expect(report, `byte ${at}`).toMatchObject({ holds: false, failure: { index: 13 } })
    }
  })

  test('and the tree file to match: the place is narrowed down to one checkpoint', async () => {
    const report = await damaged(async (dir) => {
      const lines = await readLines(dir)
      lines[13] = edited(lines[13], { code: 'REVOKED' })
      await writeLines(dir, lines)
      await forgeTree(dir)
    })
    expect(report.failure).toMatchObject({ fault: 'record-altered', index: 12, upTo: 18 })
  })

  test.each([
    ['a space', (line: string) => line.replace(',', ', ')],
    ['another order', (line: string) => line.replace(/^\{("answerSm3":"\w+"),("at":"[^"]+"),/, '{$2,$1,')],
  ])('only its spelling: %s', async (_, respell) => {
    const report = await damaged(async (dir) => {
      const lines = await readLines(dir)
      lines[13] = respell(lines[13] ?? '')
      await writeLines(dir, lines)
    })
    expect(report.failure).toMatchObject({ fault: 'record-not-canonical', index: 13 })
  })
})

describe('records removed, moved, inserted', () => {
  test.each([
    ['the first removed', 0, 0, 'index-broken'],
    ['one in the middle removed', 13, 13, 'index-broken'],
    ['the last removed', 23, 23, 'records-cut-off'],
  ])('%s', async (_, removed, index, fault) => {
    const report = await damaged(async (dir) =>
      writeLines(
        dir,
        (await readLines(dir)).filter((__, at) => at !== removed),
      ),
    )
    expect(report).toMatchObject({ holds: false, failure: { fault, index } })
  })

  test.each([
    ['the first removed', 0],
    ['one in the middle removed', 13],
  ])('%s, and the rest renumbered', async (_, removed) => {
    const report = await damaged(async (dir) => {
      await writeLines(dir, renumbered((await readLines(dir)).filter((__, at) => at !== removed)))
    })
    expect(report.failure).toMatchObject({ fault: 'record-altered', index: removed })
  })

  const swap = (lines: string[]) => {
    const [left = '', right = ''] = [lines[4], lines[9]]
    lines[4] = right
    lines[9] = left
    return lines
  }
  test('two swapped', async () => {
    const report = await damaged(async (dir) => writeLines(dir, swap(await readLines(dir))))
    expect(report.failure).toMatchObject({ fault: 'index-broken', index: 4 })
  })
  test('two swapped, and renumbered', async () => {
    const report = await damaged(async (dir) => writeLines(dir, renumbered(swap(await readLines(dir)))))
    expect(report.failure).toMatchObject({ fault: 'record-altered', index: 4 })
  })

  test.each([
    ['a copy inserted', (lines: string[]) => lines.toSpliced(9, 0, lines[8] ?? ''), 'index-broken', 9],
    [
      'a copy inserted, and renumbered',
      (lines: string[]) => renumbered(lines.toSpliced(9, 0, lines[8] ?? '')),
      'record-altered',
      9,
    ],
    ['a copy at the end', (lines: string[]) => [...lines, lines[8] ?? ''], 'index-broken', 24],
    ['a forged record at the end', (lines: string[]) => renumbered([...lines, lines[8] ?? '']), 'unsigned-tail', 24],
    ['an empty line', (lines: string[]) => lines.toSpliced(9, 0, ''), 'record-malformed', 9],
    ['everything removed', () => [], 'records-cut-off', 0],
  ])('%s', async (_, change, fault, index) => {
    const report = await damaged(async (dir) => writeLines(dir, change(await readLines(dir))))
    expect(report).toMatchObject({ holds: false, failure: { fault, index } })
  })
})

describe('files cut short, or gone', () => {
  test.each([
    ['records, within a line', SEGMENT, -50, 'records-cut-off', 23],
    ['records, half of them', SEGMENT, -8000, 'records-cut-off', 12],
    ['checkpoints, within one', 'checkpoints', -20, 'torn-tail', null],
    ['checkpoints, all of them', 'checkpoints', -100_000, 'unsigned-tail', 0],
  ])('%s', async (_, name, cut, fault, index) => {
    const report = await damaged(async (dir) => {
      const { length } = await readFile(join(dir, name))
      await truncate(join(dir, name), Math.max(0, length + cut))
    })
    expect(report).toMatchObject({ holds: false, failure: { fault } })
    if (name === SEGMENT) expect(report.failure?.index).toBe(report.size)
    else expect(report.failure?.index).toBe(index)
  })

  test('checkpoints, where one ends', async () => {
    const report = await damaged(async (dir) => {
      const text = await readFile(join(dir, 'checkpoints'), 'utf8')
      await writeFile(join(dir, 'checkpoints'), `${text.split('\n').slice(0, 15).join('\n')}\n`)
    })
    expect(report.failure).toMatchObject({ fault: 'unsigned-tail', index: 18 })
  })

  test('the file of records gone; the file of checkpoints gone', async () => {
    expect((await damaged((dir) => unlink(join(dir, SEGMENT)))).failure).toMatchObject({
      fault: 'records-cut-off',
      index: 0,
    })
    expect((await damaged((dir) => unlink(join(dir, 'checkpoints')))).failure).toMatchObject({
      fault: 'unsigned-tail',
      index: 0,
    })
  })

  test('the tree file gone or wrong is no fault of the log', async () => {
    expect(await damaged((dir) => unlink(join(dir, 'tree')))).toMatchObject({ holds: true, warnings: [] })
    const report = await damaged(async (dir) => {
      const tree = await readFile(join(dir, 'tree'))
      tree[33] = (tree[33] ?? 0) ^ 1
      await writeFile(join(dir, 'tree'), tree)
    })
    expect(report).toMatchObject({ holds: true, warnings: [{ kind: 'tree-differs', index: 1 }] })
  })

  test('a segment in the middle gone', async () => {
    const dir = join(original, 'segments')
    const log = await openTestLog(dir, key, { segmentBytes: 2000 })
    for (let nth = 0; nth < 12; nth++) await log.append(auditEntry(nth))
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 12 })
    const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()
    await unlink(join(dir, names[2] ?? ''))
    const first = Number((names[2] ?? '').slice(8, 24))
    expect((await verifyAuditLog(dir, keys)).failure).toMatchObject({ fault: 'segment-misplaced', index: first })
  })
})

describe('checkpoints changed', () => {
  const rewrite = async (dir: string, change: (notes: string[]) => readonly string[]) => {
    const lines = (await readFile(join(dir, 'checkpoints'), 'utf8')).split('\n')
    const notes = Array.from({ length: 4 }, (_, at) => `${lines.slice(at * 5, at * 5 + 5).join('\n')}\n`)
    await writeFile(join(dir, 'checkpoints'), change(notes).join(''))
  }
  test.each<[string, (notes: string[]) => readonly string[], string]>([
    [
      'a size',
      (notes) => notes.map((note, at) => (at === 1 ? note.replace('\n12\n', '\n11\n') : note)),
      'checkpoint-signature-invalid',
    ],
    [
      'an origin',
      (notes) => notes.map((note, at) => (at === 1 ? note.replace(ORIGIN, 'other.example') : note)),
      'checkpoint-key-unknown',
    ],
    ['a line too many', (notes) => notes.map((note, at) => (at === 1 ? `${note}\n` : note)), 'checkpoint-malformed'],
    ['two swapped', ([a = '', b = '', ...rest]) => [b, a, ...rest], 'checkpoint-out-of-order'],
    ['one twice', ([a = '', ...rest]) => [a, a, ...rest], 'checkpoint-out-of-order'],
  ])('%s', async (_, change, fault) => {
    expect((await damaged((dir) => rewrite(dir, change))).failure).toMatchObject({ fault })
  })

  test('by someone with the key, for records that were rewritten: the others do not agree', async () => {
    const report = await damaged(async (dir) => {
      const lines = (await readLines(dir)).map((line, at) => (at === 13 ? edited(line, { code: 'REVOKED' }) : line))
      await writeLines(dir, lines)
      await forgeTree(dir)
      const sign = checkpointSigner(ORIGIN, key.signing)
      const { root } = grow(
        emptyFrontier,
        lines.map((line) => leafHash(Buffer.from(line))),
      )
      const forged = await sign(RECORDS, root)
      await rewrite(dir, (notes) => [...notes.slice(0, 3), forged])
    })
    expect(report.failure).toMatchObject({ fault: 'record-altered', index: 12, upTo: 18 })
  })

  test('of a second log under the same key', async () => {
    const foreign = await checkpointSigner('other.example/audit', key.signing)(30, leafHash(Buffer.of()))
    expect((await damaged((dir) => rewrite(dir, (notes) => [...notes, foreign]))).failure).toMatchObject({
      fault: 'checkpoint-origin-differs',
    })
  })
})

describe('with a checkpoint kept elsewhere', () => {
  test('the log that still extends it holds', async () => {
    expect(await damaged(async () => {}, { checkpoint: latest })).toMatchObject({ holds: true })
    const text = (await readFile(join(older, 'checkpoints'), 'utf8')).split('\n').slice(5, 10).join('\n')
    expect(await damaged(async () => {}, { checkpoint: `${text}\n` })).toMatchObject({ holds: true })
  })

  test('log and checkpoints replaced by their own older copy: only it can tell', async () => {
    expect(await verifyAuditLog(older, keys)).toMatchObject({ holds: true, size: 12 })
    const report = await verifyAuditLog(older, keys, { checkpoint: latest })
    expect(report).toMatchObject({ holds: false, failure: { fault: 'rolled-back', index: 12 } })
  })

  test('a history written anew by someone with the key: only it can tell', async () => {
    const dir = join(original, 'rewritten')
    const log = await openTestLog(dir, key)
    for (let nth = 0; nth < RECORDS + 3; nth++)
      await log.append({ ...auditEntry(nth), ...(nth === 5 ? { code: 'NOT_FOUND' } : {}) })
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true })
    expect(await verifyAuditLog(dir, keys, { checkpoint: latest })).toMatchObject({
      holds: false,
      failure: { fault: 'forked' },
    })
  })

  test('one that does not hold itself is no evidence', async () => {
    const report = await damaged(async () => {}, { checkpoint: latest.replace('\n24\n', '\n23\n') })
    expect(report.failure).toMatchObject({ fault: 'external-checkpoint-refused' })
  })

  test('one of another log', async () => {
    const foreign = await checkpointSigner('other.example/audit', key.signing)(30, leafHash(Buffer.of()))
    expect((await damaged(async () => {}, { checkpoint: foreign })).failure).toMatchObject({
      fault: 'checkpoint-origin-differs',
    })
  })
})

describe('a log that is being written', () => {
  test('may end torn and unsigned', async () => {
    const torn = async (dir: string) => {
      const text = await readFile(join(dir, 'checkpoints'), 'utf8')
      await writeFile(join(dir, 'checkpoints'), `${text.split('\n').slice(0, 15).join('\n')}\n${ORIGIN}`)
      await truncate(join(dir, SEGMENT), (await readFile(join(dir, SEGMENT))).length - 5)
    }
    expect((await damaged(torn)).failure).toMatchObject({ fault: 'torn-tail' })
    expect(await damaged(torn, { live: true })).toMatchObject({
      holds: true,
      size: 23,
      signedSize: 18,
      warnings: [
        { kind: 'torn-tail', index: 23 },
        { kind: 'unsigned-tail', index: 18, count: 5 },
      ],
    })
  })

  test('is still held to what is signed', async () => {
    const report = await damaged(async (dir) => writeLines(dir, (await readLines(dir)).slice(0, -1)), { live: true })
    expect(report.failure).toMatchObject({ fault: 'records-cut-off', index: 23 })
  })

  test('is verified while it grows', async () => {
    const dir = join(original, 'growing')
    const log = await openTestLog(dir, key, { settleMs: 1 })
    let writing = true
    const writer = (async () => {
      for (let nth = 0; writing; nth++) await log.append(auditEntry(nth))
    })()
    for (let round = 0; round < 10; round++) {
      expect(await verifyAuditLog(dir, keys, { live: true })).toMatchObject({ holds: true, failure: null })
    }
    writing = false
    await writer
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, warnings: [] })
  })
})

test('time that goes back is a warning', async () => {
  const dir = join(original, 'clock')
  const log = await openTestLog(dir, key)
  for (const nth of [0, 1, 5, 3, 4, 6]) await log.append(auditEntry(nth))
  await log.close()
  expect(await verifyAuditLog(dir, keys)).toMatchObject({
    holds: true,
    warnings: [{ kind: 'time-goes-back', index: 3, count: 1 }],
  })
})

test('every fault has its words in both languages', async () => {
  for (const { zh, en } of Object.values(auditFaultTexts)) {
    expect(zh).toMatch(/[\u4e00-\u9fff]/)
    expect(en).toMatch(/^[ -~]+$/)
  }
})
