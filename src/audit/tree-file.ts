import { type FileHandle, open } from 'node:fs/promises'
import type { AppendTarget, OpenAppendTarget } from './append-target.js'
import { HASH_BYTES, type HashSource, half, isOdd, type Subtree } from './merkle.js'

/**
 * The hashes of every perfect subtree in one flat file, in the order in which they are completed: leaf 0; leaf 1, the
 * pair 0-1; leaf 2; leaf 3, the pair 2-3, the four 0-3; and so on. Where a subtree stands follows from its level and
 * index alone, so a proof costs one read for each hash, and appending touches one place. 64 bytes a record at most.
 *
 * It holds nothing that the records do not: it may be deleted, and is then computed again.
 */
export interface TreeFile {
  /** Leaves whose subtrees are in the file or wait to be written. */
  readonly leaves: number
  readonly waitingBytes: number
  /** Takes the subtrees that `grow` completed; they can be read at once and are written by `flush`. */
  add(completed: Uint8Array, leaves: number): void
  readonly source: HashSource
  /** Durable when it resolves. On failure everything waits for the next call. */
  flush(): Promise<void>
  /** Forgets the subtrees from this leaf on. */
  cut(leaves: number): Promise<void>
  close(): Promise<void>
}

export async function openTreeFile(path: string, openAppend: OpenAppendTarget): Promise<TreeFile> {
  const target: AppendTarget = await openAppend(path)
  const handle: FileHandle = await open(path, 'r')
  let leaves = leavesWithin(Math.floor(target.length / HASH_BYTES))
  if (target.length !== hashesBefore(leaves) * HASH_BYTES) await target.truncate(hashesBefore(leaves) * HASH_BYTES)
  // Counted here and not asked of the target, so that it changes together with `waiting`.
  let written = hashesBefore(leaves) * HASH_BYTES
  let waiting: Uint8Array[] = []
  let waitingBytes = 0

  return {
    get leaves() {
      return leaves
    },
    get waitingBytes() {
      return waitingBytes
    },

    add(completed, grown) {
      waiting.push(completed)
      waitingBytes += completed.length
      leaves = grown
    },

    source: (subtrees) => Promise.all(subtrees.map(readHash)),

    async flush() {
      const count = waiting.length
      if (count === 0) return
      const bytes = Buffer.concat(waiting.slice(0, count))
      await target.append(bytes)
      written += bytes.length
      waiting = waiting.slice(count)
      waitingBytes -= bytes.length
    },

    async cut(kept) {
      waiting = []
      waitingBytes = 0
      written = Math.min(written, hashesBefore(kept) * HASH_BYTES)
      await target.truncate(written)
      leaves = leavesWithin(written / HASH_BYTES)
    },

    async close() {
      await handle.close()
      await target.close()
    },
  }

  async function readHash(subtree: Subtree): Promise<Uint8Array> {
    const position = placeOf(subtree) * HASH_BYTES
    let skipped = written
    if (position >= skipped) {
      for (const chunk of waiting) {
        if (position < skipped + chunk.length) {
          return chunk.subarray(position - skipped, position - skipped + HASH_BYTES)
        }
        skipped += chunk.length
      }
      throw new Error('the tree has no such subtree')
    }
    const hash = new Uint8Array(HASH_BYTES)
    const { bytesRead } = await handle.read(hash, 0, HASH_BYTES, position)
    if (bytesRead !== HASH_BYTES) throw new Error('the tree file is shorter than it was')
    return hash
  }
}

/** Number of the hash in the file. A subtree is complete with its last leaf, after the smaller ones that end there. */
export function placeOf({ level, index }: Subtree): number {
  return hashesBefore((index + 1) * 2 ** level - 1) + level
}

/** Hashes that a tree file of so many leaves holds: two a leaf, less one for each bit set. */
export function hashesBefore(leaves: number): number {
  let bits = 0
  for (let rest = leaves; rest > 0; rest = half(rest)) if (isOdd(rest)) bits++
  return 2 * leaves - bits
}

/** The largest number of leaves whose hashes are all within the first `hashes`. */
function leavesWithin(hashes: number): number {
  let leaves = Math.floor(hashes / 2)
  while (hashesBefore(leaves + 1) <= hashes) leaves++
  return leaves
}
