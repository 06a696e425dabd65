import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sm3 } from '../crypto/sm3.js'
import { emptyFrontier, frontierRoot, grow } from './frontier.js'
import {
  consistencyProof,
  emptyRoot,
  type HashSource,
  inclusionProof,
  leafHash,
  nodeHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.js'

const ranges = new Map<string, Uint8Array>()

// RFC 6962 2.1 as it is written, recursion and all: the judge of everything below.
const naive = {
  split: (count: number): number => {
    let power = 1
    while (power * 2 < count) power *= 2
    return power
  },
  root(data: readonly Uint8Array[]): Uint8Array {
    const [only] = data
    if (only === undefined) return sm3()
    if (data.length === 1) return sm3(Uint8Array.of(0), only)
    // The leaves of all trees here are alike at the same place, so a range has one root.
    const name = `${only}+${data.length}`
    const known = ranges.get(name)
    if (known !== undefined) return known
    const k = naive.split(data.length)
    const root = sm3(Uint8Array.of(1), naive.root(data.slice(0, k)), naive.root(data.slice(k)))
    ranges.set(name, root)
    return root
  },
  path(index: number, data: readonly Uint8Array[]): Uint8Array[] {
    if (data.length <= 1) return []
    const k = naive.split(data.length)
    return index < k
      ? [...naive.path(index, data.slice(0, k)), naive.root(data.slice(k))]
      : [...naive.path(index - k, data.slice(k)), naive.root(data.slice(0, k))]
  },
  subproof(from: number, data: readonly Uint8Array[], whole: boolean): Uint8Array[] {
    if (from === data.length) return whole ? [] : [naive.root(data)]
    const k = naive.split(data.length)
    return from <= k
      ? [...naive.subproof(from, data.slice(0, k), whole), naive.root(data.slice(k))]
      : [...naive.subproof(from - k, data.slice(k), false), naive.root(data.slice(0, k))]
  },
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => Buffer.from(`leaf ${index}`))
const sourceOf =
  (data: readonly Uint8Array[]): HashSource =>
  async (subtrees) =>
    subtrees.map(({ level, index }) => {
      const range = data.slice(index * 2 ** level, (index + 1) * 2 ** level)
      if (range.length !== 2 ** level) throw new Error('asked for a subtree that is not complete')
      return naive.root(range)
    })
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const hexes = (path: readonly Uint8Array[]) => path.map(hex)
const LARGEST = 130
const data = leavesOf(LARGEST)
const source = sourceOf(data)
const roots = Array.from({ length: LARGEST + 1 }, (_, size) => naive.root(data.slice(0, size)))
const rootAt = (size: number) => roots[size] ?? emptyRoot

test('the empty tree has the hash of nothing as its root', async () => {
  expect(hex(emptyRoot)).toBe('1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b')
  expect(hex(await treeRoot(source, 0))).toBe(hex(emptyRoot))
})

test('leaf and node hashes are told apart', () => {
  expect(hex(leafHash(Buffer.concat([rootAt(1), rootAt(2)])))).not.toBe(hex(nodeHash(rootAt(1), rootAt(2))))
})

describe('every size up to 130, against the recursive definition', () => {
  test('roots', async () => {
    for (let size = 0; size <= LARGEST; size++) expect(hex(await treeRoot(source, size))).toBe(hex(rootAt(size)))
  })

  test('inclusion proofs are the definition’s and verify; for another leaf, index, size or root they do not', async () => {
    for (let size = 1; size <= LARGEST; size++) {
      for (let index = 0; index < size; index += size > 40 ? 7 : 1) {
        const path = await inclusionProof(source, index, size)
        expect(hexes(path)).toEqual(hexes(naive.path(index, data.slice(0, size))))
        const leaf = leafHash(data[index] ?? Buffer.alloc(0))
        const root = rootAt(size)
        expect(verifyInclusion(leaf, index, size, path, root)).toBe(true)
        expect(verifyInclusion(leafHash(Buffer.from('other')), index, size, path, root)).toBe(false)
        expect(verifyInclusion(leaf, index + 1, size, path, root)).toBe(false)
        expect(verifyInclusion(leaf, index, size, path, rootAt(size - 1))).toBe(false)
        expect(verifyInclusion(leaf, index, size, [...path, root], root)).toBe(false)
        expect(verifyInclusion(leaf, index, size, path.slice(1), root)).toBe(size === 1)
      }
    }
  })

  test('consistency proofs are the definition’s and verify; between other trees they do not', async () => {
    for (let size = 1; size <= LARGEST; size += size > 40 ? 5 : 1) {
      for (let from = 1; from <= size; from += size > 40 ? 3 : 1) {
        const path = await consistencyProof(source, from, size)
        expect(hexes(path)).toEqual(hexes(naive.subproof(from, data.slice(0, size), true)))
        expect(verifyConsistency(from, size, rootAt(from), rootAt(size), path)).toBe(true)
        expect(verifyConsistency(from, size, rootAt(from - 1), rootAt(size), path)).toBe(false)
        expect(verifyConsistency(from, size, rootAt(from), rootAt(size - 1), path)).toBe(false)
        expect(verifyConsistency(from, size, rootAt(from), rootAt(size), [...path, rootAt(1)])).toBe(false)
        expect(path.length === 0 || !verifyConsistency(from, size, rootAt(from), rootAt(size), path.slice(1))).toBe(
          true,
        )
      }
    }
  })

  test('the empty tree is extended by every tree, with nothing to show for it', () => {
    expect(verifyConsistency(0, 5, emptyRoot, rootAt(5), [])).toBe(true)
    expect(verifyConsistency(0, 5, rootAt(1), rootAt(5), [])).toBe(false)
    expect(verifyConsistency(0, 5, emptyRoot, rootAt(5), [rootAt(1)])).toBe(false)
  })
})

test('growing in batches of any size gives the roots, paths and subtrees of the definition', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }), (batches) => {
      const all = leavesOf(batches.reduce((sum, count) => sum + count, 0))
      const stored: string[] = []
      let frontier = emptyFrontier
      for (const count of batches) {
        const { size } = frontier
        const growth = grow(frontier, all.slice(size, size + count).map(leafHash))
        const present = all.slice(0, size + count)
        expect(hex(growth.root)).toBe(hex(naive.root(present)))
        expect(hex(frontierRoot(growth.frontier))).toBe(hex(growth.root))
        for (let nth = 0; nth < count; nth++) {
          const wanted = naive.path(size + nth, present).map((hash) => Buffer.from(hash).toString('base64'))
          expect(growth.path(nth)).toEqual(wanted)
        }
        for (let at = 0; at < growth.completed.length; at += 32)
          stored.push(hex(growth.completed.subarray(at, at + 32)))
        frontier = growth.frontier
      }
      expect(stored).toEqual(postOrder(all))
    }),
    { numRuns: 25 },
  )
})

test('random larger trees', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 131, max: 900 }), fc.nat(), fc.nat(), async (size, one, other) => {
      const present = leavesOf(size)
      const large = sourceOf(present)
      const index = one % size
      const from = 1 + (other % size)
      const root = naive.root(present)
      expect(hex(await treeRoot(large, size))).toBe(hex(root))
      const path = await inclusionProof(large, index, size)
      expect(verifyInclusion(leafHash(present[index] ?? Buffer.alloc(0)), index, size, path, root)).toBe(true)
      const proof = await consistencyProof(large, from, size)
      expect(verifyConsistency(from, size, naive.root(present.slice(0, from)), root, proof)).toBe(true)
    }),
    { numRuns: 25 },
  )
})

test('sizes past 2^32 keep their arithmetic', async () => {
  // A tree whose leaves are all alike: every perfect subtree of a level has one hash.
  const level = [leafHash(Buffer.from('x'))]
  for (let at = 0; at < 50; at++) level.push(nodeHash(level[at] ?? emptyRoot, level[at] ?? emptyRoot))
  const alike: HashSource = async (subtrees) => subtrees.map((subtree) => level[subtree.level] ?? emptyRoot)
  const size = 2 ** 49 - 1
  const from = 2 ** 33 + 5
  const root = await treeRoot(alike, size)
  for (const index of [0, 2 ** 32, 2 ** 40 + 3, size - 1]) {
    const path = await inclusionProof(alike, index, size)
    expect(verifyInclusion(level[0] ?? emptyRoot, index, size, path, root)).toBe(true)
  }
  const proof = await consistencyProof(alike, from, size)
  expect(verifyConsistency(from, size, await treeRoot(alike, from), root, proof)).toBe(true)
})

test.each([
  [-1, 5],
  [5, 5],
  [0.5, 5],
  [0, 0],
])('no proof for leaf %d of %d', async (index, size) => {
  await expect(inclusionProof(source, index, size)).rejects.toThrow(RangeError)
  expect(verifyInclusion(rootAt(1), index, size, [], rootAt(1))).toBe(false)
})

test.each([
  [0, 5],
  [6, 5],
])('no consistency proof from %d to %d', async (from, size) => {
  await expect(consistencyProof(source, from, size)).rejects.toThrow(RangeError)
})

test('a path with an element that is no hash is refused', async () => {
  const path = await inclusionProof(source, 0, 2)
  expect(
    verifyInclusion(leafHash(data[0] ?? emptyRoot), 0, 2, [...path.slice(0, -1), new Uint8Array(31)], rootAt(2)),
  ).toBe(false)
})

function postOrder(all: readonly Uint8Array[]): string[] {
  return all.flatMap((_, leaf) => {
    const hashes: string[] = []
    for (let width = 1; (leaf + 1) % width === 0; width *= 2)
      hashes.push(hex(naive.root(all.slice(leaf + 1 - width, leaf + 1))))
    return hashes
  })
}
