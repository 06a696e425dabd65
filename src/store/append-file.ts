import { dirname } from 'node:path'
import { setImmediate as turnEnd } from 'node:timers/promises'
import { type FileSystem, nodeFileSystem, type WritableFile } from './file-system.js'

/** A file that only grows. */
export interface AppendFile {
  /** Bytes that are durable. */
  readonly length: number
  /**
   * Resolves once the bytes are written and synced. Appends that wait at the same time share one write and one sync,
   * in the order of the calls. Rejects with the cause when they are not in the file and will not be.
   */
  append(bytes: Uint8Array): Promise<void>
  /** Cuts the file, for repairs at start. Refused while appends wait. */
  truncate(length: number): Promise<void>
  /** Waits for what was appended, and refuses what comes later. Rejects, still open, when rejected bytes stay behind. */
  close(): Promise<void>
}

export interface AppendFileOptions {
  readonly fs?: FileSystem
  /**
   * Off: an append resolves once the system has the bytes. They survive this process but not the machine, until
   * `close` syncs them.
   */
  readonly sync?: boolean
  /** Longest a write and its sync may take together, in milliseconds, before everybody waiting is refused. */
  readonly deadlineMs?: number
  /** Bytes that may wait for the disk; above it an append is refused at once. */
  readonly maxWaitingBytes?: number
}

interface Waiter {
  readonly bytes: Uint8Array
  resolve(): void
  reject(cause: unknown): void
}

const MAX_COMMIT_BYTES = 4 * 1024 * 1024

/**
 * Opens a file for appending; it is created, durably, when it is not there.
 *
 * After a failed commit the file is cut back to its last durable length: at once, or, if even that fails, before the
 * next commit, which is refused until the cut succeeds. So no rejected bytes stay under later ones. A failed sync is
 * treated the same: the bytes are cut and those that come next are written anew, since the kernel may have dropped the
 * failed pages and would report success if the sync were merely repeated.
 */
export async function openAppendFile(path: string, options: AppendFileOptions = {}): Promise<AppendFile> {
  const { fs = nodeFileSystem, sync = true, deadlineMs = 10_000, maxWaitingBytes = 64 * 1024 * 1024 } = options
  const opened = await fs.open(path)
  const file: WritableFile = opened.file
  let good = opened.length
  let uncertain = false
  let cutUnsynced = false
  let waiting: Waiter[] = []
  let waitingBytes = 0
  let running: Promise<void> | null = null
  let overdue = false
  let closed = false

  try {
    if (good === 0) await fs.syncDirectory(dirname(path))
  } catch (thrown) {
    await file.close()
    throw thrown
  }

  return {
    get length() {
      return good
    },

    append(bytes) {
      if (closed) return Promise.reject(new Error('the file is closed'))
      if (overdue) return Promise.reject(new Error('the disk does not answer'))
      if (waitingBytes + bytes.length > maxWaitingBytes) return Promise.reject(new Error('too much waits for the disk'))
      return new Promise((resolve, reject) => {
        waiting.push({ bytes, resolve, reject })
        waitingBytes += bytes.length
        running ??= run()
      })
    },

    async truncate(length) {
      await running
      if (running !== null || closed) throw new Error('the file is in use')
      await file.truncate(length)
      await file.datasync()
      good = length
    },

    async close() {
      if (closed) return
      closed = true
      // A disk that hangs keeps its descriptor: closing it would hang as well.
      if (overdue || !(await settledWithin(running, deadlineMs))) return
      try {
        if (uncertain) await cutBack()
        if (cutUnsynced || !sync) await file.datasync()
      } catch (thrown) {
        closed = false
        throw thrown
      }
      await file.close()
    },
  }

  async function run(): Promise<void> {
    // Everybody who calls in this turn of the event loop shares the first commit.
    await turnEnd()
    while (waiting.length > 0) await serve(nextBatch())
    running = null
  }

  function nextBatch(): readonly Waiter[] {
    let bytes = 0
    let count = 0
    for (const waiter of waiting) {
      if (count > 0 && bytes + waiter.bytes.length > MAX_COMMIT_BYTES) break
      bytes += waiter.bytes.length
      count++
    }
    waitingBytes -= bytes
    return waiting.splice(0, count)
  }

  async function serve(batch: readonly Waiter[]): Promise<void> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      overdue = true
      const cause = new Error(`the disk did not answer within ${deadlineMs} ms`)
      for (const waiter of [...batch, ...waiting]) waiter.reject(cause)
      waiting = []
      waitingBytes = 0
    }, deadlineMs)
    try {
      const bytes = joined(batch)
      await commit(bytes)
      // What was refused must not stand in the file, even if the disk made it in the end.
      if (late) throw new Error('too late')
      good += bytes.length
      for (const waiter of batch) waiter.resolve()
    } catch (cause) {
      for (const waiter of batch) waiter.reject(cause)
      uncertain = true
      await cutBack().catch(() => undefined)
    } finally {
      clearTimeout(timer)
      overdue = false
    }
  }

  async function commit(bytes: Uint8Array): Promise<void> {
    if (uncertain) await cutBack()
    uncertain = true
    await file.write(bytes, good)
    if (sync) await file.datasync()
    uncertain = false
    cutUnsynced = false
  }

  async function cutBack(): Promise<void> {
    await file.truncate(good)
    uncertain = false
    cutUnsynced = true
  }
}

/** Whether it settled in time. */
async function settledWithin(work: Promise<void> | null, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  const settled = await Promise.race([(work ?? Promise.resolve()).then(() => true), deadline])
  clearTimeout(timer)
  return settled
}

function joined(batch: readonly Waiter[]): Uint8Array {
  const [first, ...others] = batch
  if (first !== undefined && others.length === 0) return first.bytes
  return Buffer.concat(batch.map((waiter) => waiter.bytes))
}
