import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditEntry, ORIGIN } from '../../test/audit-fixtures.js'
import { compileModules } from '../../test/compiled-modules.js'
import { openAppendFile } from '../store/append-file.js'
import { openAuditLog } from './audit-log.js'
import { sameBytes } from './merkle.js'
import { verifyAuditLog } from './verify-log.js'

// SM2 needs npm packages, which the compiled modules cannot reach; what is tested here is the log, not the key.
const SIGN = `(message) => createHash('sha512').update('hutong-test-key').update(message).digest()`
const sign = (message: Uint8Array) => createHash('sha512').update('hutong-test-key').update(message).digest()
const key = {
  keyId: 'k',
  sign,
  verify: (message: Uint8Array, signature: Uint8Array) => sameBytes(sign(message), signature),
}
const keys = new Map([['k', key]])
let folder: string
let child: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-kill-'))
  const urlOf = await compileModules(folder, ['src/audit/audit-log.ts', 'src/store/append-file.ts'])
  child = join(folder, 'child.mjs')
  // Eight loops append for ever and print what was acknowledged.
  await writeFile(
    child,
    `import { createHash } from 'node:crypto'
     import { openAuditLog } from ${JSON.stringify(urlOf('src/audit/audit-log.ts'))}
     import { openAppendFile } from ${JSON.stringify(urlOf('src/store/append-file.ts'))}
     const [dir, round] = process.argv.slice(2)
     const entry = ${JSON.stringify(auditEntry(0))}
     const signing = { keyId: 'k', sign: ${SIGN} }
     const log = await openAuditLog({ dir, origin: '${ORIGIN}', signing, now: Date.now, openAppendFile, settleMs: 5, segmentBytes: 40_000 })
     let count = 0
     const loop = async () => {
       for (;;) {
         const trace = 'round-' + round + '-' + count++
         const { record, checkpoint } = await log.append({ ...entry, trace })
         process.stdout.write(JSON.stringify([record.index, trace, checkpoint]) + '\\n')
       }
     }
     await Promise.all(Array.from({ length: 8 }, loop))`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('kill -9 while appending, again and again: what was acknowledged is there, and the log verifies', async () => {
  const dir = join(folder, 'audit')
  const acknowledged = new Map<number, string>()
  let newest = { size: 0, checkpoint: '' }
  for (let round = 0; round < 4; round++) {
    for (const [index, trace, checkpoint] of await runAndKill(dir, round, 60 + 45 * round)) {
      expect(acknowledged.has(index)).toBe(false)
      acknowledged.set(index, trace)
      const size = Number(checkpoint.split('\n')[1])
      if (size > newest.size) newest = { size, checkpoint }
    }
    const { checkpoint } = newest
    expect(await verifyAuditLog(dir, keys, { live: true, checkpoint })).toMatchObject({ holds: true, failure: null })
  }
  const log = await openAuditLog({ dir, origin: ORIGIN, signing: key, now: Date.now, openAppendFile })
  expect(log.size).toBeGreaterThanOrEqual(acknowledged.size)
  expect(acknowledged.size).toBeGreaterThan(300)
  for (const [index, trace] of acknowledged) expect((await log.record(index))?.trace).toBe(trace)
  for (const index of acknowledged.keys()) if (index % 25 === 0) expect(await log.proof(index)).not.toBeNull()
  await log.close()
  const { checkpoint } = newest
  expect(await verifyAuditLog(dir, keys, { checkpoint })).toMatchObject({ holds: true, failure: null, warnings: [] })
})

/** Runs the child until it has acknowledged that many records, kills it, and returns all that it acknowledged. */
async function runAndKill(dir: string, round: number, count: number): Promise<[number, string, string][]> {
  const running = spawn(process.execPath, [child, dir, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  running.stdout.setEncoding('utf8').on('data', (piece: string) => {
    printed += piece
    if (printed.split('\n').length > count) running.kill('SIGKILL')
  })
  const [, signal] = await once(running, 'close')
  expect(signal).toBe('SIGKILL')
  const lines = printed.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as [number, string, string])
}
