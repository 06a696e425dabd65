import type { OpenAppendTarget } from './append-target.js'
import { type ParsedCheckpoint, parseCheckpoint } from './checkpoint.js'
import { DamagedLogError } from './damaged-log.js'
import { readLines } from './segment.js'

/** Lines of a checkpoint as our log writes it: origin, size, root, a blank line, one signature. */
const LINES = 5

/** The checkpoints that the log keeps, oldest first. */
export interface CheckpointFile {
  /** The last one, which no later state of the log may contradict; null in a new log. */
  readonly last: StoredCheckpoint | null
  /** Durable when it resolves. */
  store(checkpoint: StoredCheckpoint): Promise<void>
  close(): Promise<void>
}

export interface StoredCheckpoint {
  readonly size: number
  readonly root: Uint8Array
  readonly text: string
}

/**
 * Opens the file of checkpoints; a last one that a crash tore is dropped.
 *
 * @throws DamagedLogError when the file holds something else than checkpoints, whole and in order
 */
export async function openCheckpointFile(path: string, openAppend: OpenAppendTarget): Promise<CheckpointFile> {
  const target = await openAppend(path)
  let last: StoredCheckpoint | null = null
  let end = 0
  for await (const note of readCheckpoints(path)) {
    // Debris can only stand at the end, behind everything that was synced.
    if (note.torn) break
    if (note.parsed === null || note.parsed.head.size <= (last?.size ?? -1)) {
      await target.close()
      throw new DamagedLogError({
        zh: '审计日志的检查点文件被改动；请从备份恢复整个目录，或另建日志',
        en: 'the checkpoints of the audit log have been altered; restore the whole folder from a backup, or begin a new log',
      })
    }
    const { size, root } = note.parsed.head
    last = { size, root, text: note.text }
    end = note.end
  }
  if (target.length > end) await target.truncate(end)

  return {
    get last() {
      return last
    },
    async store(checkpoint) {
      await target.append(Buffer.from(checkpoint.text, 'utf8'))
      last = checkpoint
    },
    close: () => target.close(),
  }
}

/** A checkpoint as it stands in the file. */
export interface CheckpointNote {
  readonly text: string
  /** Null when it is not a checkpoint. */
  readonly parsed: ParsedCheckpoint | null
  /** It is the last of the file, and not whole. */
  readonly torn: boolean
  /** Where it ends in the file. */
  readonly end: number
}

/** Reads the checkpoints of a file one after another, up to a length. */
export async function* readCheckpoints(path: string, length?: number): AsyncGenerator<CheckpointNote> {
  let open: string[] = []
  let ready: CheckpointNote | null = null
  for await (const { lines, ends, torn } of readLines(path, length)) {
    for (const [at, line] of lines.entries()) {
      open.push(Buffer.from(line).toString('utf8'))
      if (open.length < LINES) continue
      if (ready !== null) yield ready
      const text = `${open.join('\n')}\n`
      ready = { text, parsed: parseCheckpoint(text), torn: false, end: ends[at] ?? 0 }
      open = []
    }
    if (torn > 0) open.push('')
  }
  // Blocks that never reached the disk read as zeros, so a last note can have its length and still be debris.
  if (ready !== null) yield open.length === 0 && ready.parsed === null ? { ...ready, torn: true } : ready
  if (open.length > 0) yield { text: open.join('\n'), parsed: null, torn: true, end: 0 }
}
