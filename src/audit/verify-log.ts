import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type AuditFailure, auditFailure as failure } from './audit-fault.js'
import { toBase64 } from './base64.js'
import { type TreeHead, verifyCheckpoint } from './checkpoint.js'
import { readCheckpoints } from './checkpoint-file.js'
import { emptyFrontier, type Frontier, frontierRoot, grow } from './frontier.js'
import type { VerifyingKeys } from './keys.js'
import { openLeafReader } from './leaf-reader.js'
import { leafHash, sameBytes } from './merkle.js'
import { readRecordLine } from './record-line.js'
import { listSegments, readLines } from './segment.js'

export interface AuditWarning {
  readonly kind: 'time-goes-back' | 'unsigned-tail' | 'torn-tail' | 'tree-differs'
  /** The first record concerned. */
  readonly index: number
  readonly count: number
}

export interface AuditReport {
  readonly holds: boolean
  readonly failure: AuditFailure | null
  readonly warnings: readonly AuditWarning[]
  readonly origin: string | null
  /** Records that were read. */
  readonly size: number
  /** Root over them, base64. */
  readonly root: string
  /** Checkpoints that were verified against the records, and the size that the last of them signs. */
  readonly checkpoints: number
  readonly signedSize: number
}

export interface VerifyOptions {
  /** A checkpoint kept elsewhere (a receipt's, a witness's): the log must still extend what it signs. */
  readonly checkpoint?: string
  /**
   * The log is being written, or was not closed: what stands past the last stored checkpoint, and a torn end, are
   * warnings. Otherwise they are failures, since a log that was closed is signed to its end.
   */
  readonly live?: boolean
}

/** Leaves that are hashed into the tree together; it bounds memory, and one at a time would cost a path each. */
const MAX_PENDING = 1024

/**
 * Verifies a log from its files alone: form, order and canonical text of every record, every leaf hash, the root and
 * the signature of every stored checkpoint. Reads each file once, in order, and keeps only the tree's right edge.
 *
 * What it cannot see without `checkpoint`: a folder replaced by its own older copy, or records and checkpoints cut off
 * together at a place where a checkpoint once stood. Nothing inside the folder can show that.
 */
export async function verifyAuditLog(
  dir: string,
  keys: VerifyingKeys,
  options: VerifyOptions = {},
): Promise<AuditReport> {
  const run = await begin(dir, keys, options)
  try {
    return run.report(await readAll(dir, run))
  } finally {
    await run.close()
  }
}

type Run = Awaited<ReturnType<typeof begin>>

async function readAll(dir: string, run: Run): Promise<AuditFailure | null> {
  for (const segment of await listSegments(dir)) {
    const early = await run.settle()
    if (early !== null) return early
    if (segment.first !== run.size()) return failure('segment-misplaced', run.size())
    for await (const { lines, torn } of readLines(segment.path)) {
      for (const line of lines) {
        const failed = await run.record(line)
        if (failed !== null) return failed
      }
      if (torn > 0) run.tornAfter()
    }
  }
  return await run.end()
}

async function begin(dir: string, keys: VerifyingKeys, { checkpoint, live = false }: VerifyOptions) {
  const external = checkpoint === undefined ? null : verifyCheckpoint(checkpoint, keys)
  const apart: TreeHead | null = external === null || typeof external === 'string' ? null : external.head
  const checkpointsPath = join(dir, 'checkpoints')
  // Taken before any record is read: a log that is being written must not overtake its verification.
  const length = await stat(checkpointsPath).then(({ size }) => size, absentAsZero)
  const notes = readCheckpoints(checkpointsPath, length)
  const leaves = await openLeafReader(join(dir, 'tree'))
  const warnings = new Map<AuditWarning['kind'], { index: number; count: number }>()
  let frontier: Frontier = emptyFrontier
  /** Leaf hashes that are not in the tree yet, and the same as the tree file has them. */
  let pending: Uint8Array[] = []
  let pendingStored: Uint8Array[] = []
  /** The tree as the tree file has its leaves, from the first that differs; a checkpoint says which of the two is true. */
  let asStored: { frontier: Frontier; readonly from: number } | null = null
  let origin: string | null = null
  let next: TreeHead | null = null
  let checkpoints = 0
  let signedSize = 0
  let lastAt = ''
  let recordsTorn = false
  let checkpointsTorn = false
  let broken: AuditFailure | null = await advance()

  return {
    size: () => frontier.size + pending.length,
    record,
    settle,
    tornAfter() {
      recordsTorn = true
    },
    end,
    report,
    async close() {
      await notes.return(undefined)
      await leaves.close()
    },
  }

  async function record(line: Uint8Array): Promise<AuditFailure | null> {
    if (broken !== null) return broken
    const index = frontier.size + pending.length
    const fault = faultOf(line, index)
    // Records before this one are judged first: a checkpoint among them may show an earlier fault.
    if (fault !== null) return (await settle()) ?? failure(fault, index)
    const leaf = leafHash(line)
    const stored = (await leaves.at(index)) ?? leaf
    if (asStored === null && !sameBytes(stored, leaf)) {
      asStored = { frontier: grow(frontier, pending).frontier, from: index }
      pendingStored = []
    }
    pending.push(leaf)
    if (asStored !== null) pendingStored.push(stored)
    const size = index + 1
    if (size === next?.size || size === apart?.size || pending.length >= MAX_PENDING) return await settle()
    return null
  }

  function faultOf(line: Uint8Array, index: number) {
    const read = recordsTorn ? 'malformed' : readRecordLine(line)
    if (typeof read === 'string') return read === 'malformed' ? 'record-malformed' : 'record-not-canonical'
    if (read.index !== index) return 'index-broken'
    if (read.at < lastAt) warn('time-goes-back', index)
    lastAt = read.at
    return null
  }

  /** Hashes the pending leaves into the tree, and compares where a checkpoint stands. */
  async function settle(): Promise<AuditFailure | null> {
    if (broken !== null) return broken
    frontier = grow(frontier, pending).frontier
    if (asStored !== null) asStored.frontier = grow(asStored.frontier, pendingStored).frontier
    pending = []
    pendingStored = []
    const atCheckpoint = next?.size === frontier.size
    const atApart = apart?.size === frontier.size
    if (!atCheckpoint && !atApart) return null
    const root = frontierRoot(frontier)
    if (atCheckpoint && next !== null) broken = sameBytes(root, next.root) ? await accepted(next) : altered(next)
    if (broken === null && atApart && apart !== null && !sameBytes(root, apart.root)) broken = failure('forked', null)
    return broken
  }

  async function accepted(head: TreeHead): Promise<AuditFailure | null> {
    if (asStored !== null) warn('tree-differs', asStored.from)
    asStored = null
    checkpoints++
    signedSize = head.size
    return await advance()
  }

  function altered(head: TreeHead): AuditFailure {
    const vouched = asStored !== null && sameBytes(frontierRoot(asStored.frontier), head.root)
    if (asStored !== null && vouched) return failure('record-altered', asStored.from)
    return failure('record-altered', signedSize, head.size)
  }

  /** Reads the next stored checkpoint. */
  async function advance(): Promise<AuditFailure | null> {
    next = null
    const { value: note, done } = await notes.next()
    if (done === true) return null
    if (note.torn) {
      checkpointsTorn = true
      return null
    }
    const verified = verifyCheckpoint(note.text, keys)
    if (typeof verified === 'string') return failure(verified, null)
    const { head } = verified
    if (origin !== null && head.origin !== origin) return failure('checkpoint-origin-differs', null)
    if (head.size <= signedSize) return failure('checkpoint-out-of-order', null)
    origin = head.origin
    next = head
    return null
  }

  async function end(): Promise<AuditFailure | null> {
    const failed = await settle()
    if (failed !== null) return failed
    const { size } = frontier
    if (next !== null) return failure('records-cut-off', size)
    if (!live && recordsTorn) return failure('torn-tail', size)
    if (!live && checkpointsTorn) return failure('torn-tail', null)
    if (!live && size > signedSize) return failure('unsigned-tail', signedSize)
    if (recordsTorn || checkpointsTorn) warn('torn-tail', size)
    if (size > signedSize) warn('unsigned-tail', signedSize, size - signedSize)
    if (typeof external === 'string') return failure('external-checkpoint-refused', null)
    if (apart === null) return null
    if (origin !== null && apart.origin !== origin) return failure('checkpoint-origin-differs', null)
    return apart.size > size ? failure('rolled-back', size) : null
  }

  function warn(kind: AuditWarning['kind'], index: number, count = 1): void {
    const known = warnings.get(kind)
    if (known === undefined) warnings.set(kind, { index, count })
    else known.count += count
  }

  function report(failed: AuditFailure | null): AuditReport {
    return {
      holds: failed === null,
      failure: failed,
      warnings: [...warnings].map(([kind, { index, count }]) => ({ kind, index, count })),
      origin,
      size: frontier.size,
      root: toBase64(frontierRoot(frontier)),
      checkpoints,
      signedSize,
    }
  }
}

function absentAsZero(thrown: NodeJS.ErrnoException): number {
  if (thrown.code === 'ENOENT') return 0
  throw thrown
}
