import { constants, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** One open file, written at positions that its owner chooses. */
export interface WritableFile {
  /** Writes all the bytes, or rejects; some of them may be in the file then. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** The bytes, and what is needed to find them again, are on the disk when it resolves. */
  datasync(): Promise<void>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

/** What the stores ask of a file system; a test hands in one that runs full. */
export interface FileSystem {
  /** Opens for writing without changing the content; a file that is not there is created, for its owner alone. */
  open(path: string): Promise<{ readonly file: WritableFile; readonly length: number }>
  /** Makes the names in a folder durable: without it a crash may lose a file that was just created. */
  syncDirectory(path: string): Promise<void>
}

export const nodeFileSystem: FileSystem = {
  async open(path) {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      const { size } = await handle.stat()
      return { file: writableFile(handle), length: size }
    } catch (thrown) {
      await handle.close()
      throw thrown
    }
  },

  async syncDirectory(path) {
    const handle = await open(path, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}

function writableFile(handle: FileHandle): WritableFile {
  return {
    async write(bytes, position) {
      // A disk that runs full takes the part that fits and reports it as success; asking for the rest tells.
      for (let done = 0; done < bytes.length; ) {
        // Into the page cache, here and now: that takes microseconds, and handing it to the thread pool would cost many
        // times as much. What waits for the disk is the sync.
        const taken = writeSync(handle.fd, bytes, done, bytes.length - done, position + done)
        if (taken === 0) throw new Error('the file system took no bytes')
        done += taken
      }
    },
    datasync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  }
}
