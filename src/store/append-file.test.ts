import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compileModules } from '../../test/compiled-modules.js'
import { openAppendFile } from './append-file.js'
import { type FileSystem, nodeFileSystem, type WritableFile } from './file-system.js'

const run = promisify(execFile)
const line = (text: string) => Buffer.from(`${text}\n`)
let dir: string
let path: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hutong-append-'))
  path = join(dir, 'file')
  return () => rm(dir, { recursive: true, force: true })
})

/** The real file system, with calls counted and any of them replaced. */
function watched(replace: (real: WritableFile) => Partial<WritableFile>) {
  const calls: string[] = []
  const fs: FileSystem = {
    ...nodeFileSystem,
    async open(name) {
      const { file, length } = await nodeFileSystem.open(name)
      const changed = { ...file, ...replace(file) }
      const counted: WritableFile = {
        write: (bytes, position) => noted('write', () => changed.write(bytes, position)),
        datasync: () => noted('datasync', () => changed.datasync()),
        truncate: (size) => noted('truncate', () => changed.truncate(size)),
        close: () => noted('close', () => changed.close()),
      }
      return { file: counted, length }
    },
  }
  return { fs, calls }
  function noted(name: string, act: () => Promise<void>) {
    calls.push(name)
    return act()
  }
}

/** Fails as a full disk does, after half of the bytes are in the file. */
function fillingUp() {
  const disk = { full: false, stuck: false }
  const enospc = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const seen = watched((real) => ({
    async write(bytes, position) {
      if (disk.full) await real.write(bytes.subarray(0, bytes.length >> 1), position)
      if (disk.full) throw enospc()
      await real.write(bytes, position)
    },
    async truncate(length) {
      if (disk.stuck) throw new Error('EIO: i/o error, ftruncate')
      await real.truncate(length)
    },
  }))
  return { disk, ...seen }
}

describe('appending', () => {
  test('keeps the order, and what was there', async () => {
    await writeFile(path, 'old\n')
    const file = await openAppendFile(path)
    await Promise.all(['a', 'b', 'c'].map((text) => file.append(line(text))))
    await file.append(line('d'))
    expect(file.length).toBe(12)
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('old\na\nb\nc\nd\n')
  })

  test('appends that arrive together share one write and one sync', async () => {
    const { fs, calls } = watched(() => ({}))
    const file = await openAppendFile(path, { fs })
    await Promise.all(Array.from({ length: 50 }, (_, nth) => file.append(line(String(nth)))))
    expect(calls).toEqual(['write', 'datasync'])
    await file.close()
  })

  test('appends that arrive while the disk works share the next sync', async () => {
    let others: readonly Promise<void>[] | null = null
    const { fs, calls } = watched((real) => ({
      datasync() {
        others ??= ['a', 'b', 'c'].map((text) => file.append(line(text)))
        return real.datasync()
      },
    }))
    const file = await openAppendFile(path, { fs })
    await file.append(line('first'))
    await Promise.all(others ?? [])
    expect(calls).toEqual(['write', 'datasync', 'write', 'datasync'])
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('first\na\nb\nc\n')
  })

  test('resolves only after the sync', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { fs } = watched((real) => ({ datasync: () => gate.then(() => real.datasync()) }))
    const file = await openAppendFile(path, { fs })
    let done = false
    const append = file.append(line('a')).then(() => {
      done = true
    })
    while ((await readFile(path, 'utf8')) === '') await new Promise((resolve) => setImmediate(resolve))
    expect(done).toBe(false)
    expect(file.length).toBe(0)
    release()
    await append
    expect(file.length).toBe(2)
    await file.close()
  })

  test('closing waits for what was appended; later appends are refused', async () => {
    const file = await openAppendFile(path)
    const append = file.append(line('a'))
    await file.close()
    await append
    await expect(file.append(line('b'))).rejects.toThrow('closed')
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('a\n')
  })

  test('a new file belongs to its owner alone', async () => {
    const file = await openAppendFile(path)
    await file.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('more than may wait is refused at once', async () => {
    const file = await openAppendFile(path, { maxWaitingBytes: 8 })
    const taken = file.append(line('1234567'))
    await expect(file.append(line('x'))).rejects.toThrow('too much waits')
    await taken
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('1234567\n')
  })
})

describe('a full disk', () => {
  test('rejects everybody in the batch, leaves no byte of it, and serves again once there is space', async () => {
    const { fs, disk } = fillingUp()
    const file = await openAppendFile(path, { fs })
    await file.append(line('good'))
    disk.full = true
    const outcomes = await Promise.allSettled(['bad one', 'bad two'].map((text) => file.append(line(text))))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.code)).toEqual(['ENOSPC', 'ENOSPC'])
    expect(await readFile(path, 'utf8')).toBe('good\n')
    disk.full = false
    await file.append(line('again'))
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('good\nagain\n')
  })

  test('while the remains cannot be cut off, nothing is appended behind them', async () => {
    const { fs, disk } = fillingUp()
    const file = await openAppendFile(path, { fs })
    await file.append(line('good'))
    disk.full = true
    disk.stuck = true
    await expect(file.append(line('bad one'))).rejects.toThrow('ENOSPC')
    disk.full = false
    await expect(file.append(line('next'))).rejects.toThrow('EIO')
    await expect(file.close()).rejects.toThrow('EIO')
    disk.stuck = false
    await file.append(line('last'))
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('good\nlast\n')
  })

  test('a sync that fails takes the bytes back: the next sync may not vouch for them', async () => {
    let failing = true
    const { fs } = watched((real) => ({
      async datasync() {
        if (failing) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
        await real.datasync()
      },
    }))
    const file = await openAppendFile(path, { fs })
    await expect(file.append(line('lost'))).rejects.toThrow('EIO')
    expect(await readFile(path, 'utf8')).toBe('')
    failing = false
    await file.append(line('kept'))
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('kept\n')
  })

  test('a disk that does not answer: everybody is refused, and what arrives late is taken back', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let hanging = true
    const { fs } = watched((real) => ({
      async datasync() {
        if (hanging) await gate
        await real.datasync()
      },
    }))
    const file = await openAppendFile(path, { fs, deadlineMs: 20 })
    const first = file.append(line('first'))
    await expect(first).rejects.toThrow('did not answer within 20 ms')
    await expect(file.append(line('second'))).rejects.toThrow('does not answer')
    hanging = false
    release()
    // It recovers by itself once the disk has answered.
    let recovered = false
    while (!recovered) {
      recovered = await file.append(line('third')).then(
        () => true,
        () => new Promise((resolve) => setImmediate(resolve, false)),
      )
    }
    await file.close()
    expect(await readFile(path, 'utf8')).toBe('third\n')
  })
})

describe('real limits', () => {
  let folder: string
  let child: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hutong-limits-'))
    const urlOf = await compileModules(folder, ['src/store/append-file.ts'])
    child = join(folder, 'fill.mjs')
    // Appends lines of 1000 bytes until one is refused, frees what holds the space, and appends once more.
    await writeFile(
      child,
      `import { unlinkSync, writeFileSync } from 'node:fs'
       import { openAppendFile } from ${JSON.stringify(urlOf('src/store/append-file.ts'))}
       const [path, ballast] = process.argv.slice(2)
       if (ballast) writeFileSync(ballast, Buffer.alloc(400_000))
       const file = await openAppendFile(path)
       const line = Buffer.alloc(1000, 'x'); line[999] = 10
       let kept = 0, code = null
       while (code === null) await file.append(line).then(() => { kept++ }, (thrown) => { code = thrown.code })
       if (ballast) unlinkSync(ballast)
       const later = await file.append(ballast ? line : line.subarray(990)).then(() => 'kept', (thrown) => thrown.code)
       await file.close()
       console.log(JSON.stringify({ kept, code, later }))`,
    )
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('a file size limit (ulimit -f)', async () => {
    const script = `ulimit -f 100; exec "${process.execPath}" "${child}" "${path}"`
    const { stdout } = await run('/bin/bash', ['-c', script])
    expect(JSON.parse(stdout)).toEqual({ kept: 102, code: 'EFBIG', later: 'kept' })
    const written = await readFile(path)
    expect(written.length).toBe(102_010)
    expect(written.subarray(0, 102_000).every((byte, at) => byte === (at % 1000 === 999 ? 10 : 120))).toBe(true)
  })

  test('a file system that runs full (tmpfs of 1 MB)', async ({ skip }) => {
    const mount = join(dir, 'mount')
    const script = `mkdir "${mount}" && mount -t tmpfs -o size=1m tmpfs "${mount}" && exec "${process.execPath}" "${child}" "${mount}/file" "${mount}/ballast"`
    // A mount namespace of its own: the mount ends with the process.
    const probe = await run('unshare', [
      '-m',
      '/bin/bash',
      '-c',
      `mkdir "${dir}/t" && mount -t tmpfs tmpfs "${dir}/t"`,
    ]).catch((thrown: Error) => thrown)
    if (probe instanceof Error) skip(`no private tmpfs here: ${probe.message.split('\n')[0]}`)
    const { stdout } = await run('unshare', ['-m', '/bin/bash', '-c', script])
    const { kept, code, later } = JSON.parse(stdout)
    expect({ code, later }).toEqual({ code: 'ENOSPC', later: 'kept' })
    expect(kept).toBeGreaterThan(500)
  })
})
