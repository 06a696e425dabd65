import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

/** An HTTP answer as it came off the socket. */
export interface RawReply {
  readonly status: number
  /** By lower-case name; repeated ones are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Bytes for one connection: nothing between a test and the wire puts them right. */
export interface RawRequest {
  readonly bytes: Buffer | string
  /** Ends our side of the connection after the bytes. */
  readonly halfClose?: boolean
  /** Reads nothing before everything has been written, as simple clients do. */
  readonly readLate?: boolean
}

export interface RawOptions {
  readonly host?: string
  readonly tls?: ConnectionOptions
}

const DEADLINE_MS = 20_000

/**
 * Opens a connection, writes, and reads one answer.
 *
 * @throws Error when the connection ends before an answer is complete, or none comes
 */
export async function rawExchange(port: number, request: RawRequest, options: RawOptions = {}): Promise<RawReply> {
  const socket = await open(port, options)
  const timer = setTimeout(() => socket.destroy(new Error('no answer')), DEADLINE_MS)
  try {
    if (request.readLate) await writeAll(socket, request.bytes)
    const reply = readReply(socket)
    // The other side may answer and close before it has read everything; what counts is its answer.
    if (!request.readLate) socket.write(request.bytes)
    if (request.halfClose) socket.end()
    return await reply
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function writeAll(socket: Socket, bytes: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.write(bytes, () => resolve())
  })
}

export async function open(port: number, { host = '127.0.0.1', tls }: RawOptions = {}): Promise<Socket> {
  const socket =
    tls === undefined
      ? connect({ port, host, allowHalfOpen: true })
      : connectTls({ port, host, servername: 'localhost', ...tls })
  await once(socket, tls === undefined ? 'connect' : 'secureConnect')
  return socket
}

/** Reads one answer, by its Content-Length, its chunks or the end of the connection. */
export function readReply(socket: Socket): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    let failure: Error | undefined
    const settle = (ended: boolean) => {
      const reply = parseReply(bytes, ended)
      if (reply !== undefined) resolve(reply)
      else if (ended) reject(failure ?? new Error(`the connection ended after ${bytes.length} bytes`))
    }
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      settle(false)
    })
    socket.on('error', (error) => {
      failure = error
    })
    socket.once('close', () => settle(true))
    socket.once('end', () => settle(true))
  })
}

function parseReply(bytes: Buffer, ended: boolean): RawReply | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [start = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]+):[ \t]*(.*)$/.exec(line) ?? []
    const key = name.toLowerCase()
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(start)?.[1])
  const body = bodyOf(bytes.subarray(headEnd + 4), headers, ended)
  return body === undefined ? undefined : { status, headers, body }
}

function bodyOf(rest: Buffer, headers: Readonly<Record<string, string>>, ended: boolean): Buffer | undefined {
  if (headers['transfer-encoding'] === 'chunked') return dechunk(rest)
  const length = headers['content-length']
  if (length === undefined) return ended ? rest : undefined
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined
}

function dechunk(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    if (size === 0) return Buffer.concat(chunks)
    if (rest.length < lineEnd + 2 + size + 2) return undefined
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}

export interface Message {
  readonly method?: string
  readonly target: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly body?: Buffer | string
}

/** A request as bytes, with exactly these fields; Content-Length is added unless it, or chunking, is among them. */
export function messageBytes({ method = 'POST', target, headers, body = '' }: Message): Buffer {
  const bytes = Buffer.from(body)
  const names = Object.keys(headers)
  const hasLength = names.includes('content-length') || names.includes('transfer-encoding')
  const all = hasLength ? headers : { ...headers, 'content-length': bytes.length }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'utf8'), bytes])
}

/** A body in chunks, for a length that nobody declares. */
export function chunked(body: Buffer | string, chunkBytes = 16_384): Buffer {
  const bytes = Buffer.from(body)
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
