import { toBase64 } from './base64.js'
import { emptyRoot, HASH_BYTES, half, isOdd, nodeHash } from './merkle.js'

/** The right edge of a tree: for every bit set in `size`, the hash of that perfect subtree, by level. */
export interface Frontier {
  readonly size: number
  /** Undefined at the levels whose bit is not set. */
  readonly hashes: readonly (Uint8Array | undefined)[]
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] }

/** The levels of the perfect subtrees in a frontier of this size, highest first. */
export function frontierLevels(size: number): readonly number[] {
  const levels: number[] = []
  for (let level = 0, rest = size; rest > 0; level++, rest = half(rest)) if (isOdd(rest)) levels.unshift(level)
  return levels
}

export function frontierRoot({ size, hashes }: Frontier): Uint8Array {
  return (
    frontierLevels(size)
      .map((level) => hashOf(hashes[level]))
      .reduceRight<Uint8Array | undefined>(
        (right, left) => (right === undefined ? left : nodeHash(left, right)),
        undefined,
      ) ?? emptyRoot
  )
}

/** A tree that has grown by some leaves. */
export interface Growth {
  readonly frontier: Frontier
  readonly root: Uint8Array
  /** The perfect subtrees that the leaves completed, in the order of completion: what a tree file appends. */
  readonly completed: Uint8Array
  /** The inclusion path in the grown tree of its new leaf number `nth` (from 0), base64, from the leaf up. */
  path(nth: number): readonly string[]
}

/** Hashes by level; the first of a level has the index `base`, and is even wherever it has a right neighbour. */
interface Level {
  readonly base: number
  readonly hashes: readonly Uint8Array[]
  readonly texts: (string | undefined)[]
}

/**
 * Adds leaves, given by their hashes. Everything that the new leaves' paths need is either new or in the frontier, so
 * nothing is read. Costs about one node hash a leaf, and two for each level of the tree.
 */
export function grow(before: Frontier, leaves: readonly Uint8Array[]): Growth {
  if (leaves.length === 0) {
    return { frontier: before, root: frontierRoot(before), completed: new Uint8Array(0), path: () => [] }
  }
  const size = before.size + leaves.length
  const levels: Level[] = []
  let first = before.size
  let fresh = leaves
  for (let level = 0; ; level++) {
    const left = isOdd(first) ? before.hashes[level] : undefined
    const hashes = left === undefined ? fresh : [left, ...fresh]
    const base = left === undefined ? first : first - 1
    levels.push({ base, hashes, texts: [] })
    if (base === 0 && hashes.length <= 1) break
    first = half(first)
    fresh = pairs(hashes)
  }
  return {
    frontier: { size, hashes: edgeOf(levels, size) },
    root: hashOf(levels.at(-1)?.hashes[0]),
    completed: completedSince(before.size, size, levels),
    path: (nth) => pathOf(levels, before.size + nth),
  }
}

/** The next level up. A last hash without a neighbour rises unchanged, as RFC 6962 has it. */
function pairs(hashes: readonly Uint8Array[]): readonly Uint8Array[] {
  const parents: Uint8Array[] = []
  for (let at = 0; at < hashes.length; at += 2) {
    const left = hashOf(hashes[at])
    const right = hashes[at + 1]
    parents.push(right === undefined ? left : nodeHash(left, right))
  }
  return parents
}

function pathOf(levels: readonly Level[], leaf: number): readonly string[] {
  const path: string[] = []
  let index = leaf
  for (const level of levels) {
    const at = (isOdd(index) ? index - 1 : index + 1) - level.base
    const sibling = level.hashes[at]
    if (sibling !== undefined) {
      // Leaves of one batch share most of their paths; each hash is turned to text once.
      level.texts[at] ??= toBase64(sibling)
      path.push(level.texts[at])
    }
    index = half(index)
  }
  return path
}

function edgeOf(levels: readonly Level[], size: number): readonly (Uint8Array | undefined)[] {
  const edge: (Uint8Array | undefined)[] = []
  let count = size
  for (const [level, { base, hashes }] of levels.entries()) {
    edge[level] = isOdd(count) ? hashes[count - 1 - base] : undefined
    count = half(count)
  }
  return edge
}

function completedSince(before: number, size: number, levels: readonly Level[]): Uint8Array {
  const hashes: Uint8Array[] = []
  for (let leaf = before; leaf < size; leaf++) {
    let index = leaf
    for (let level = 0; ; level++) {
      const row = levels[level]
      hashes.push(hashOf(row?.hashes[index - (row?.base ?? 0)]))
      if (!isOdd(index)) break
      index = half(index)
    }
  }
  const bytes = new Uint8Array(hashes.length * HASH_BYTES)
  for (const [at, hash] of hashes.entries()) bytes.set(hash, at * HASH_BYTES)
  return bytes
}

function hashOf(hash: Uint8Array | undefined): Uint8Array {
  if (hash === undefined) throw new Error('a hash of the tree is missing')
  return hash
}
