import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { compileModules } from '../../test/compiled-modules.js'
import { type FileSystem, nodeFileSystem } from './file-system.js'
import { openNonceJournal } from './nonce-journal.js'

const WINDOW = 300_000
const START = 1_790_000_100_000
let dir: string
let path: string
let clock: number
const now = () => clock
const openAgain = (options: object = {}) => openNonceJournal({ path, now, windowMs: WINDOW, ...options })
const refusal = (code: string) => expect.objectContaining({ code })

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hutong-nonces-'))
  path = join(dir, 'nonces')
  clock = START
  return () => rm(dir, { recursive: true, force: true })
})

describe('claiming', () => {
  test('a nonce serves once for each caller', async () => {
    const journal = await openAgain()
    await journal.claim('hunan', 'n1', clock)
    await expect(journal.claim('hunan', 'n1', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    await journal.claim('hunan', 'n2', clock)
    await journal.claim('shandong', 'n1', clock)
    expect(journal.size).toBe(3)
    await journal.close()
  })

  test('the same nonce under another time is still the same', async () => {
    const journal = await openAgain()
    await journal.claim('hunan', 'n1', clock - WINDOW)
    await expect(journal.claim('hunan', 'n1', clock + WINDOW)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    await journal.close()
  })

  test('a message dated ahead is remembered until it is too old, from the last moment of a generation too', async () => {
    clock = Math.ceil(START / WINDOW) * WINDOW - 1
    const journal = await openAgain()
    const ahead = clock + WINDOW
    await journal.claim('hunan', 'n1', ahead)
    clock += 2 * WINDOW
    await expect(journal.claim('hunan', 'n1', ahead)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    clock += 1
    await expect(journal.claim('hunan', 'n1', ahead)).rejects.toEqual(refusal('TIMESTAMP_STALE'))
    await journal.close()
  })

  test('the border between caller and nonce counts', async () => {
    const journal = await openAgain()
    await journal.claim('ab', 'c', clock)
    await journal.claim('a', 'bc', clock)
    expect(journal.size).toBe(2)
    await journal.close()
  })

  test('of concurrent claims of one nonce exactly one wins', async () => {
    const journal = await openAgain()
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => journal.claim('hunan', 'n', clock)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.every(({ reason }) => reason.code === 'NONCE_REPLAYED')).toBe(true)
    await journal.close()
  })

  test.each([
    ['just inside, old', -WINDOW, undefined],
    ['just inside, ahead', WINDOW, undefined],
    ['too old', -WINDOW - 1, 'TIMESTAMP_STALE'],
    ['too far ahead', WINDOW + 1, 'TIMESTAMP_FUTURE'],
    ['no time at all', Number.NaN, 'TIMESTAMP_STALE'],
  ])('a time %s', async (_, offset, code) => {
    const journal = await openAgain()
    const claim = journal.claim('hunan', 'n', clock + offset)
    await (code === undefined ? claim : expect(claim).rejects.toEqual(refusal(code)))
    expect(journal.size).toBe(code === undefined ? 1 : 0)
    await journal.close()
  })

  test('a closed journal refuses', async () => {
    const journal = await openAgain()
    await journal.close()
    await expect(journal.claim('hunan', 'n', clock)).rejects.toEqual(refusal('NONCE_STORE_UNAVAILABLE'))
  })
})

async function journalFiles(path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => name.startsWith('nonces-')).sort()
}

describe('a machine that went down', () => {
  const opened = async (path: string, bootId: string | null, at: number) =>
    openNonceJournal({ path, now: () => at, windowMs: WINDOW, bootId: () => bootId })

  test('fences off what it may have lost: messages dated before this start are stale', async () => {
    const path = await mkdtemp(join(tmpdir(), 'hutong-fence-'))
    const before = await opened(path, 'first', START)
    await before.claim('a', 'n1', START)
    const journal = await opened(path, 'second', START + 5000)
    await expect(journal.claim('a', 'n2', START + 1000)).rejects.toMatchObject({ code: 'TIMESTAMP_STALE' })
    await journal.claim('a', 'n3', START + 5000)
    await journal.close()
    await before.close()
    await rm(path, { recursive: true })
  })

  test.each([
    ['the same start of the machine', 'first', false],
    ['a journal that was closed', 'second', true],
  ])('needs no fence after %s', async (_name, next, closes) => {
    const path = await mkdtemp(join(tmpdir(), 'hutong-fence-'))
    const before = await opened(path, 'first', START)
    await before.claim('a', 'n1', START)
    if (closes) await before.close()
    const journal = await opened(path, next, START + 5000)
    await journal.claim('a', 'n2', START + 1000)
    await expect(journal.claim('a', 'n1', START)).rejects.toMatchObject({ code: 'NONCE_REPLAYED' })
    await journal.close()
    if (!closes) await before.close()
    await rm(path, { recursive: true })
  })

  test('needs none where every claim is synced, since no start can be told from another', async () => {
    const path = await mkdtemp(join(tmpdir(), 'hutong-fence-'))
    const before = await opened(path, null, START)
    await before.claim('a', 'n1', START)
    const journal = await opened(path, null, START + 5000)
    await journal.claim('a', 'n2', START + 1000)
    await journal.close()
    await before.close()
    await rm(path, { recursive: true })
  })
})

describe('restarts', () => {
  test('a claim is remembered', async () => {
    const journal = await openAgain()
    await journal.claim('hunan', 'n1', clock)
    await journal.close()
    const again = await openAgain()
    expect(again.size).toBe(1)
    await expect(again.claim('hunan', 'n1', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    await again.claim('hunan', 'n2', clock)
    await again.close()
  })

  test('a torn last line is dropped, and the claims behind it stand on whole lines', async () => {
    const journal = await openAgain()
    await journal.claim('hunan', 'n1', clock)
    await journal.claim('hunan', 'n2', clock)
    await journal.close()
    const [name = ''] = await journalFiles(path)
    await truncate(join(path, name), 33 + 20)
    const again = await openAgain()
    expect(again.size).toBe(1)
    await again.claim('hunan', 'n2', clock)
    await again.close()
    expect(await readFile(join(path, name), 'latin1')).toMatch(/^(?:[0-9a-f]{32}\n){2}$/)
    const third = await openAgain()
    await expect(third.claim('hunan', 'n2', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    await third.close()
  })

  test('a damaged line in the middle hides no other', async () => {
    const journal = await openAgain()
    for (const nonce of ['n1', 'n2', 'n3']) await journal.claim('hunan', nonce, clock)
    await journal.close()
    const [name = ''] = await journalFiles(path)
    const bytes = await readFile(join(path, name))
    bytes.fill(0, 33, 66)
    await writeFile(join(path, name), bytes)
    const again = await openAgain()
    await expect(again.claim('hunan', 'n1', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    await expect(again.claim('hunan', 'n3', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    await again.close()
  })

  test('a clock that was set back brings no dropped claims back', async () => {
    const journal = await openAgain()
    const old = clock
    await journal.claim('hunan', 'n1', old)
    clock += 3 * WINDOW
    await journal.claim('hunan', 'n2', clock)
    await journal.close()
    clock = old
    const again = await openAgain()
    await expect(again.claim('hunan', 'n1', old)).rejects.toEqual(refusal('TIMESTAMP_STALE'))
    await again.close()
  })

  test('files of a clock that ran wild do not lock everybody out', async () => {
    clock = START + 1000 * WINDOW
    const wild = await openAgain()
    await wild.claim('hunan', 'n1', clock)
    await wild.close()
    clock = START
    const journal = await openAgain()
    await journal.claim('hunan', 'n2', clock)
    clock += WINDOW
    await journal.claim('hunan', 'n3', clock)
    expect(await journalFiles(path)).toHaveLength(3)
    await journal.close()
  })

  test('kill -9 right after a claim: the nonce stays burned', async () => {
    const urlOf = await compileModules(dir, ['src/store/nonce-journal.ts'])
    const child = join(dir, 'child.mjs')
    await writeFile(
      child,
      `import { openNonceJournal } from ${JSON.stringify(urlOf('src/store/nonce-journal.ts'))}
       const journal = await openNonceJournal({ path: ${JSON.stringify(path)}, now: () => ${START}, windowMs: ${WINDOW} })
       for (let n = 0; ; n++) { await journal.claim('hunan', 'n' + n, ${START}); process.stdout.write(n + '\\n') }`,
    )
    const process_ = spawn(process.execPath, [child], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    process_.stdout.on('data', (piece) => {
      printed += piece
      if (printed.length > 200) process_.kill('SIGKILL')
    })
    const [, signal] = await once(process_, 'close')
    expect(signal).toBe('SIGKILL')
    const claimed = printed.split('\n').slice(0, -1)
    expect(claimed.length).toBeGreaterThan(20)
    const journal = await openAgain()
    for (const n of claimed) {
      await expect(journal.claim('hunan', `n${n}`, START)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    }
    await journal.claim('hunan', 'fresh', START)
    await journal.close()
  })
})

describe('bounds', () => {
  test('memory and files do not grow past three windows', async () => {
    const journal = await openAgain()
    for (let step = 0; step < 20; step++) {
      await journal.claim('hunan', `n${step}`, clock)
      clock += WINDOW
    }
    expect(journal.size).toBe(3)
    expect(await journalFiles(path)).toHaveLength(3)
    await journal.close()
    clock += 10 * WINDOW
    const again = await openAgain()
    expect(again.size).toBe(0)
    await again.close()
    expect(await journalFiles(path)).toHaveLength(1)
  })

  test('a full journal refuses everybody; it takes claims again once old ones have passed', async () => {
    const journal = await openAgain({ maxNonces: 4, maxNoncesPerCaller: 4 })
    for (const nonce of ['1', '2', '3', '4']) await journal.claim('hunan', nonce, clock)
    await expect(journal.claim('shandong', '5', clock)).rejects.toEqual(refusal('NONCE_STORE_UNAVAILABLE'))
    await expect(journal.claim('hunan', '1', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    clock += 3 * WINDOW
    await journal.claim('shandong', '5', clock)
    await journal.close()
  })

  test('one caller cannot take the room of the others', async () => {
    const journal = await openAgain({ maxNonces: 8 })
    await journal.claim('hunan', '1', clock)
    await journal.claim('hunan', '2', clock)
    await expect(journal.claim('hunan', '3', clock)).rejects.toEqual(refusal('RATE_LIMITED'))
    await journal.claim('shandong', '1', clock)
    await journal.close()
  })

  test('a line has one length whatever the nonce', async () => {
    const journal = await openAgain()
    await journal.claim('hunan', 'x'.repeat(100_000), clock)
    await journal.close()
    const [name = ''] = await journalFiles(path)
    expect((await stat(join(path, name))).size).toBe(33)
  })

  test('files that are not ours are left alone', async () => {
    const journal = await openAgain()
    await journal.close()
    await appendFile(join(path, 'README'), 'hands off')
    clock += 100 * WINDOW
    await (await openAgain()).close()
    expect(await readFile(join(path, 'README'), 'utf8')).toBe('hands off')
  })
})

describe('a disk that fails', () => {
  test('the claim is refused, and the nonce can be used once the disk works', async () => {
    let full = false
    const fs: FileSystem = {
      ...nodeFileSystem,
      async open(name) {
        const { file, length } = await nodeFileSystem.open(name)
        const write = async (bytes: Uint8Array, position: number) => {
          if (full) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
          await file.write(bytes, position)
        }
        return { file: { ...file, write }, length }
      },
    }
    const journal = await openAgain({ fs })
    await journal.claim('hunan', 'n1', clock)
    full = true
    await expect(journal.claim('hunan', 'n2', clock)).rejects.toEqual(refusal('NONCE_STORE_UNAVAILABLE'))
    await expect(journal.claim('hunan', 'n1', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    full = false
    await journal.claim('hunan', 'n2', clock)
    await journal.close()
    const again = await openAgain()
    expect(again.size).toBe(2)
    await again.close()
  })

  test('a new generation that cannot be opened refuses, and is tried again', async () => {
    let broken = false
    const fs: FileSystem = {
      ...nodeFileSystem,
      async open(name) {
        if (broken) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' })
        return await nodeFileSystem.open(name)
      },
    }
    const journal = await openAgain({ fs })
    await journal.claim('hunan', 'n1', clock)
    broken = true
    clock += WINDOW
    const outcomes = await Promise.allSettled(['a', 'b'].map((nonce) => journal.claim('hunan', nonce, clock)))
    expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.code)).toEqual([
      'NONCE_STORE_UNAVAILABLE',
      'NONCE_STORE_UNAVAILABLE',
    ])
    broken = false
    await journal.claim('hunan', 'a', clock)
    await expect(journal.claim('hunan', 'n1', clock)).rejects.toEqual(refusal('NONCE_REPLAYED'))
    await journal.close()
  })
})

test('against a plain model: no nonce is accepted twice while its message could still pass, restarts included', async () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ nonce: fc.integer({ min: 0, max: 5 }), offset: fc.integer({ min: -9, max: 9 }) }),
    },
    { weight: 2, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 20 }) }) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const folder = await mkdtemp(join(dir, 'model-'))
      let time = START
      const open = () => openNonceJournal({ path: folder, now: () => time, windowMs: 8 })
      let journal = await open()
      const accepted = new Map<number, number>()
      for (const step of actions) {
        if (step === 'restart') {
          await journal.close()
          journal = await open()
        } else if ('pass' in step) {
          time += step.pass
        } else {
          const at = time + step.offset
          const outcome = await journal.claim('hunan', String(step.nonce), at).then(
            () => 'taken',
            (thrown: { code: string }) => thrown.code,
          )
          const last = accepted.get(step.nonce)
          if (Math.abs(step.offset) > 8) expect(outcome).toMatch(/^TIMESTAMP_/)
          // The earlier message could be sent again: it must be known.
          else if (last !== undefined && last + 8 >= time) expect(outcome).toBe('NONCE_REPLAYED')
          else expect(['taken', 'NONCE_REPLAYED']).toContain(outcome)
          if (outcome === 'taken') accepted.set(step.nonce, at)
        }
      }
      await journal.close()
    }),
    { numRuns: 40 },
  )
})
