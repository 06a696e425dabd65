// Whole modules, not their names: what intercepts requests in tests replaces members of the module, and an imported
// name would go on meaning the original.
import http, { type RequestOptions } from 'node:http'
import https from 'node:https'
import type { Prepared, Sent } from './system.js'

/** Where a client posts to, and with what certificate. */
export interface Destination {
  readonly origin: string
  /** PEM texts, for https. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly deadlineMs: number
}

const LARGEST_REPLY = 4 * 1024 * 1024

/**
 * Posts a prepared message and reads the whole reply.
 *
 * Rejects when no complete reply came by the deadline. The deadline is whole: connecting, waiting and reading.
 */
export function post({ origin, tls, deadlineMs }: Destination, { target, headers, body }: Prepared): Promise<Sent> {
  const url = new URL(origin)
  const signal = AbortSignal.timeout(deadlineMs)
  const options: RequestOptions = {
    method: 'POST',
    host: url.hostname,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    // Written as it stands: a URL object would normalise what the dialect wrote.
    path: target,
    headers: { ...headers, 'content-length': body.length },
    agent: false,
    signal,
  }
  const request = url.protocol === 'https:' ? https.request({ ...options, ...tls }) : http.request(options)
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.once('error', reject)
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > LARGEST_REPLY) response.destroy(new Error('the reply is too large'))
        else chunks.push(chunk)
      })
      response.once('end', () => {
        const received = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(received),
          body: Buffer.concat(chunks),
        })
      })
    })
    request.end(body)
  })
}
