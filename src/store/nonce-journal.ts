import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { HubError } from '../canonical/errors.js'
import { type AppendFile, openAppendFile } from './append-file.js'
import { machineBootId, openBootMark } from './boot-mark.js'
import type { FileSystem } from './file-system.js'

export interface NonceJournalOptions {
  /** Folder of the journal's files; made when it is not there. */
  readonly path: string
  /** Epoch milliseconds. */
  now(): number
  /** How far a message's time may lie from ours, either way, in milliseconds. */
  readonly windowMs: number
  /** Nonces kept at most, of all callers; past it every claim is refused. */
  readonly maxNonces?: number
  /** Nonces kept at most for one caller, so that one cannot shut out the others. Default: a quarter of maxNonces. */
  readonly maxNoncesPerCaller?: number
  readonly fs?: FileSystem
  readonly deadlineMs?: number
  /** What tells one start of the machine from another; null when nothing does. The system's own when absent. */
  readonly bootId?: () => string | null
}

export interface NonceJournal {
  /**
   * Burns a nonce for a caller; it stays burned across a restart of the process or of the machine. `at` is the time that the message bears, epoch milliseconds.
   * Of two claims of the same nonce at most one resolves, across restarts too.
   *
   * @throws HubError NONCE_REPLAYED; TIMESTAMP_STALE or TIMESTAMP_FUTURE when `at` lies outside the window, where
   * the journal remembers nothing; RATE_LIMITED when the caller's share is used up; NONCE_STORE_UNAVAILABLE when
   * the claim cannot be written or the journal is full
   */
  claim(caller: string, nonce: string, at: number): Promise<void>
  /** Nonces in memory. */
  readonly size: number
  close(): Promise<void>
}

/** Claims made during one stretch of `windowMs`, and the file that holds them. */
interface Generation {
  readonly number: number
  readonly nonces: Set<string>
  readonly callers: Map<string, number>
  readonly name: string
}

const HASH_BYTES = 16
const LINE_BYTES = 2 * HASH_BYTES + 1
const FILE_NAME = /^nonces-(\d{1,16})\.log$/
/**
 * A message dated `at` passes the time check until `at + windowMs`, and `at` may be `windowMs` ahead of our clock: a
 * claim must be remembered for two windows. Counting the one it was made in, that is three generations.
 */
const GENERATIONS = 3

/**
 * Opens the journal of nonces. Each generation of claims has a file; a file is deleted whole when its generation can
 * matter no more, so neither files nor memory grow past three windows of traffic. A line is 32 hex digits: caller and
 * nonce are hashed, not to hide them but so that every line has the same length and a damaged one hides no other.
 *
 * A claim is handed to the system and not synced: it outlives the process, kill -9 included, at a tenth of the cost.
 * What the machine itself may lose when it goes down is fenced off instead: when the journal was not closed and the
 * machine has started anew since, messages dated before this opening are refused as stale. Where the system does not
 * tell its starts apart, every claim is synced.
 */
export async function openNonceJournal(options: NonceJournalOptions): Promise<NonceJournal> {
  const { path, windowMs, maxNonces = 1_000_000, deadlineMs } = options
  const maxPerCaller = options.maxNoncesPerCaller ?? Math.ceil(maxNonces / 4)
  const fileOptions = {
    ...(options.fs === undefined ? {} : { fs: options.fs }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  }
  await mkdir(path, { recursive: true, mode: 0o700 })
  const boot = await openBootMark(join(path, 'boot'), (options.bootId ?? machineBootId)())
  const fence = boot.lost ? options.now() : Number.NEGATIVE_INFINITY
  let generations = await readGenerations(path, windowMs, options.now())
  let latest = knownTime(generations, windowMs, options.now())
  let current = generations.find(({ number }) => number === numberAt(latest)) ?? generationAt(numberAt(latest))
  if (!generations.includes(current)) generations = [...generations, current]
  let file = await openWhole(join(path, current.name))
  let rotating: Promise<void> | null = null
  let closed = false

  return {
    get size() {
      return generations.reduce((total, { nonces }) => total + nonces.size, 0)
    },

    async claim(caller, nonce, at) {
      latest = Math.max(latest, options.now())
      if (!(at >= latest - windowMs)) throw new HubError('TIMESTAMP_STALE')
      if (at > latest + windowMs) throw new HubError('TIMESTAMP_FUTURE')
      // Some dialects date by whole seconds, rounded down.
      if (at + 1000 <= fence) throw new HubError('TIMESTAMP_STALE')
      if (closed) throw new HubError('NONCE_STORE_UNAVAILABLE')
      while (numberAt(latest) > current.number) {
        rotating ??= rotate(numberAt(latest)).finally(() => {
          rotating = null
        })
        await available(rotating)
      }
      const key = keyOf(caller, nonce)
      if (generations.some(({ nonces }) => nonces.has(key))) throw new HubError('NONCE_REPLAYED')
      makeRoom(caller)
      // Entered before the write, so that a second claim cannot slip in while the disk works.
      const generation = current
      generation.nonces.add(key)
      generation.callers.set(caller, (generation.callers.get(caller) ?? 0) + 1)
      try {
        await available(file.append(Buffer.from(`${Buffer.from(key, 'latin1').toString('hex')}\n`, 'latin1')))
      } catch (thrown) {
        generation.nonces.delete(key)
        generation.callers.set(caller, (generation.callers.get(caller) ?? 1) - 1)
        throw thrown
      }
    },

    async close() {
      closed = true
      await rotating?.catch(() => undefined)
      await file.close()
      await boot.markClosed()
    },
  }

  function numberAt(time: number): number {
    return Math.floor(time / windowMs)
  }

  function generationAt(number: number): Generation {
    return { number, nonces: new Set(), callers: new Map(), name: `nonces-${number * windowMs}.log` }
  }

  function makeRoom(caller: string): void {
    const held = generations.reduce((total, { nonces }) => total + nonces.size, 0)
    if (held >= maxNonces) throw new HubError('NONCE_STORE_UNAVAILABLE')
    const own = generations.reduce((total, { callers }) => total + (callers.get(caller) ?? 0), 0)
    if (own >= maxPerCaller) throw new HubError('RATE_LIMITED', { retryAfter: Math.ceil(windowMs / 1000) })
  }

  /** Begins a new file and drops the generations that can matter no more. */
  async function rotate(number: number): Promise<void> {
    const next = generationAt(number)
    const opened = await openWhole(join(path, next.name))
    const previous = file
    file = opened
    current = next
    const kept = generations.filter((generation) => generation.number > number - GENERATIONS)
    const dropped = generations.filter((generation) => !kept.includes(generation))
    generations = [...kept, next]
    await previous.close().catch(() => undefined)
    // A file that cannot be deleted now is deleted when the journal is next opened.
    await Promise.all(dropped.map(({ name }) => unlink(join(path, name)).catch(() => undefined)))
  }

  /** Opens a file without the line that a crash tore. */
  async function openWhole(name: string): Promise<AppendFile> {
    const opened = await openAppendFile(name, { ...fileOptions, sync: boot.id === null })
    const torn = opened.length % LINE_BYTES
    if (torn !== 0) await opened.truncate(opened.length - torn)
    return opened
  }
}

/** Reads the generations that still matter and deletes the files of the others. */
async function readGenerations(path: string, windowMs: number, now: number): Promise<Generation[]> {
  const generations: Generation[] = []
  for (const name of await readdir(path)) {
    const start = Number(FILE_NAME.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(start)) continue
    const number = Math.floor(start / windowMs)
    if (number <= Math.floor(now / windowMs) - GENERATIONS) await unlink(join(path, name))
    else generations.push({ number, name, callers: new Map(), nonces: readNonces(await readFile(join(path, name))) })
  }
  return generations.sort((left, right) => left.number - right.number)
}

/**
 * A clock that was set back must not reopen a stretch whose claims have been dropped, so the newest generation is
 * taken as a time that has been. One that lies further ahead is the trace of a clock that ran wild, and is not waited
 * for.
 */
function knownTime(generations: readonly Generation[], windowMs: number, now: number): number {
  const known = generations.map(({ number }) => number * windowMs)
  return Math.max(now, ...known.filter((start) => start - now <= GENERATIONS * windowMs))
}

function readNonces(bytes: Buffer): Set<string> {
  const nonces = new Set<string>()
  // Lines stand at fixed places: one that was never synced, or was damaged, is passed over and hides no other.
  for (let at = 0; at + LINE_BYTES <= bytes.length; at += LINE_BYTES) {
    const line = bytes.toString('latin1', at, at + LINE_BYTES)
    if (/^[0-9a-f]{32}\n$/.test(line)) nonces.add(Buffer.from(line.slice(0, -1), 'hex').toString('latin1'))
  }
  return nonces
}

/** 16 bytes as a string of as many characters: what a Set holds most cheaply. */
function keyOf(caller: string, nonce: string): string {
  const name = Buffer.from(caller, 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(name.length)
  return createHash('sha256')
    .update(length)
    .update(name)
    .update(nonce, 'utf8')
    .digest()
    .toString('latin1', 0, HASH_BYTES)
}

async function available(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (cause) {
    throw new HubError('NONCE_STORE_UNAVAILABLE', { cause })
  }
}
