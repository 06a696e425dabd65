import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import { fastify } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { openUpstream, type Upstream } from '../../test/upstream.js'
import { EndpointError } from '../canonical/endpoint.js'
import { type PassThroughOptions, passThrough } from './pass-through.js'

const pem = (name: string) => readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca.cert')

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(...args: Parameters<typeof openUpstream>): Promise<Upstream> {
  const opened = await openUpstream(...args)
  closers.push(opened.close)
  return opened
}

/** A gateway with our factory at /safe and the plugin's defaults at /bare. Resolves to its port. */
async function gateway(url: string, options: Partial<PassThroughOptions> = {}): Promise<number> {
  const app = fastify({ forceCloseConnections: true })
  const ours = { upstream: url, deadlineMs: 20_000, bodyBytes: 1_024, ...options }
  await app.register(passThrough(ours), { prefix: '/safe' })
  await app.register(httpProxy, { upstream: url, prefix: '/bare' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  closers.push(() => app.close())
  return (app.server.address() as AddressInfo).port
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

interface Call {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  readonly signal?: AbortSignal
}

function call(port: number, path: string, { method = 'GET', headers = {}, body, signal }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false, ...(signal ? { signal } : {}) }
    const asked = httpRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

const codeIn = ({ status, text }: Answer) => [status, (JSON.parse(text) as { error: { code: string } }).error.code]

test('hands a message on as it is: method, path, query, content type and bytes', async () => {
  const seen: unknown[] = []
  const peer = await upstream((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { 'content-type': type, 'content-length': length, host } = request.headers
      seen.push([request.method, request.url, type, length, host, Buffer.concat(chunks).toString()])
      response.writeHead(201, { 'content-type': 'text/xml; charset=GBK' }).end('<a/>')
    })
  })
  const port = await gateway(`${peer.url}/zzgx`)
  const type = 'application/json; charset=GBK'
  const reply = await call(port, '/safe/query?a=1&b=%2F', {
    method: 'POST',
    headers: { 'content-type': type },
    body: '{ "a": 1 }',
  })
  expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([201, 'text/xml; charset=GBK', '<a/>'])
  await call(port, '/safe/empty', { method: 'POST' })
  await call(port, '/safe')
  const host = `127.0.0.1:${peer.port}`
  expect(seen).toEqual([
    ['POST', '/zzgx/query?a=1&b=%2F', type, '10', host, '{ "a": 1 }'],
    ['POST', '/zzgx/empty', undefined, '0', host, ''],
    ['GET', '/zzgx', undefined, undefined, host, ''],
  ])
})

describe('hazard 1: certificates', () => {
  test('a self-signed upstream gets nothing, though the defaults hand it the caller’s token', async () => {
    const tokens: unknown[] = []
    const evil = await upstream(
      (request, response) => {
        tokens.push(request.headers.authorization)
        response.end('stolen')
      },
      { cert: pem('evil.cert'), key: pem('evil.key') },
    )
    const port = await gateway(evil.url, { tls: { ca }, requestHeaders: ['authorization'] })
    const headers = { authorization: 'Bearer hutong-test-token' }
    expect(codeIn(await call(port, '/safe/', { headers }))).toEqual([503, 'ISSUER_UNREACHABLE'])
    expect(tokens).toEqual([])
    expect((await call(port, '/bare/', { headers })).text).toBe('stolen')
    expect(tokens).toEqual(['Bearer hutong-test-token'])
  })

  test('an upstream that our authority certified for the configured name is reached', async () => {
    const peer = await upstream((_request, response) => response.end('ok'), {
      cert: pem('server.cert'),
      key: pem('server.key'),
    })
    const right = await gateway(peer.url, { tls: { ca, serverName: 'issuer.test' } })
    expect((await call(right, '/safe/')).text).toBe('ok')
    const wrong = await gateway(peer.url, { tls: { ca, serverName: 'other.test' } })
    expect((await call(wrong, '/safe/')).status).toBe(503)
  })
})

test('hazard 2: a 503 is handed on at once, where the defaults ask eleven times', async () => {
  const peer = await upstream((_request, response) => response.writeHead(503, { 'retry-after': '0' }).end('busy'))
  const port = await gateway(peer.url)
  const reply = await call(port, '/safe/')
  expect([reply.status, reply.text, reply.headers['retry-after'], peer.hits()]).toEqual([503, 'busy', '0', 1])
  await call(port, '/bare/')
  expect(peer.hits()).toBe(12)
})

describe('hazard 3: header fields', () => {
  const hostile = {
    expect: '100-continue',
    'keep-alive': 'timeout=5',
    upgrade: 'h2c',
    te: 'trailers',
    trailer: 'x-sum',
    'proxy-authorization': 'Basic aHV0b25n',
    'proxy-connection': 'keep-alive',
    'x-forwarded-for': '10.0.0.1',
    forwarded: 'for=10.0.0.1',
    'x-real-ip': '10.0.0.1',
    'x-client-cert': 'forged',
    'x-ssl-client-verify': 'SUCCESS',
    cookie: 'session=1',
    authorization: 'Bearer hutong-test-token',
  }

  test('of the connection, or that forge who is asking, do not reach the upstream', async () => {
    const seen: string[][] = []
    const peer = await upstream((request, response) => {
      seen.push(Object.keys(request.headers).sort())
      response.end('ok')
    })
    const port = await gateway(peer.url)
    const headers = { ...hostile, accept: 'application/json', 'signature-input': 'sig1=()', 'x-unlisted': '1' }
    expect((await call(port, '/safe/', { headers, method: 'POST', body: '' })).status).toBe(200)
    expect(seen[0]).toEqual(['accept', 'connection', 'content-length', 'host', 'signature-input'])
    expect((await call(port, '/bare/', { headers: { expect: '100-continue' }, method: 'POST' })).status).toBe(500)
    await call(port, '/bare/', { headers: { 'x-forwarded-for': '10.0.0.1', 'x-client-cert': 'forged' } })
    expect(seen[1]).toEqual(expect.arrayContaining(['x-forwarded-for', 'x-client-cert']))
  })

  test('of a reply come back only when they are listed', async () => {
    const peer = await upstream((request, response) =>
      response
        .writeHead(request.url === '/inner' ? 302 : 200, {
          'content-type': 'application/json',
          location: request.url === '/inner' ? 'https://10.0.0.7/next' : '/next',
          server: 'inner-7',
          'x-powered-by': 'inner',
          'set-cookie': 'session=1',
          'x-trace': '7',
        })
        .end('{}'),
    )
    const port = await gateway(peer.url, { replyHeaders: ['x-trace'] })
    const reply = await call(port, '/safe/')
    expect(Object.keys(reply.headers).sort()).toEqual([
      'connection',
      'content-type',
      'date',
      'location',
      'transfer-encoding',
      'x-trace',
    ])
    expect(reply.headers.location).toBe('/safe/next')
    const inner = await call(port, '/safe/inner')
    expect([inner.status, inner.headers.location]).toEqual([302, undefined])
  })

  test.each([...Object.keys(hostile).slice(0, 10), 'host', 'content-length', 'transfer-encoding', 'Accept', 'a b'])(
    '%s cannot be added to the list',
    (name) => {
      const options = { upstream: 'http://127.0.0.1:1', deadlineMs: 1, bodyBytes: 1 }
      expect(() => passThrough({ ...options, requestHeaders: [name] })).toThrow(EndpointError)
      expect(() => passThrough({ ...options, replyHeaders: [name] })).toThrow(EndpointError)
    },
  )
})

describe('hazard 4: the body', () => {
  async function sizes() {
    const received: number[] = []
    const peer = await upstream((request, response) => {
      let size = 0
      request.on('data', (chunk: Buffer) => {
        size += chunk.byteLength
      })
      request.on('end', () => {
        received.push(size)
        response.end('ok')
      })
    })
    return { peer, received }
  }
  const chunked = { 'transfer-encoding': 'chunked' }

  test.each([1_024, 100_000, 300_000])('of %i bytes passes whole where that is the limit', async (limit) => {
    const { peer, received } = await sizes()
    const port = await gateway(peer.url, { bodyBytes: limit })
    const body = Buffer.alloc(limit, 'a')
    expect((await call(port, '/safe/', { method: 'POST', body })).text).toBe('ok')
    expect((await call(port, '/safe/', { method: 'POST', body, headers: chunked })).text).toBe('ok')
    expect(received).toEqual([limit, limit])
  })

  test('over the limit is refused, declared or chunked, where the defaults forward both', async () => {
    const { peer, received } = await sizes()
    const port = await gateway(peer.url)
    const body = Buffer.alloc(200_000, 'a')
    const declared = await call(port, '/safe/', { method: 'POST', body })
    expect([...codeIn(declared), declared.headers.connection]).toEqual([413, 'BODY_TOO_LARGE', 'close'])
    const unknown = await call(port, '/safe/', { method: 'POST', body, headers: chunked })
    expect([...codeIn(unknown), unknown.headers.connection]).toEqual([413, 'BODY_TOO_LARGE', 'close'])
    await peer.quiet()
    expect(received).toEqual([])
    const app = fastify({ bodyLimit: 1_024, forceCloseConnections: true })
    await app.register(httpProxy, { upstream: peer.url, prefix: '/bare' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    closers.push(() => app.close())
    const bare = (app.server.address() as AddressInfo).port
    await call(bare, '/bare/', { method: 'POST', body, headers: { 'content-type': 'text/xml' } })
    await call(bare, '/bare/', { method: 'POST', body, headers: { ...chunked, 'content-type': 'text/xml' } })
    expect(received).toEqual([200_000, 200_000])
  })
})

describe('hazard 5: a client that goes away', () => {
  test('takes the upstream call along before the reply has begun', async () => {
    const peer = await upstream(() => undefined)
    const port = await gateway(peer.url)
    const client = new AbortController()
    const arrived = new Promise((resolve) => peer.server.once('request', resolve))
    const asked = call(port, '/safe/', { signal: client.signal })
    await arrived
    client.abort()
    await expect(asked).rejects.toThrow()
    await peer.quiet()
    expect([peer.hits(), peer.running()]).toEqual([1, 0])
  })

  test('takes it along while the reply is under way', async () => {
    const peer = await upstream((_request, response) => {
      response.write('begun')
      const drip = setInterval(() => response.write('.'), 5)
      response.once('close', () => clearInterval(drip))
    })
    const port = await gateway(peer.url)
    await new Promise<void>((resolve, reject) => {
      const asked = httpRequest({ host: '127.0.0.1', port, path: '/safe/', agent: false }, (response) => {
        response.once('data', () => {
          response.destroy()
          resolve()
        })
      })
      asked.on('error', reject)
      asked.end()
    })
    await peer.quiet()
    expect(peer.running()).toBe(0)
  })
})

describe('hazard 6: an upstream that is away', () => {
  test('is a 503 without its address, where the defaults answer 500 with it', async () => {
    const peer = await upstream(() => undefined)
    const port = await gateway(peer.url)
    await peer.close()
    const reply = await call(port, '/safe/')
    expect(codeIn(reply)).toEqual([503, 'ISSUER_UNREACHABLE'])
    const all = reply.text + JSON.stringify(reply.headers)
    expect(['ECONN', '127.0.0.1', String(peer.port)].filter((word) => all.includes(word))).toEqual([])
    const bare = await call(port, '/bare/')
    expect([bare.status, bare.text]).toEqual([500, expect.stringContaining(`127.0.0.1:${peer.port}`)])
  })

  test('or does not answer in time is a 504, and the call does not live on', async () => {
    const peer = await upstream(() => undefined)
    const port = await gateway(peer.url, { deadlineMs: 80 })
    expect(codeIn(await call(port, '/safe/'))).toEqual([504, 'ISSUER_TIMEOUT'])
    await peer.quiet()
  })

  test('or goes on answering for ever is cut off', async () => {
    const peer = await upstream((_request, response) => {
      response.write('begun')
      const drip = setInterval(() => response.write('.'), 5)
      response.once('close', () => clearInterval(drip))
    })
    const port = await gateway(peer.url, { longestMs: 80 })
    await expect(call(port, '/safe/')).rejects.toThrow()
    await peer.quiet()
  })

  test('or speaks no HTTP is a 502', async () => {
    const peer = await upstream((request) => request.socket.end('SSH-2.0-hutong-test\r\n'))
    const port = await gateway(peer.url)
    expect(codeIn(await call(port, '/safe/'))).toEqual([502, 'REPLY_MALFORMED'])
  })
})

test.each(['/safe/%2e%2e/admin', '/safe/a%2fb', '/safe/a;b', '/safe//a', '/safe/%252e', '/safe/a\\b'])(
  '%s is refused before it is matched',
  async (path) => {
    const peer = await upstream((_request, response) => response.end())
    const port = await gateway(peer.url)
    expect(codeIn(await call(port, path))).toEqual([400, 'PATH_REFUSED'])
    expect(peer.hits()).toBe(0)
  },
)

test('no more than its share of requests is under way at once', async () => {
  const held: (() => void)[] = []
  const peer = await upstream((_request, response) => held.push(() => response.end('ok')))
  const port = await gateway(peer.url, { concurrency: 1 })
  const arrived = new Promise((resolve) => peer.server.once('request', resolve))
  const first = call(port, '/safe/')
  await arrived
  expect(codeIn(await call(port, '/safe/'))).toEqual([503, 'ISSUER_BUSY'])
  held.shift()?.()
  expect((await first).text).toBe('ok')
})

test.each([
  [{ upstream: 'http://issuer.test' }],
  [{ upstream: 'https://user:pass@issuer.test' }],
  [{ upstream: 'https://issuer.test', tls: { key: 'hutong-test-key' } }],
])('%o cannot be built', (options) => {
  expect(() => passThrough({ deadlineMs: 1, bodyBytes: 1, ...options })).toThrow(EndpointError)
})
