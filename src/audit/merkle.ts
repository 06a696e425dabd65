import { sm3 } from '../crypto/sm3.js'

/** RFC 6962 and RFC 9162 with SM3 in place of SHA-256 (EST for the algorithms; the choice of hash is ours). */

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)
export const HASH_BYTES = 32

/** A perfect subtree: 2^level leaves from `index * 2^level` on. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** Gives the hashes of perfect subtrees, in the order asked. */
export type HashSource = (subtrees: readonly Subtree[]) => Promise<readonly Uint8Array[]>

/** SM3(00 ‖ data). */
export function leafHash(data: Uint8Array): Uint8Array {
  return sm3(LEAF, data)
}

/** SM3(01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sm3(NODE, left, right)
}

/** Root of the tree without leaves. */
export const emptyRoot: Uint8Array = sm3()

/** Leaves from `start` up to, not including, `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Root of the tree of the first `size` leaves. */
export async function treeRoot(source: HashSource, size: number): Promise<Uint8Array> {
  const [root] = await rangeHashes(source, size === 0 ? [] : [{ start: 0, end: size }])
  return root ?? emptyRoot
}

/**
 * Inclusion proof of leaf `index` in the tree of `size` leaves, from the leaf up (RFC 9162 2.1.3.1).
 *
 * @throws RangeError unless 0 ≤ index < size
 */
export async function inclusionProof(source: HashSource, index: number, size: number): Promise<readonly Uint8Array[]> {
  if (!isCount(size) || !isCount(index) || index >= size) throw new RangeError('no such leaf')
  const ranges: Range[] = []
  for (let start = 0, end = size; end - start > 1; ) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  return await rangeHashes(source, ranges.reverse())
}

/**
 * Proof that the tree of `size` leaves extends the tree of its first `from` (RFC 9162 2.1.4.1). Empty when they are
 * the same size.
 *
 * @throws RangeError unless 0 < from ≤ size
 */
export async function consistencyProof(source: HashSource, from: number, size: number): Promise<readonly Uint8Array[]> {
  if (!isCount(size) || !isCount(from) || from === 0 || from > size) throw new RangeError('no such tree')
  const ranges: Range[] = []
  let start = 0
  let end = size
  while (from !== end) {
    const middle = start + splitOf(end - start)
    if (from <= middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  // The verifier knows the old root; it needs the last old subtree only when that is not the whole old tree.
  if (start > 0) ranges.push({ start, end })
  return await rangeHashes(source, ranges.reverse())
}

/** Whether the path leads from the leaf's hash to the root (RFC 9162 2.1.3.2). */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !path.every(isHash)) return false
  let fn = index
  let sn = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(sibling, hash)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && sameBytes(hash, root)
}

/**
 * Whether the tree of `size` leaves with root `root` extends the tree of `from` leaves with root `fromRoot`
 * (RFC 9162 2.1.4.2). An empty old tree is extended by every tree, and proves nothing.
 */
export function verifyConsistency(
  from: number,
  size: number,
  fromRoot: Uint8Array,
  root: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!isCount(from) || !isCount(size) || from > size || !path.every(isHash)) return false
  if (from === size) return path.length === 0 && sameBytes(fromRoot, root)
  if (from === 0) return path.length === 0 && sameBytes(fromRoot, emptyRoot)
  const [seed, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...path] : path
  if (seed === undefined) return false
  let fn = from - 1
  let sn = size - 1
  while (isOdd(fn)) {
    fn = half(fn)
    sn = half(sn)
  }
  let old = seed
  let now = seed
  for (const sibling of rest) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      old = nodeHash(sibling, old)
      now = nodeHash(sibling, now)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      now = nodeHash(now, sibling)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && sameBytes(old, fromRoot) && sameBytes(now, root)
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}

/** Half, rounded down. Sizes pass 2^32, where JavaScript's bit operators end. */
export function half(value: number): number {
  return Math.floor(value / 2)
}

export function isOdd(value: number): boolean {
  return value % 2 === 1
}

/** The hashes of ranges as RFC 9162 splits a tree, each joined from perfect subtrees; one call to the source. */
async function rangeHashes(source: HashSource, ranges: readonly Range[]): Promise<readonly Uint8Array[]> {
  const plans = ranges.map(perfectSubtrees)
  const hashes = await source(plans.flat())
  let next = 0
  return plans.map((plan) => {
    const parts = hashes.slice(next, next + plan.length)
    next += plan.length
    return parts.reduceRight((right, left) => nodeHash(left, right))
  })
}

/** The perfect subtrees that make up a range, left to right, largest first. A range starts where one may start. */
function perfectSubtrees({ start, end }: Range): readonly Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = start; at < end; ) {
    const level = levelOf(end - at)
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** The largest power of two below the count. */
function splitOf(count: number): number {
  return 2 ** levelOf(count - 1)
}

/** The largest level whose perfect subtree has no more leaves than the count. Math.log2 would round up near 2^49. */
function levelOf(count: number): number {
  let level = 0
  while (2 ** (level + 1) <= count) level++
  return level
}

function isPowerOfTwo(count: number): boolean {
  return 2 ** levelOf(count) === count
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES
}
