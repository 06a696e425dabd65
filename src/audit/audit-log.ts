import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turnEnd } from 'node:timers/promises'
import type { AuditEntry, AuditRecord } from '../canonical/audit-record.js'
import { HubError } from '../canonical/errors.js'
import type { OpenAppendTarget } from './append-target.js'
import { toBase64 } from './base64.js'
import { checkpointSigner } from './checkpoint.js'
import { openCheckpointFile, type StoredCheckpoint } from './checkpoint-file.js'
import { frontierRoot, type Growth, grow } from './frontier.js'
import type { SigningKey } from './keys.js'
import {
  consistencyProof,
  type HashSource,
  inclusionProof,
  leafHash,
  verifyConsistency,
  verifyInclusion,
} from './merkle.js'
import { openRecordFiles, type Repair } from './record-files.js'
import { type PreparedRecord, prepareRecord, readRecordLine } from './record-line.js'
import { openTreeFile } from './tree-file.js'
import { frontierOf, loadTree, sourceFromRecords } from './tree-load.js'

export interface AuditLogOptions {
  /** Folder of the log, for it alone; made when it is not there. */
  readonly dir: string
  /** Name of the log for ever, such as `gateway.example/audit`. */
  readonly origin: string
  readonly signing: SigningKey
  /** Epoch milliseconds; for `state` alone, records bring their own time. */
  now(): number
  readonly openAppendFile: OpenAppendTarget
  /** Size at which a segment of records is closed. Default 64 MiB, at most 1 GiB. */
  readonly segmentBytes?: number
  /** How long checkpoints and tree may lag behind the records on disk, in milliseconds. Default 1000. */
  readonly settleMs?: number
  /** Entries that may wait for the disk. Default 10,000. */
  readonly maxWaiting?: number
  /** Longest a signature may take, in milliseconds. Default 10,000. */
  readonly deadlineMs?: number
}

/** A record, its inclusion path in the tree that the checkpoint signs (base64, from the leaf up), and that checkpoint. */
export interface Appended {
  readonly record: AuditRecord
  readonly path: readonly string[]
  readonly checkpoint: string
}

/** The path of a consistency proof, and the checkpoint that it leads to. */
export interface Extension {
  readonly path: readonly string[]
  readonly checkpoint: string
}

export interface AuditLogState {
  readonly size: number
  /** Since when appends have been failing, epoch milliseconds; null while they work. */
  readonly failingSince: number | null
  /** What the last crash left and the opening cut off; null as a rule. */
  readonly repair: Repair | null
}

export interface AuditLog {
  readonly size: number
  readonly origin: string
  /**
   * Durable when it resolves. Entries that arrive together share one sync and one checkpoint. When it rejects, the
   * record is not in the log, with one exception: it is there if only the checkpoint could not be signed.
   *
   * @throws HubError AUDIT_UNAVAILABLE; INTERNAL for something that is no entry
   */
  append(entry: AuditEntry): Promise<Appended>
  /** A checkpoint over all records. @throws HubError AUDIT_UNAVAILABLE when it cannot be signed */
  checkpoint(): Promise<string>
  /** Null when there is no such record. */
  record(index: number): Promise<AuditRecord | null>
  /** Any record with its inclusion in the present tree, verified. Null when there is no such record. */
  proof(index: number): Promise<Appended | null>
  /**
   * Proof that the present log extends its first `from` records, whose checkpoint somebody holds (RFC 9162 2.1.4),
   * base64. Null unless 0 < from ≤ size.
   */
  consistency(from: number): Promise<Extension | null>
  /** The key for checkpoints from now on. */
  setSigning(key: SigningKey): void
  state(): AuditLogState
  /** Waits for what was appended, and writes the last checkpoint. */
  close(): Promise<void>
}

interface Waiter {
  readonly prepared: PreparedRecord
  resolve(appended: Appended): void
  reject(error: HubError): void
}

const MAX_BATCH = 1024
/** Offsets within a segment are 32 bits. */
const MAX_SEGMENT_BYTES = 2 ** 30
const MAX_UNSETTLED_BYTES = 64 * 1024 * 1024

/**
 * Opens an audit log: RFC 8785 lines in segments, a Merkle tree over them (RFC 6962 with SM3), signed checkpoints.
 *
 * What is synced when. A batch is one write and one fdatasync of records, then one signature over the new root; then
 * everybody is answered. Tree, offsets and checkpoints are written at most once a second, in this order, each synced.
 *
 * Why that is safe. (1) A checkpoint leaves the house only after the records under it are durable. So whatever a crash
 * destroys lies past every checkpoint that anybody holds, and the log that is reopened extends all of them, including
 * those that are not on our own disk: it holds the same bytes, so it has the same roots. (2) A stored checkpoint
 * follows its records and its tree onto the disk, so that, at opening, fewer records than it signs mean loss or
 * tampering and never a crash. (3) Tree and offsets are computed from the records whenever they are missing or wrong.
 * What the delay costs: records of the last second can be cut off unnoticed by someone who also stops the process
 * without warning; who holds a receipt, or a checkpoint fetched earlier, can prove it nevertheless.
 *
 * All stored checkpoints are kept. There is at most one a second and one a record, of some 250 bytes: far less than the
 * records under them, so the file needs no compaction. Those that fall between are in the receipts, and can be checked
 * against the log at any time, since the tree of every earlier size can be computed from it.
 *
 * One process at a time may have a log open; the caller sees to that.
 *
 * @throws DamagedLogError when signed records are missing or changed
 * @throws HubError AUDIT_UNAVAILABLE when what a crash left unsigned cannot be signed
 * @throws RangeError for an origin outside its grammar
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { dir, origin, now, settleMs = 1000, deadlineMs = 10_000 } = options
  const { segmentBytes = 64 * 1024 * 1024, maxWaiting = 10_000 } = options
  let sign = checkpointSigner(origin, options.signing)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const { checkpoints, records, tree, ...loaded } = await openFiles(options, segmentBytes)
  let { frontier } = loaded
  let root = frontierRoot(frontier)

  let latest: StoredCheckpoint | null = checkpoints.last
  let treeDamaged = false
  const waiting: Waiter[] = []
  let running: Promise<void> | null = null
  let settling: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let failingSince: number | null = null
  let closing = false

  if (frontier.size > (latest?.size ?? 0)) {
    try {
      await signedHead()
      await settle()
    } catch (cause) {
      await closeFiles()
      throw unavailable(cause)
    }
  }

  return {
    origin,
    get size() {
      return frontier.size
    },

    append(entry) {
      if (closing) return Promise.reject(unavailable(new Error('the log is closed')))
      if (waiting.length >= maxWaiting) return Promise.reject(unavailable(new Error('too many entries wait')))
      let prepared: PreparedRecord
      try {
        prepared = prepareRecord(entry)
      } catch (cause) {
        return Promise.reject(new HubError('INTERNAL', { cause }))
      }
      return new Promise((resolve, reject) => {
        waiting.push({ prepared, resolve, reject })
        running ??= run()
      })
    },

    checkpoint: async () => (await availableHead()).text,

    async record(index) {
      return isIndex(index) ? recordOf(await records.read(index), index) : null
    },

    proof,
    consistency,

    setSigning(key) {
      sign = checkpointSigner(origin, key)
    },

    state: () => ({ size: frontier.size, failingSince, repair: records.repair }),

    async close() {
      closing = true
      await running
      if (timer !== null) clearTimeout(timer)
      await settling
      try {
        if (frontier.size > 0) await signedHead()
        await settle()
        // Computed anew at the next start.
        if (treeDamaged) await tree.cut(0)
      } catch (cause) {
        throw unavailable(cause)
      } finally {
        await closeFiles()
      }
    },
  }

  async function closeFiles(): Promise<void> {
    await Promise.allSettled([records.close(), tree.close(), checkpoints.close()])
  }

  async function run(): Promise<void> {
    // Whoever appends in this turn of the event loop shares a batch; later ones form while the disk works.
    while (waiting.length > 0) {
      await turnEnd()
      await commit(waiting.splice(0, MAX_BATCH))
    }
    running = null
  }

  async function commit(batch: readonly Waiter[]): Promise<void> {
    try {
      const placed = batch.map(({ prepared }, nth) => prepared.at(frontier.size + nth))
      const growth = await write(placed.map(({ line }) => line))
      const { text } = await signedHead()
      failingSince = null
      for (const [nth, waiter] of batch.entries()) {
        const { record } = placed[nth] as (typeof placed)[number]
        waiter.resolve({ record, path: growth.path(nth), checkpoint: text })
      }
    } catch (cause) {
      failingSince ??= now()
      const error = unavailable(cause)
      for (const waiter of batch) waiter.reject(error)
    }
  }

  /** Makes lines durable, and only then part of the tree. */
  async function write(lines: readonly string[]): Promise<Growth> {
    if (tree.waitingBytes > MAX_UNSETTLED_BYTES) throw new Error('the tree cannot be written')
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8')
    const lengths = lines.map((line) => Buffer.byteLength(line) + 1)
    await records.append(bytes, lengths)
    let end = 0
    const growth = grow(
      frontier,
      lengths.map((length) => {
        const start = end
        end += length
        return leafHash(bytes.subarray(start, end - 1))
      }),
    )
    frontier = growth.frontier
    root = growth.root
    tree.add(growth.completed, frontier.size)
    timer ??= settleLater()
    return growth
  }

  /** The checkpoint over all records, signed now unless that has been done. */
  async function signedHead(): Promise<StoredCheckpoint> {
    const { size } = frontier
    if (latest?.size === size) return latest
    const signed = { size, root, text: await within(sign(size, root), deadlineMs) }
    if (signed.size > (latest?.size ?? -1)) latest = signed
    return signed
  }

  function settleLater(): NodeJS.Timeout {
    return setTimeout(() => {
      timer = null
      settling ??= settle()
        // Nothing is lost: what could not be written waits, and the records themselves are durable.
        .catch(() => {
          if (!closing) timer ??= settleLater()
        })
        .finally(() => {
          settling = null
        })
    }, settleMs).unref()
  }

  /** Writes what lags behind the records: the tree before the checkpoint that vouches for it. */
  async function settle(): Promise<void> {
    const head = latest
    await tree.flush()
    await records.flush()
    if (head !== null && head.size > (checkpoints.last?.size ?? 0)) await checkpoints.store(head)
  }

  async function proof(index: number): Promise<Appended | null> {
    if (!isIndex(index)) return null
    const line = await records.read(index)
    const record = recordOf(line, index)
    const head = await availableHead()
    const path = (await provenPath(tree.source, line, index, head)) ?? (await pathFromRecords(line, index, head))
    return { record, path: path.map(toBase64), checkpoint: head.text }
  }

  async function consistency(from: number): Promise<Extension | null> {
    if (!Number.isSafeInteger(from) || from < 1 || from > frontier.size) return null
    const head = await availableHead()
    let path = await provenExtension(tree.source, from, head)
    if (path === null) {
      path = await provenExtension(sourceFromRecords(records), from, head)
      treeDamaged = true
    }
    if (path === null) throw new HubError('INTERNAL', { cause: new Error('the records are not what was signed') })
    return { path: path.map(toBase64), checkpoint: head.text }
  }

  async function availableHead(): Promise<StoredCheckpoint> {
    try {
      return await signedHead()
    } catch (cause) {
      throw unavailable(cause)
    }
  }

  /** The slow way: the tree file does not agree with what was signed, so the hashes come from the records. */
  async function pathFromRecords(line: Uint8Array, index: number, head: StoredCheckpoint) {
    const path = await provenPath(sourceFromRecords(records), line, index, head)
    if (path === null) throw new HubError('INTERNAL', { cause: new Error(`record ${index} is not what was signed`) })
    treeDamaged = true
    return path
  }

  function isIndex(index: number): boolean {
    return Number.isSafeInteger(index) && index >= 0 && index < frontier.size
  }
}

/** Opens all that the log is made of, or nothing. */
async function openFiles({ dir, origin, openAppendFile: openAppend }: AuditLogOptions, segmentBytes: number) {
  const opened: { close(): Promise<void> }[] = []
  const held = <T extends { close(): Promise<void> }>(file: T): T => {
    opened.push(file)
    return file
  }
  try {
    const checkpoints = held(await openCheckpointFile(join(dir, 'checkpoints'), openAppend))
    const signed = checkpoints.last?.size ?? 0
    const limit = Math.min(segmentBytes, MAX_SEGMENT_BYTES)
    const records = held(await openRecordFiles({ dir, openAppend, segmentBytes: limit, signed }))
    const tree = held(await openTreeFile(join(dir, 'tree'), openAppend))
    return { checkpoints, records, tree, frontier: await loadTree(tree, records, checkpoints.last, origin) }
  } catch (thrown) {
    await Promise.allSettled(opened.map((file) => file.close()))
    throw thrown
  }
}

async function provenPath(source: HashSource, line: Uint8Array, index: number, head: StoredCheckpoint) {
  const path = await inclusionProof(source, index, head.size).catch(() => null)
  return path !== null && verifyInclusion(leafHash(line), index, head.size, path, head.root) ? path : null
}

async function provenExtension(source: HashSource, from: number, head: StoredCheckpoint) {
  try {
    const old = frontierRoot(await frontierOf(source, from))
    const path = await consistencyProof(source, from, head.size)
    return verifyConsistency(from, head.size, old, head.root, path) ? path : null
  } catch {
    return null
  }
}

function recordOf(line: Uint8Array, index: number): AuditRecord {
  const record = readRecordLine(line)
  if (typeof record === 'string' || record.index !== index) {
    throw new HubError('INTERNAL', { cause: new Error(`record ${index} of the log cannot be read`) })
  }
  return record
}

function unavailable(cause: unknown): HubError {
  return new HubError('AUDIT_UNAVAILABLE', { cause })
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no signature within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
