import { parseCheckpoint } from './checkpoint.js'
import type { StoredCheckpoint } from './checkpoint-file.js'
import { DamagedLogError } from './damaged-log.js'
import { emptyFrontier, type Frontier, frontierLevels, frontierRoot, grow } from './frontier.js'
import { type HashSource, leafHash, type Subtree, sameBytes } from './merkle.js'
import type { RecordFiles } from './record-files.js'
import type { TreeFile } from './tree-file.js'

const MAX_WAITING_BYTES = 4 * 1024 * 1024

/**
 * The frontier over all records. The tree file is believed up to the durable checkpoint if it gives the root that this
 * signs; the rest, and all of it if not, is computed from the records.
 *
 * @throws DamagedLogError when the records do not give that root either, or the checkpoint is of another log
 */
export async function loadTree(
  tree: TreeFile,
  records: RecordFiles,
  signed: StoredCheckpoint | null,
  origin: string,
): Promise<Frontier> {
  if (signed !== null && parseCheckpoint(signed.text)?.head.origin !== origin) throw otherLog()
  const kept = Math.min(tree.leaves, signed?.size ?? 0)
  await tree.cut(kept)
  const stored = await frontierOf(tree.source, kept)
  if (signed === null || (kept === signed.size && sameBytes(frontierRoot(stored), signed.root))) {
    return await extend(stored, tree, records, null)
  }
  await tree.cut(0)
  return await extend(emptyFrontier, tree, records, signed)
}

/** The right edge of a tree of this size. */
export async function frontierOf(source: HashSource, size: number): Promise<Frontier> {
  let end = 0
  const subtrees = frontierLevels(size).map((level): Subtree => {
    const index = end / 2 ** level
    end += 2 ** level
    return { level, index }
  })
  const found = await source(subtrees)
  const hashes: (Uint8Array | undefined)[] = []
  for (const [at, { level }] of subtrees.entries()) hashes[level] = found[at]
  return { size, hashes }
}

/** The hashes of subtrees, computed from the records themselves: slow, and right whatever became of the tree file. */
export function sourceFromRecords(records: RecordFiles): HashSource {
  return async (subtrees) => {
    const hashes: Uint8Array[] = []
    for (const { level, index } of subtrees) {
      let frontier = emptyFrontier
      const size = 2 ** level
      for await (const lines of records.linesFrom(index * size)) {
        frontier = grow(frontier, lines.slice(0, size - frontier.size).map(leafHash)).frontier
        if (frontier.size === size) break
      }
      hashes.push(frontierRoot(frontier))
    }
    return hashes
  }
}

async function extend(
  start: Frontier,
  tree: TreeFile,
  records: RecordFiles,
  signed: StoredCheckpoint | null,
): Promise<Frontier> {
  let frontier = start
  for await (const lines of records.linesFrom(start.size)) {
    const leaves = lines.map(leafHash)
    const upTo = signed === null ? 0 : signed.size - frontier.size
    // The pieces end where the checkpoint does, so that its root can be compared on the way.
    for (const piece of upTo > 0 && upTo < leaves.length ? [leaves.slice(0, upTo), leaves.slice(upTo)] : [leaves]) {
      const growth = grow(frontier, piece)
      frontier = growth.frontier
      tree.add(growth.completed, frontier.size)
      if (signed?.size === frontier.size && !sameBytes(growth.root, signed.root)) throw changed()
    }
    if (tree.waitingBytes > MAX_WAITING_BYTES) await tree.flush()
  }
  return frontier
}

function changed(): DamagedLogError {
  return new DamagedLogError({
    zh: '审计日志的记录与已签名的检查点不符：记录被改动，网关不再续写；用 hutong audit verify 找出第一条，再从备份恢复',
    en: 'the records of the audit log do not match the checkpoint that was signed over them: they have been altered, and the gateway will not write on; `hutong audit verify` names the first one, then restore from a backup',
  })
}

function otherLog(): DamagedLogError {
  return new DamagedLogError({
    zh: '目录里是另一个名称的审计日志；检查 origin 配置',
    en: 'the folder holds an audit log of another name; check the configured origin',
  })
}
