import { type Readable, Transform } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { HubError } from '../canonical/errors.js'

/** Bodies up to this size are read whole, which costs less than piping them. */
const SMALL_BYTES = 65_536

/**
 * A content-type parser that bounds the body, which Fastify does only for bodies that it reads itself. A small body
 * becomes a Buffer, a large one or one of unknown length a stream; too much of it is BODY_TOO_LARGE.
 */
export function readBody(
  request: FastifyRequest,
  payload: Readable,
  limit: number,
  done: (error: Error | null, body?: Buffer | Readable) => void,
): void {
  const declared = request.headers['content-length']
  if (declared === undefined) {
    done(null, counted(payload, limit))
  } else if (Number(declared) > limit) {
    done(new HubError('BODY_TOO_LARGE'))
  } else if (Number(declared) > SMALL_BYTES) {
    // Node's parser reads no more than was declared, so a declared length needs no counting.
    done(null, payload)
  } else {
    const chunks: Buffer[] = []
    payload.on('data', (chunk: Buffer) => chunks.push(chunk))
    payload.once('end', () => done(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    payload.once('error', (cause) => done(new HubError('BODY_TRUNCATED', { cause })))
  }
}

/**
 * Reads a body whole, of at most `limit` bytes; what is over it is BODY_TOO_LARGE. The connection is left open then,
 * so that the sender gets to read why: what it still sends is thrown away, for as long as a request may take.
 *
 * @returns ends the reading with another fault, for what only the connection sees
 */
export function readWholeBody(
  request: FastifyRequest,
  payload: Readable,
  limit: number,
  done: (error: Error | null, body?: Buffer) => void,
): (fault: HubError) => void {
  const chunks: Buffer[] = []
  let size = 0
  let settled = false
  const settle = (fault: HubError | null): void => {
    if (settled) return
    settled = true
    done(fault, fault === null ? (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size)) : undefined)
    chunks.length = 0
  }
  payload.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size > limit) settle(new HubError('BODY_TOO_LARGE'))
    else if (!settled) chunks.push(chunk)
  })
  payload.once('end', () => settle(null))
  payload.once('error', (cause) => settle(new HubError('BODY_TRUNCATED', { cause })))
  if (Number(request.headers['content-length'] ?? 0) > limit) settle(new HubError('BODY_TOO_LARGE'))
  return settle
}

/** Not stream.pipeline: that would destroy the request with its connection, and no refusal could be sent. */
function counted(payload: Readable, limit: number): Transform {
  let size = 0
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.byteLength
      if (size > limit) callback(new HubError('BODY_TOO_LARGE'))
      else callback(null, chunk)
    },
  })
  counter.once('error', () => payload.unpipe(counter))
  payload.once('error', (cause) => counter.destroy(new HubError('BODY_TRUNCATED', { cause })))
  return payload.pipe(counter)
}
