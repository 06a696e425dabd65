import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppendTarget, OpenAppendTarget } from './append-target.js'
import { DamagedLogError } from './damaged-log.js'
import { MAX_LINE_BYTES, readRecordLine } from './record-line.js'
import { listSegments, readLines, type Segment, segmentAt } from './segment.js'

const OFFSET_BYTES = 4

export interface RecordFilesOptions {
  readonly dir: string
  readonly openAppend: OpenAppendTarget
  /** A segment that has reached this size is followed by a new one. At most 1 GiB. */
  readonly segmentBytes: number
  /** Records that a durable checkpoint signs: none of these is ever cut off. */
  readonly signed: number
}

/** What a crash left behind and the opening removed: bytes that had not been acknowledged. */
export interface Repair {
  readonly index: number
  readonly bytes: number
}

/** The records on disk: lines in segments, and a file of offsets that finds each of them. */
export interface RecordFiles {
  readonly count: number
  readonly repair: Repair | null
  /** Appends lines, each with its newline, of these lengths. Durable when it resolves; nothing changed when not. */
  append(bytes: Uint8Array, lengths: readonly number[]): Promise<void>
  /** The line of a record, without its newline. */
  read(index: number): Promise<Uint8Array>
  /** The lines from a record on, up to `count` at the time of the call. */
  linesFrom(index: number): AsyncGenerator<readonly Uint8Array[]>
  /** Writes the offsets that wait. */
  flush(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the records of a log and repairs what a crash can have done: the end of the last segment may hold a torn line,
 * or blocks that never reached the disk. Such lines are cut off, but only past `signed`.
 *
 * @throws DamagedLogError when signed records are missing
 */
export async function openRecordFiles(options: RecordFilesOptions): Promise<RecordFiles> {
  const { dir, openAppend, segmentBytes, signed } = options
  const segments = [...(await listSegments(dir))]
  const newest = segments.at(-1)
  if (newest === undefined && signed > 0) throw missing(signed, 0)
  if (segments.length > 0 && segments[0]?.first !== 0) throw missing(signed, 0)
  const tail = newest === undefined ? { ends: [], keep: 0, repair: null } : await readTail(newest, signed)
  let count = (newest?.first ?? 0) + tail.ends.length
  if (count < signed) throw missing(signed, count)

  let current: AppendTarget | null = newest === undefined ? null : await openAppend(newest.path)
  if (current !== null && current.length > tail.keep) await current.truncate(tail.keep)
  const offsets = await openAppend(join(dir, 'offsets'))
  const handle = await open(join(dir, 'offsets'), 'r')
  /** Records whose offsets are in the file, and the ends of those that follow. */
  let written = 0
  let waiting: number[] = []
  try {
    await loadOffsets()
  } catch (thrown) {
    await Promise.allSettled([handle.close(), offsets.close(), current?.close()])
    throw thrown
  }

  return {
    get count() {
      return count
    },
    repair: tail.repair,

    async append(bytes, lengths) {
      if (current !== null && current.length > 0 && current.length + bytes.length > segmentBytes) {
        await current.close()
        current = null
      }
      if (current === null) {
        const segment = segmentAt(dir, count)
        current = await openAppend(segment.path)
        if (segments.at(-1)?.first !== segment.first) segments.push(segment)
      }
      let end = current.length
      await current.append(bytes)
      for (const length of lengths) {
        end += length
        waiting.push(end)
      }
      count += lengths.length
    },

    async read(index) {
      const found = await readByOffset(index)
      if (found !== null && isRecordNumber(found, index)) return found
      // The offsets are a convenience; when they mislead, the lines are counted.
      for await (const [line] of linesBetween(index, index + 1)) if (line !== undefined) return line
      throw new RangeError('no such record')
    },

    linesFrom: (index) => linesBetween(index, count),

    async flush() {
      const ends = waiting.slice()
      if (ends.length === 0) return
      await offsets.append(offsetBytes(ends))
      written += ends.length
      waiting = waiting.slice(ends.length)
    },

    async close() {
      await handle.close()
      await Promise.all([current?.close(), offsets.close()])
    },
  }

  function segmentOf(index: number): Segment {
    const segment = segments.findLast(({ first }) => first <= index)
    if (segment === undefined || !(index < count)) throw new RangeError('no such record')
    return segment
  }

  async function* linesBetween(index: number, end: number): AsyncGenerator<readonly Uint8Array[]> {
    for (let next = index; next < end; ) {
      const segment = segmentOf(next)
      let at = segment.first
      for await (const { lines } of readLines(segment.path)) {
        const wanted = lines.slice(Math.max(0, next - at), end - at)
        at += lines.length
        if (wanted.length > 0) yield wanted
        next += wanted.length
        if (next >= end) return
      }
      const following = segments[segments.indexOf(segment) + 1]
      if (next !== following?.first) throw missing(end, next)
    }
  }

  async function readByOffset(index: number): Promise<Uint8Array | null> {
    const segment = segmentOf(index)
    const [start, end] = await Promise.all([index === segment.first ? 0 : endOf(index - 1), endOf(index)])
    const length = (end ?? 0) - (start ?? 0) - 1
    if (length < 1 || length > MAX_LINE_BYTES) return null
    const file = await open(segment.path, 'r')
    try {
      const line = Buffer.alloc(length)
      const { bytesRead } = await file.read(line, 0, length, start ?? 0)
      return bytesRead === length ? line : null
    } finally {
      await file.close()
    }
  }

  async function endOf(index: number): Promise<number | undefined> {
    return index < written ? await readOffset(handle, index) : waiting[index - written]
  }

  /** Brings the offsets in line with the segments; what is missing or wrong is computed from the records. */
  async function loadOffsets(): Promise<void> {
    const settled = newest?.first ?? 0
    if (offsets.length >= settled * OFFSET_BYTES && (await earlierSegmentsFit())) {
      await offsets.truncate(settled * OFFSET_BYTES)
      written = settled
      waiting = tail.ends
      return
    }
    await offsets.truncate(0)
    for (const [at, segment] of segments.entries()) {
      const next = segments[at + 1]
      if (next === undefined) break
      const ends: number[] = []
      for await (const piece of readLines(segment.path)) for (const end of piece.ends) ends.push(end)
      if (ends.length !== next.first - segment.first) throw missing(next.first, segment.first + ends.length)
      await offsets.append(offsetBytes(ends))
    }
    written = settled
    waiting = tail.ends
  }

  /** Whether every segment but the last ends where the offsets say that its last record does. */
  async function earlierSegmentsFit(): Promise<boolean> {
    for (const [at, segment] of segments.entries()) {
      const next = segments[at + 1]
      if (next === undefined) break
      const [end, { size }] = await Promise.all([readOffset(handle, next.first - 1), stat(segment.path)])
      if (end !== size) return false
    }
    return true
  }
}

/** The last segment: where its records end, and how much of it to keep. */
async function readTail(segment: Segment, signed: number) {
  const ends: number[] = []
  let index = segment.first
  let keep = 0
  for await (const piece of readLines(segment.path)) {
    for (const [at, line] of piece.lines.entries()) {
      // Signed records are judged by their hashes; only what follows them may be the debris of a crash.
      if (index >= signed && !isRecordNumber(line, index)) return cutAt(keep)
      keep = piece.ends[at] ?? keep
      ends.push(keep)
      index++
    }
    if (piece.torn > 0) return cutAt(keep)
  }
  return { ends, keep, repair: null }

  async function cutAt(length: number) {
    const { size } = await stat(segment.path)
    const repair: Repair = { index, bytes: size - length }
    return { ends, keep, repair }
  }
}

function isRecordNumber(line: Uint8Array, index: number): boolean {
  const record = readRecordLine(line)
  return typeof record !== 'string' && record.index === index
}

function offsetBytes(ends: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(ends.length * OFFSET_BYTES)
  for (const [at, end] of ends.entries()) bytes.writeUInt32BE(end, at * OFFSET_BYTES)
  return bytes
}

async function readOffset(handle: FileHandle, index: number): Promise<number | undefined> {
  const bytes = Buffer.alloc(OFFSET_BYTES)
  const { bytesRead } = await handle.read(bytes, 0, OFFSET_BYTES, index * OFFSET_BYTES)
  return bytesRead === OFFSET_BYTES ? bytes.readUInt32BE() : undefined
}

function missing(signed: number, found: number): DamagedLogError {
  return new DamagedLogError(
    {
      zh: `审计日志缺少记录：应有至少 ${signed} 条，只找到 ${found} 条。记录被删除或丢失，网关不再续写；请从备份恢复整个目录，或另建日志`,
      en: `records are missing from the audit log: at least ${signed} must be there, ${found} were found. They were removed or lost, and the gateway will not write on; restore the whole folder from a backup, or begin a new log`,
    },
    found,
  )
}
