import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'

/** A file's bytes; undefined when it cannot be read or is larger than `limit` bytes. */
export async function readBounded(file: string, limit: number): Promise<Buffer | undefined> {
  return readAll(createReadStream(file), limit).catch(() => undefined)
}

/** What a stream has to give; undefined past `limit` bytes. */
export async function readAll(stream: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer | string)
    size += bytes.length
    if (size > limit) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
