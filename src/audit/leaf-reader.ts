import { type FileHandle, open } from 'node:fs/promises'
import { HASH_BYTES } from './merkle.js'
import { placeOf } from './tree-file.js'

const WINDOW_BYTES = 262_144

/** The leaf hashes of a tree file, read in order through a window. */
export interface LeafReader {
  /** Null past the end, or when there is no file. */
  at(index: number): Promise<Uint8Array | null>
  close(): Promise<void>
}

export async function openLeafReader(path: string): Promise<LeafReader> {
  const handle: FileHandle | null = await open(path, 'r').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null
    throw thrown
  })
  const window = Buffer.alloc(WINDOW_BYTES)
  let start = 0
  let filled = 0

  return {
    async at(index) {
      const position = placeOf({ level: 0, index }) * HASH_BYTES
      if (handle === null) return null
      if (position < start || position + HASH_BYTES > start + filled) {
        start = position
        filled = (await handle.read(window, 0, WINDOW_BYTES, position)).bytesRead
      }
      if (filled < HASH_BYTES) return null
      return Uint8Array.prototype.slice.call(window, position - start, position - start + HASH_BYTES)
    },
    async close() {
      await handle?.close()
    },
  }
}
