import { cp, mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { appendMany, auditEntry, fillLog, keyMap, openTestLog, proves, testKey } from '../../test/audit-fixtures.js'
import type { Appended, AuditLogOptions } from './audit-log.js'
import { DamagedLogError } from './damaged-log.js'
import { verifyAuditLog } from './verify-log.js'

const key = testKey('gateway-1')
const keys = keyMap(key)
let parent: string
let dir: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'hutong-log-'))
  dir = join(parent, 'audit')
  return () => rm(parent, { recursive: true, force: true })
})

const open = (options: Partial<AuditLogOptions> = {}) => openTestLog(dir, key, options)
const many = appendMany
const fill = (from: number, count: number, options: Partial<AuditLogOptions> = {}) =>
  fillLog(dir, key, from, count, options)
const holds = (appended: Appended) => proves(appended, keys)

describe('after a crash', () => {
  /** The folder as a crash leaves it: records past the last stored checkpoint, tree and offsets behind. */
  async function crashed(signed: number, more: number): Promise<void> {
    await fill(0, signed)
    const log = await open()
    await many(log, signed, more)
    await cp(dir, join(parent, 'crashed'), { recursive: true })
    await log.close()
    dir = join(parent, 'crashed')
  }
  const segment = () => join(dir, 'records-0000000000000000.jsonl')

  test('acknowledged records past the last checkpoint are kept, and signed at once', async () => {
    await crashed(5, 8)
    expect(await verifyAuditLog(dir, keys)).toMatchObject({
      holds: false,
      failure: { fault: 'unsigned-tail', index: 5 },
    })
    expect(await verifyAuditLog(dir, keys, { live: true })).toMatchObject({
      holds: true,
      warnings: [{ kind: 'unsigned-tail', index: 5, count: 8 }],
    })
    const log = await open()
    expect(log.size).toBe(13)
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 13, signedSize: 13 })
    await log.close()
  })

  test.each([
    ['half a line', 100],
    ['a line without its newline', 1],
  ])('a torn tail is cut off: %s', async (_, missing) => {
    await crashed(5, 8)
    const before = await readFile(segment())
    const lastLine = before.length - 1 - before.lastIndexOf('\n', before.length - 2)
    await truncate(segment(), before.length - missing)
    const log = await open()
    expect(log.state()).toMatchObject({ size: 12, repair: { index: 12, bytes: lastLine - missing } })
    const { record } = await log.append(auditEntry(12))
    expect(record.index).toBe(12)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 13 })
  })

  test('blocks that never reached the disk are cut off', async () => {
    await crashed(5, 8)
    const bytes = await readFile(segment())
    const start = bytes.indexOf('"index":11')
    bytes.fill(0, start)
    await writeFile(segment(), Buffer.concat([bytes, Buffer.from('\n')]))
    const log = await open()
    expect(log.size).toBe(11)
    expect(log.state().repair?.index).toBe(11)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 11 })
  })

  test('a torn checkpoint is dropped', async () => {
    await crashed(5, 8)
    const path = join(dir, 'checkpoints')
    const text = await readFile(path)
    await writeFile(path, Buffer.concat([text, text.subarray(0, 90)]))
    const log = await open()
    expect(log.size).toBe(13)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 13, checkpoints: 2 })
  })

  test('tree and offsets that ran ahead of the records are brought back', async () => {
    await fill(0, 13)
    await truncate(join(dir, 'checkpoints'), 0)
    const bytes = await readFile(segment())
    await truncate(segment(), bytes.indexOf('"index":9'))
    const log = await open()
    expect(log.size).toBe(9)
    await many(log, 9, 3)
    const proof = await log.proof(4)
    expect(proof !== null && holds(proof)).toBe(true)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 12, warnings: [] })
  })

  test('a crash between two segments leaves an empty one, which is used', async () => {
    await fill(0, 6)
    await writeFile(join(dir, 'records-0000000000000006.jsonl'), '')
    await fill(6, 2)
    expect((await readFile(join(dir, 'records-0000000000000006.jsonl'), 'utf8')).split('\n')).toHaveLength(3)
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 8 })
  })
})

describe('a log that must not be continued', () => {
  const segment = () => join(dir, 'records-0000000000000000.jsonl')
  const snapshot = async () =>
    Promise.all(
      (await readdir(dir)).sort().map(async (name) => [name, (await readFile(join(dir, name))).toString('base64')]),
    )

  test.each<[string, () => Promise<void>, RegExp]>([
    [
      'records cut off',
      async () => truncate(segment(), (await readFile(segment())).indexOf('"index":7') - 200),
      /records are missing/,
    ],
    [
      'one byte of the last record',
      async () => truncate(segment(), (await readFile(segment())).length - 1),
      /records are missing/,
    ],
    ['all records', () => unlink(segment()), /records are missing/],
    [
      'records and tree changed alike',
      async () => {
        await writeFile(segment(), (await readFile(segment(), 'utf8')).replace('"trace-00000003"', '"trace-00000033"'))
        await unlink(join(dir, 'tree'))
      },
      /do not match the checkpoint/,
    ],
    [
      'a checkpoint that is none',
      async () =>
        writeFile(join(dir, 'checkpoints'), `${await readFile(join(dir, 'checkpoints'), 'utf8')}x\ny\nz\n\n—\nmore\n`),
      /checkpoints of the audit log have been altered/,
    ],
  ])('%s', async (_, damage, message) => {
    await fill(0, 10)
    await damage()
    const before = await snapshot()
    const opening = open()
    await expect(opening).rejects.toThrow(DamagedLogError)
    await expect(opening).rejects.toThrow(message)
    await opening.catch((thrown: DamagedLogError) => expect(thrown.text.zh).toMatch(/审计日志/))
    // Nothing was repaired away: what is left of the records is evidence.
    const after = await snapshot()
    const records = (files: string[][]) => files.filter(([name]) => name?.endsWith('.jsonl') || name === 'checkpoints')
    expect(records(after)).toEqual(records(before))
  })

  test('the first segment of several is missing', async () => {
    await fill(0, 40, { segmentBytes: 4000 })
    await unlink(segment())
    await expect(open()).rejects.toThrow(/records are missing/)
  })

  test('a middle segment is shorter than it was', async () => {
    await fill(0, 40, { segmentBytes: 4000 })
    const [, second = ''] = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()
    await truncate(join(dir, second), 500)
    await expect(open()).rejects.toThrow(/records are missing/)
  })

  test('another log', async () => {
    await fill(0, 3)
    await expect(open({ origin: 'other.example/audit' })).rejects.toThrow(/another name/)
  })
})
