import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_LINE_BYTES } from './record-line.js'

/** One file of records; its name bears the index of its first record. */
export interface Segment {
  readonly first: number
  readonly path: string
}

const NAME = /^records-(\d{16})\.jsonl$/
const NEWLINE = 0x0a

export function segmentAt(dir: string, first: number): Segment {
  return { first, path: join(dir, `records-${String(first).padStart(16, '0')}.jsonl`) }
}

/** The segments of a log, in order; none when the folder does not exist. */
export async function listSegments(dir: string): Promise<readonly Segment[]> {
  const names = await readdir(dir).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  return names
    .map((name) => Number(NAME.exec(name)?.[1] ?? Number.NaN))
    .filter((first) => !Number.isNaN(first))
    .sort((left, right) => left - right)
    .map((first) => segmentAt(dir, first))
}

/** Some lines of a file, newlines left out, and where each ends in the file, newline included. */
export interface Lines {
  readonly lines: readonly Uint8Array[]
  readonly ends: readonly number[]
  /** Bytes after the last newline: a line that is still being written, or was torn. Zero except in the last piece. */
  readonly torn: number
}

/**
 * Reads a file line by line in pieces, up to a length. Memory stays bounded: a line that is too long is handed out in
 * part, which no check of a line lets pass, and ends the reading.
 */
export async function* readLines(path: string, length = Number.POSITIVE_INFINITY): AsyncGenerator<Lines> {
  if (length === 0) return
  let rest: Uint8Array = new Uint8Array(0)
  let position = 0
  for await (const piece of createReadStream(path, { end: length - 1, highWaterMark: 262_144 })) {
    const bytes = rest.length === 0 ? (piece as Buffer) : Buffer.concat([rest, piece as Buffer])
    const lines: Uint8Array[] = []
    const ends: number[] = []
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(bytes.subarray(start, end))
      start = end + 1
      ends.push(position + start)
    }
    rest = bytes.subarray(start)
    position += start
    const tooLong = rest.length > MAX_LINE_BYTES
    if (tooLong) {
      lines.push(rest)
      ends.push(position + rest.length)
    }
    if (lines.length > 0) yield { lines, ends, torn: 0 }
    if (tooLong) return
  }
  yield { lines: [], ends: [], torn: rest.length }
}
