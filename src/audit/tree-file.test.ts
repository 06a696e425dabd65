import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openAppendFile } from '../store/append-file.js'
import { emptyFrontier, grow } from './frontier.js'
import { leafHash, type Subtree, treeRoot } from './merkle.js'
import { hashesBefore, openTreeFile, placeOf, type TreeFile } from './tree-file.js'

let path: string

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hutong-tree-'))
  path = join(dir, 'tree')
  return () => rm(dir, { recursive: true, force: true })
})

const leaves = Array.from({ length: 40 }, (_, nth) => leafHash(Buffer.from(`leaf ${nth}`)))
const rootOf = (size: number) => grow(emptyFrontier, leaves.slice(0, size)).root

/** Adds the leaves from what the file has up to `size`. */
function addUpTo(tree: TreeFile, size: number): void {
  const before = grow(emptyFrontier, leaves.slice(0, tree.leaves)).frontier
  tree.add(grow(before, leaves.slice(tree.leaves, size)).completed, size)
}

test('the order of the file, for seven leaves', () => {
  const order: Subtree[] = [
    { level: 0, index: 0 },
    { level: 0, index: 1 },
    { level: 1, index: 0 },
    { level: 0, index: 2 },
    { level: 0, index: 3 },
    { level: 1, index: 1 },
    { level: 2, index: 0 },
    { level: 0, index: 4 },
    { level: 0, index: 5 },
    { level: 1, index: 2 },
    { level: 0, index: 6 },
  ]
  expect(order.map(placeOf)).toEqual(order.map((_, place) => place))
  expect(hashesBefore(7)).toBe(order.length)
  expect(hashesBefore(2 ** 40)).toBe(2 ** 41 - 1)
})

test('every size of tree can be read, whether its hashes wait, are being written, or are in the file', async () => {
  const tree = await openTreeFile(path, openAppendFile)
  const readable = async (size: number) => {
    for (let at = 1; at <= size; at++) expect(await treeRoot(tree.source, at)).toEqual(rootOf(at))
  }
  addUpTo(tree, 7)
  await readable(7)
  const flushing = tree.flush()
  addUpTo(tree, 12)
  await readable(12)
  await flushing
  await readable(12)
  await tree.flush()
  await readable(12)
  addUpTo(tree, 40)
  await readable(40)
  await tree.flush()
  expect(tree.waitingBytes).toBe(0)
  expect((await readFile(path)).length).toBe(hashesBefore(40) * 32)
  await tree.close()
})

test('what was flushed is there after opening again; half a leaf’s hashes are dropped', async () => {
  const tree = await openTreeFile(path, openAppendFile)
  addUpTo(tree, 8)
  await tree.flush()
  await tree.close()
  // Leaf 7 completes four subtrees; the last of them is torn.
  const bytes = await readFile(path)
  await writeFile(path, bytes.subarray(0, -5))
  const again = await openTreeFile(path, openAppendFile)
  expect(again.leaves).toBe(7)
  expect(await treeRoot(again.source, 7)).toEqual(rootOf(7))
  addUpTo(again, 9)
  await again.flush()
  expect(await treeRoot(again.source, 9)).toEqual(rootOf(9))
  await again.close()
})

test('cutting', async () => {
  const tree = await openTreeFile(path, openAppendFile)
  addUpTo(tree, 20)
  await tree.flush()
  addUpTo(tree, 25)
  await tree.cut(13)
  expect(tree.leaves).toBe(13)
  addUpTo(tree, 25)
  expect(await treeRoot(tree.source, 25)).toEqual(rootOf(25))
  await tree.cut(0)
  expect(tree.leaves).toBe(0)
  await expect(treeRoot(tree.source, 1)).rejects.toThrow('no such subtree')
  await tree.close()
})
