import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataLockedError, lockData } from './data-lock.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('one holds it, the next is refused, and gets it once it is released', async () => {
  const lock = await lockData(folder)
  await expect(lockData(folder)).rejects.toThrow(DataLockedError)
  await lock.release()
  await (await lockData(folder)).release()
})

test('a lock whose owner was killed is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const other = { pid: child.pid, began: null }
  await writeFile(join(folder, 'lock'), JSON.stringify(other))
  await expect(lockData(folder)).rejects.toThrow(`process ${child.pid}`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockData(folder)
  expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid })
  await lock.release()
})

test('a process number that is used again is not the owner', async () => {
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.pid, began: '1' }))
  await (await lockData(folder)).release()
})

test.each(['', '{', '{"pid":-1}', '{"pid":"x"}'])('a torn lock (%j) holds nobody off', async (text) => {
  await writeFile(join(folder, 'lock'), text)
  await (await lockData(folder)).release()
})
