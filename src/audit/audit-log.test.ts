import { cp, mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  appendMany,
  auditEntry,
  fillLog,
  keyMap,
  ORIGIN,
  openTestLog,
  proves,
  testKey,
} from '../../test/audit-fixtures.js'
import { openAppendFile } from '../store/append-file.js'
import { type FileSystem, nodeFileSystem } from '../store/file-system.js'
import type { Appended, AuditLogOptions } from './audit-log.js'
import { fromBase64 } from './base64.js'
import { type TreeHead, verifyCheckpoint } from './checkpoint.js'
import { leafHash, verifyConsistency } from './merkle.js'
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

function headOf(checkpoint: string): TreeHead {
  const verified = verifyCheckpoint(checkpoint, keys)
  if (typeof verified === 'string') throw new Error(verified)
  return verified.head
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'resolved',
    (thrown: { code?: string }) => thrown.code ?? String(thrown),
  )
}

/** A disk that can be full: nothing more is written once it is. */
function disk() {
  const state = { full: false, syncs: 0 }
  const fs: FileSystem = {
    ...nodeFileSystem,
    async open(path) {
      if (state.full) throw Object.assign(new Error('ENOSPC: open'), { code: 'ENOSPC' })
      const { file, length } = await nodeFileSystem.open(path)
      return {
        length,
        file: {
          ...file,
          async write(bytes, position) {
            if (state.full) await file.write(bytes.subarray(0, bytes.length >> 1), position)
            if (state.full) throw Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' })
            await file.write(bytes, position)
          },
          async datasync() {
            state.syncs++
            await file.datasync()
          },
        },
      }
    },
  }
  return { state, openAppendFile: (path: string) => openAppendFile(path, { fs }) }
}

describe('appending', () => {
  test('gives every record its place, and a proof that holds', async () => {
    const log = await open()
    const appended: Appended[] = []
    for (let nth = 0; nth < 20; nth++) appended.push(await log.append(auditEntry(nth)))
    expect(appended.map(({ record }) => record.index)).toEqual(Array.from({ length: 20 }, (_, nth) => nth))
    expect(appended[7]?.record).toEqual({ index: 7, ...auditEntry(7) })
    expect(appended.every(holds)).toBe(true)
    expect(log.size).toBe(20)
    expect(log.state()).toEqual({ size: 20, failingSince: null, repair: null })
    await log.close()
  })

  test('entries that arrive together share one sync and one checkpoint', async () => {
    const { state, openAppendFile: openOn } = disk()
    let signatures = 0
    const signing = {
      keyId: key.signing.keyId,
      sign(message: Uint8Array) {
        signatures++
        return key.signing.sign(message)
      },
    }
    const log = await open({ openAppendFile: openOn, signing })
    const before = { syncs: state.syncs, signatures }
    const appended = await many(log, 0, 32)
    expect({ syncs: state.syncs - before.syncs, signatures: signatures - before.signatures }).toEqual({
      syncs: 1,
      signatures: 1,
    })
    expect(new Set(appended.map(({ checkpoint }) => checkpoint)).size).toBe(1)
    expect(appended.every(holds)).toBe(true)
    await log.close()
  })

  test('a record is on disk when its append resolves', async () => {
    const log = await open()
    const { record } = await log.append(auditEntry(0))
    const [segment = ''] = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'))
    expect(JSON.parse(await readFile(join(dir, segment), 'utf8'))).toEqual(record)
    await log.close()
  })

  test('something that is no entry is refused alone; its neighbours are not', async () => {
    const log = await open()
    const outcomes = await Promise.allSettled([
      log.append(auditEntry(0)),
      log.append({ ...auditEntry(1), requestSm3: 'nonsense' }),
      log.append(auditEntry(2)),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((outcomes[1] as PromiseRejectedResult).reason.code).toBe('INTERNAL')
    expect(log.size).toBe(2)
    await log.close()
  })

  test('more than may wait is refused', async () => {
    const log = await open({ maxWaiting: 3 })
    const outcomes = await Promise.all(Array.from({ length: 5 }, (_, nth) => refusal(log.append(auditEntry(nth)))))
    expect(outcomes).toEqual(['resolved', 'resolved', 'resolved', 'AUDIT_UNAVAILABLE', 'AUDIT_UNAVAILABLE'])
    await log.close()
  })

  test('a closed log refuses', async () => {
    const log = await open()
    await log.close()
    expect(await refusal(log.append(auditEntry(0)))).toBe('AUDIT_UNAVAILABLE')
  })
})

describe('reading back', () => {
  test('records and proofs of any age, before and after a restart', async () => {
    await fill(0, 150)
    const log = await open()
    await many(log, 150, 7)
    for (const index of [0, 1, 63, 64, 127, 128, 149, 150, 156]) {
      expect(await log.record(index)).toEqual({ index, ...auditEntry(index) })
      const proof = await log.proof(index)
      expect(proof !== null && holds(proof), `record ${index}`).toBe(true)
      expect(proof?.checkpoint).toBe(await log.checkpoint())
    }
    await log.close()
  })

  test.each([-1, 3, 0.5, Number.NaN, 2 ** 53])('there is no record %d', async (index) => {
    const log = await open()
    await many(log, 0, 3)
    expect(await log.record(index)).toBeNull()
    expect(await log.proof(index)).toBeNull()
    await log.close()
  })

  test('an empty log has a checkpoint, and no records', async () => {
    const log = await open()
    expect(verifyCheckpoint(await log.checkpoint(), keys)).toMatchObject({ head: { origin: ORIGIN, size: 0 } })
    expect(await log.record(0)).toBeNull()
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 0 })
  })

  test('proofs do not trust the tree file: wrong hashes are computed from the records, and mended at the next start', async () => {
    await fill(0, 40)
    const tree = await readFile(join(dir, 'tree'))
    tree.fill(0, 0, 64)
    await writeFile(join(dir, 'tree'), tree)
    const log = await open()
    for (const index of [0, 1, 2, 39]) {
      const proof = await log.proof(index)
      expect(proof !== null && holds(proof), `record ${index}`).toBe(true)
    }
    await log.close()
    const again = await open()
    await again.close()
    expect((await readFile(join(dir, 'tree'))).subarray(0, 64).every((byte) => byte === 0)).toBe(false)
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, warnings: [] })
  })

  test('a signed record that was damaged is never cut off: the others keep their proofs', async () => {
    await fill(0, 10)
    const path = join(dir, 'records-0000000000000000.jsonl')
    const text = (await readFile(path, 'utf8')).replace('"trace-00000007"', '"trace-0000000"!')
    await writeFile(path, text)
    const log = await open()
    expect(log.size).toBe(10)
    expect(await refusal(log.record(7))).toBe('INTERNAL')
    expect(await log.proof(8)).not.toBeNull()
    await log.append(auditEntry(10))
    await log.close()
    expect((await readFile(path, 'utf8')).startsWith(text)).toBe(true)
    expect((await verifyAuditLog(dir, keys)).failure).toMatchObject({ fault: 'record-malformed', index: 7 })
  })

  test('a record that was changed on disk is not proved', async () => {
    await fill(0, 10)
    const [name = ''] = (await readdir(dir)).filter((file) => file.endsWith('.jsonl'))
    const path = join(dir, name)
    await writeFile(path, (await readFile(path, 'utf8')).replace('"trace-00000003"', '"trace-00000033"'))
    const log = await open()
    expect(await refusal(log.proof(3))).toBe('INTERNAL')
    expect(await log.proof(4)).not.toBeNull()
    await log.close()
  })
})

describe('continuing', () => {
  test('a log grows over many openings, and every checkpoint extends the last', async () => {
    const heads: TreeHead[] = []
    for (let from = 0; from < 90; from += 30) heads.push(headOf(await fill(from, 30)))
    expect(heads.map(({ size }) => size)).toEqual([30, 60, 90])
    const report = await verifyAuditLog(dir, keys)
    expect(report).toMatchObject({
      holds: true,
      size: 90,
      signedSize: 90,
      checkpoints: 3,
      warnings: [],
      origin: ORIGIN,
    })
    const log = await open()
    for (const { size, root } of heads) {
      const extension = await log.consistency(size)
      const now = headOf(extension?.checkpoint ?? '')
      const path = extension?.path.map((text) => fromBase64(text) ?? leafHash(Buffer.of())) ?? []
      expect(verifyConsistency(size, now.size, root, now.root, path)).toBe(true)
    }
    for (const size of [0, 91, -1, 1.5]) expect(await log.consistency(size)).toBeNull()
    await log.close()
  })

  test('segments change when they are full, also across openings; nothing is lost between them', async () => {
    const options = { segmentBytes: 4000 }
    await fill(0, 25, options)
    await fill(25, 25, options)
    const segments = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()
    expect(segments.length).toBeGreaterThan(5)
    expect(segments[0]).toBe('records-0000000000000000.jsonl')
    const log = await open(options)
    for (let index = 0; index < 50; index++) {
      expect(await log.record(index)).toEqual({ index, ...auditEntry(index) })
      const proof = await log.proof(index)
      expect(proof !== null && holds(proof)).toBe(true)
    }
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 50, warnings: [] })
  })

  test.each([['offsets'], ['tree'], ['offsets', 'tree']])('%s %s missing: computed again', async (...names) => {
    const options = { segmentBytes: 4000 }
    await fill(0, 40, options)
    for (const name of names) await unlink(join(dir, name))
    await fill(40, 5, options)
    const log = await open(options)
    const proof = await log.proof(3)
    expect(proof !== null && holds(proof)).toBe(true)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 45, warnings: [] })
  })

  test.each([
    ['offsets', 4],
    ['offsets', 30],
    ['tree', 32],
    ['tree', 700],
  ])('%s cut to %d bytes: computed again', async (name, length) => {
    const options = { segmentBytes: 4000 }
    await fill(0, 40, options)
    await truncate(join(dir, name), length)
    await fill(40, 5, options)
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 45, warnings: [] })
  })

  test('a tree whose right edge is wrong is not built upon', async () => {
    await fill(0, 13)
    const tree = await readFile(join(dir, 'tree'))
    tree[tree.length - 1] = (tree[tree.length - 1] ?? 0) ^ 1
    await writeFile(join(dir, 'tree'), tree)
    const log = await open()
    const appended = await log.append(auditEntry(13))
    expect(holds(appended)).toBe(true)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 14, warnings: [] })
  })

  test('offsets that point elsewhere are not believed', async () => {
    await fill(0, 40, { segmentBytes: 4000 })
    const offsets = await readFile(join(dir, 'offsets'))
    offsets.writeUInt32BE(17, 4 * 2)
    await writeFile(join(dir, 'offsets'), offsets)
    const log = await open({ segmentBytes: 4000 })
    for (const index of [1, 2, 3, 4]) expect(await log.record(index)).toEqual({ index, ...auditEntry(index) })
    await log.close()
  })
})

describe('a full disk', () => {
  test('appends are refused with AUDIT_UNAVAILABLE, and work again once there is space', async () => {
    const { state, openAppendFile: openOn } = disk()
    const log = await open({ openAppendFile: openOn, now: () => 1234 })
    await many(log, 0, 3)
    state.full = true
    const refused = await Promise.all([3, 4].map((nth) => refusal(log.append(auditEntry(nth)))))
    expect(refused).toEqual(['AUDIT_UNAVAILABLE', 'AUDIT_UNAVAILABLE'])
    expect(log.state()).toMatchObject({ size: 3, failingSince: 1234 })
    state.full = false
    const appended = await many(log, 3, 2)
    expect(appended.map(({ record }) => record.index)).toEqual([3, 4])
    expect(appended.every(holds)).toBe(true)
    expect(log.state()).toMatchObject({ size: 5, failingSince: null })
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 5, warnings: [] })
  })

  test('a segment that cannot be begun', async () => {
    const { state, openAppendFile: openOn } = disk()
    const options = { openAppendFile: openOn, segmentBytes: 900 }
    const log = await open(options)
    await log.append(auditEntry(0))
    state.full = true
    expect(await refusal(log.append(auditEntry(1)))).toBe('AUDIT_UNAVAILABLE')
    expect(await refusal(log.append(auditEntry(1)))).toBe('AUDIT_UNAVAILABLE')
    state.full = false
    await log.append(auditEntry(1))
    await log.append(auditEntry(2))
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 3 })
  })

  test('while checkpoints and tree cannot be written, records still are; they settle later', async () => {
    let broken = false
    const log = await open({
      settleMs: 1,
      async openAppendFile(path) {
        const file = await openAppendFile(path)
        if (path.endsWith('.jsonl')) return file
        return {
          get length() {
            return file.length
          },
          append: (bytes) => (broken ? Promise.reject(new Error('quota')) : file.append(bytes)),
          truncate: (length) => file.truncate(length),
          close: () => file.close(),
        }
      },
    })
    broken = true
    for (let nth = 0; nth < 5; nth++) await log.append(auditEntry(nth))
    broken = false
    const stored = () => readFile(join(dir, 'checkpoints'), 'utf8')
    while (!(await stored()).includes('\n5\n')) await new Promise((resolve) => setTimeout(resolve, 1))
    const proof = await log.proof(2)
    expect(proof !== null && holds(proof)).toBe(true)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 5 })
  })
})

describe('keys', () => {
  test('rotation: later checkpoints bear the new key, and the log verifies with both', async () => {
    const next = testKey('gateway-2')
    const both = keyMap(key, next)
    const log = await open()
    const before = await log.append(auditEntry(0))
    log.setSigning(next.signing)
    const after = await log.append(auditEntry(1))
    expect(verifyCheckpoint(before.checkpoint, both)).toMatchObject({ keyId: 'gateway-1' })
    expect(verifyCheckpoint(after.checkpoint, both)).toMatchObject({ keyId: 'gateway-2' })
    await log.close()
    await fill(2, 2)
    expect(await verifyAuditLog(dir, both)).toMatchObject({ holds: true, size: 4, checkpoints: 2 })
    expect(await verifyAuditLog(dir, keys)).toMatchObject({
      holds: false,
      failure: { fault: 'checkpoint-key-unknown' },
    })
  })

  test('a key that fails: the append is refused, the record stands, and the next checkpoint covers it', async () => {
    let broken = true
    const signing = {
      keyId: key.signing.keyId,
      sign: async (message: Uint8Array) => {
        if (broken) throw new Error('the signing server is away')
        return await key.signing.sign(message)
      },
    }
    const log = await open({ signing })
    expect(await refusal(log.append(auditEntry(0)))).toBe('AUDIT_UNAVAILABLE')
    expect(await refusal(log.checkpoint())).toBe('AUDIT_UNAVAILABLE')
    broken = false
    const { record, ...rest } = await log.append(auditEntry(1))
    expect(record.index).toBe(1)
    expect(holds({ record, ...rest })).toBe(true)
    await log.close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 2 })
  })

  test('what a crash left unsigned must be signed before anything else', async () => {
    const failing = { keyId: 'k', sign: () => Promise.reject(new Error('the signing server is away')) }
    const log = await open()
    await log.append(auditEntry(0))
    await cp(dir, join(parent, 'crashed'), { recursive: true })
    await log.close()
    dir = join(parent, 'crashed')
    expect(await refusal(open({ signing: failing }))).toBe('AUDIT_UNAVAILABLE')
    await (await open()).close()
    expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 1 })
  })

  test('a key that does not answer is not waited for', async () => {
    let hanging = true
    const signing = {
      keyId: key.signing.keyId,
      sign: (message: Uint8Array) => (hanging ? new Promise<never>(() => {}) : key.signing.sign(message)),
    }
    const log = await open({ signing, deadlineMs: 20 })
    expect(await refusal(log.append(auditEntry(0)))).toBe('AUDIT_UNAVAILABLE')
    hanging = false
    expect(await refusal(log.append(auditEntry(1)))).toBe('resolved')
    await log.close()
  })
})

test('what lags behind settles by itself', async () => {
  const log = await open({ settleMs: 1 })
  await log.append(auditEntry(0))
  const lengths = () =>
    Promise.all(['tree', 'offsets', 'checkpoints'].map(async (name) => (await readFile(join(dir, name))).length))
  while ((await lengths()).includes(0)) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(await verifyAuditLog(dir, keys)).toMatchObject({ holds: true, size: 1, signedSize: 1 })
  await log.close()
})
