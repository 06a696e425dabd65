import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { verifyAuditLog } from '../src/audit/verify-log.js'
import type { AuditRecord } from '../src/canonical/audit-record.js'
import { sm3Hex } from '../src/crypto/sm3.js'
import { gatewayKeys } from './answers.js'
import { type GatewayBed, secretsOf, startBed, type World } from './gateway-bed.js'
import { chunked, messageBytes, type RawOptions, type RawReply, rawExchange } from './raw-http.js'
import { openUpstream, type Upstream } from './upstream.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface ThroughBed {
  readonly bed: GatewayBed
  readonly upstream: Upstream
  /** What reached the system behind the route. */
  readonly seen: Seen[]
}

const REPLY = Buffer.from('<答复/>')
const PAIRS = [
  { from: 'shenzhen-tax', to: 'tax' },
  { from: 'fujian', to: 'shandong' },
  { from: 'mca', to: 'national' },
  { from: 'guangdong', to: 'hunan' },
]

/** A gateway with untranslated routes to one system, which stands in for all of them. */
async function start(configure?: (world: World, url: string) => Promise<void>): Promise<ThroughBed> {
  const seen: Seen[] = []
  const upstream = await openUpstream((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      seen.push({ method, url, headers, body: Buffer.concat(chunks) })
      if (url?.endsWith('/reset')) request.socket.resetAndDestroy()
      else if (url?.endsWith('/half')) {
        response.writeHead(200, { 'content-length': 1_000 })
        response.write('half', () => request.socket.resetAndDestroy())
      } else if (url?.endsWith('/huge')) response.end(Buffer.alloc(5 * 1024 * 1024))
      else if (url?.endsWith('/large')) response.end(Buffer.alloc(3 * 1024 * 1024, 'a'))
      else if (url?.endsWith('/slow')) response.flushHeaders()
      else response.writeHead(201, { 'content-type': 'text/xml; charset=GBK', 'x-server': 'secret' }).end(REPLY)
    })
  })
  closers.push(upstream.close)
  const bed = await startBed({
    async configure(world) {
      await world.edit('gateway.yaml', (value) => Object.assign(value, { passThrough: PAIRS }))
      for (const { to } of PAIRS) {
        await world.edit(`spokes/${to}.yaml`, ({ ask }) =>
          Object.assign(ask as object, { endpoint: `${upstream.url}/behind`, deadlineMs: 500 }),
        )
      }
      await configure?.(world, upstream.url)
    },
  })
  closers.push(bed.close)
  return { bed, upstream, seen }
}

interface Call {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: Buffer | string
  readonly options?: RawOptions
}

const host = 'gateway.test'

/** The front of the tax system in Shenzhen, with its secret unless told otherwise. */
function taxCall(
  bed: GatewayBed,
  { path = '/through/shenzhen-tax/tax/services/Aip', headers, ...rest }: Call = {},
): Promise<RawReply> {
  const secret = { 'hutong-spoke-secret': secretsOf(bed.trust, 'shenzhen-tax').token }
  return call(bed, { path, headers: { host, ...secret, ...headers }, ...rest })
}

function call(
  bed: GatewayBed,
  { method = 'POST', path = '/', headers = { host }, body = '', options }: Call,
): Promise<RawReply> {
  return rawExchange(bed.port, { bytes: messageBytes({ method, target: path, headers, body }) }, options)
}

const codeOf = ({ status, body }: RawReply) => [
  status,
  (JSON.parse(body.toString()) as { error: { code: string } }).error.code,
]

/** The records of a gateway that has been closed, in a log that holds. */
async function recordsOf(bed: GatewayBed): Promise<readonly AuditRecord[]> {
  await bed.gateway.close()
  const folder = join(bed.data, 'audit')
  expect(await verifyAuditLog(folder, gatewayKeys(bed.trust))).toMatchObject({ holds: true })
  const segments = readdirSync(folder).filter((name) => name.startsWith('records-'))
  const lines = segments.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditRecord)
}

describe('what passes', () => {
  test('a message goes through as it is, there and back, and is on record', async () => {
    const { bed, seen, upstream } = await start()
    const body = Buffer.from('<请求 a="1"/>')
    const headers = {
      'content-type': 'text/xml; charset=GBK',
      soapaction: '""',
      cookie: 'a=b',
      'x-forwarded-for': '203.0.113.1',
    }
    const reply = await taxCall(bed, { path: '/through/shenzhen-tax/tax/services/Aip?x=%2F', headers, body })
    expect([reply.status, reply.headers['content-type'], reply.headers['x-server']]).toEqual([
      201,
      'text/xml; charset=GBK',
      undefined,
    ])
    expect(reply.body).toEqual(REPLY)
    const [asked] = seen
    expect([asked?.method, asked?.url, asked?.body]).toEqual(['POST', '/behind/services/Aip?x=%2F', body])
    expect(asked?.headers).toMatchObject({
      'content-type': 'text/xml; charset=GBK',
      soapaction: '""',
      host: `127.0.0.1:${upstream.port}`,
    })
    for (const name of ['hutong-spoke-secret', 'cookie', 'x-forwarded-for'])
      expect(asked?.headers).not.toHaveProperty(name)

    const [record, ...more] = await recordsOf(bed)
    expect(more).toEqual([])
    expect(record).toMatchObject({
      caller: 'shenzhen-tax',
      operation: null,
      type: null,
      route: 'tax',
      outcome: 'answered',
      code: 'OK',
      requestSm3: sm3Hex(body),
      answerSm3: sm3Hex(REPLY),
    })
  })

  test('so do a body without a length, a reply of megabytes, and a request without a body', async () => {
    const { bed, seen } = await start()
    const body = Buffer.alloc(300_000, 'b')
    await taxCall(bed, {
      headers: { 'transfer-encoding': 'chunked', 'content-type': 'text/plain' },
      body: chunked(body),
    })
    expect(seen.at(-1)?.body).toEqual(body)
    const large = await taxCall(bed, { path: '/through/shenzhen-tax/tax/large', method: 'GET' })
    expect([large.status, large.body.length, seen.at(-1)?.url]).toEqual([200, 3 * 1024 * 1024, '/behind/large'])
    const records = await recordsOf(bed)
    expect(records.map(({ requestSm3 }) => requestSm3)).toEqual([sm3Hex(body), sm3Hex(new Uint8Array())])
    expect(records[1]?.answerSm3).toBe(sm3Hex(large.body))
  })

  test('a token serves where the dialect has no other secret, and its own credentials go along', async () => {
    const { bed, seen } = await start(async (world) => {
      // A spoke that has neither a token nor a secret may be given one for this.
      await world.edit('spokes/mca.yaml', ({ secrets }) =>
        Object.assign(secrets as object, { spokeSecret: { value: 'hutong-test-mca-through' } }),
      )
    })
    const token = secretsOf(bed.trust, 'fujian').token
    expect(
      (await call(bed, { path: '/through/fujian/shandong/x', headers: { host, 'hutong-spoke-secret': token } })).status,
    ).toBe(201)
    const own = { gjzwfwpt_rid: 'r', gjzwfwpt_sid: 's', gjzwfwpt_rtime: '1', gjzwfwpt_sign: 'x', gjzwfwpt_other: 'y' }
    const headers = { host, 'hutong-spoke-secret': 'hutong-test-mca-through', ...own }
    expect((await call(bed, { path: '/through/mca/national/sysapi/x', headers })).status).toBe(201)
    const { gjzwfwpt_other: _, ...credentials } = own
    expect(seen.at(-1)?.headers).toMatchObject(credentials)
    expect(seen.at(-1)?.headers).not.toHaveProperty('gjzwfwpt_other')
  })
})

describe('who may not', () => {
  test('nothing passes without the secret of the spoke that it comes from', async () => {
    const { bed, seen } = await start()
    const token = (name: string) => secretsOf(bed.trust, name).token
    for (const secret of ['', 'hutong-test-wrong', token('fujian'), token('tax')]) {
      expect(codeOf(await taxCall(bed, { headers: { 'hutong-spoke-secret': secret } }))).toEqual([
        401,
        'CREDENTIAL_REFUSED',
      ])
    }
    expect(codeOf(await call(bed, { path: '/through/shenzhen-tax/tax/x' }))).toEqual([401, 'CREDENTIAL_REFUSED'])
    // A canonical spoke has keys and no secret: only its certificate would do.
    expect(
      codeOf(await call(bed, { path: '/through/guangdong/hunan/x', headers: { host, 'hutong-spoke-secret': '' } })),
    ).toEqual([401, 'CREDENTIAL_REFUSED'])
    expect(seen).toEqual([])
    const records = await recordsOf(bed)
    expect(records.map(({ code, outcome }) => `${outcome} ${code}`)).toEqual(
      Array(6).fill('refused CREDENTIAL_REFUSED'),
    )
  })

  test('there are no routes but those that are configured, and no ways around a path', async () => {
    const { bed, seen } = await start()
    for (const path of [
      '/through/shenzhen-tax/shandong/x',
      '/through/tax/tax/x',
      '/through/shenzhen-tax/',
      '/through/',
    ]) {
      expect(codeOf(await taxCall(bed, { path }))).toEqual([404, 'ENDPOINT_UNKNOWN'])
    }
    for (const path of [
      '/through/shenzhen-tax/tax/../../x',
      '/through/shenzhen-tax/tax/%2e%2e/x',
      '/through/shenzhen-tax/tax//evil.test/x',
      '/through/shenzhen-tax/tax/a%2fb',
    ]) {
      expect(codeOf(await taxCall(bed, { path }))).toEqual([400, 'PATH_REFUSED'])
    }
    expect(seen).toEqual([])
  })

  test('a configuration without such routes has none', async () => {
    const { bed } = await start((world) =>
      world.edit('gateway.yaml', (value) => Object.assign(value, { passThrough: [] })),
    )
    expect(codeOf(await taxCall(bed))).toEqual([404, 'ENDPOINT_UNKNOWN'])
  })

  test('off loopback, or without a secret, the pinned certificate is what counts', async () => {
    const file = (name: string) => fileURLToPath(new URL(`./fixtures/tls/${name}.pem`, import.meta.url))
    const pem = (name: string) => readFileSync(file(name), 'utf8')
    const fingerprint = new X509Certificate(pem('client.cert')).fingerprint256.replaceAll(':', '').toLowerCase()
    const { bed, seen } = await start(async (world) => {
      await world.edit('gateway.yaml', ({ listen }) => {
        const tls = { certificate: file('server.cert'), key: file('server.key'), clientCa: file('ca.cert') }
        Object.assign(listen as object, { tls })
      })
      await world.edit('spokes/guangdong.yaml', ({ serve }) =>
        Object.assign(serve as object, { pinnedCertificates: [fingerprint] }),
      )
    })
    const path = '/through/guangdong/hunan/v1/verifyData'
    const pinned = { ca: pem('ca.cert'), cert: pem('client.cert'), key: pem('client.key') }
    expect((await call(bed, { path, options: { tls: pinned } })).status).toBe(201)
    expect(codeOf(await call(bed, { path, options: { tls: { ca: pem('ca.cert') } } }))).toEqual([
      401,
      'CREDENTIAL_REFUSED',
    ])
    // Another spoke's certificate opens no route of this one.
    expect(codeOf(await call(bed, { path: '/through/mca/national/x', options: { tls: pinned } }))).toEqual([
      401,
      'CREDENTIAL_REFUSED',
    ])
    expect(seen.map(({ url }) => url)).toEqual(['/behind/v1/verifyData'])
  })
})

describe('what goes wrong', () => {
  test.each([
    ['resets', 'reset', [503, 'ISSUER_UNREACHABLE']],
    ['stops in the middle of its reply', 'half', [503, 'ISSUER_UNREACHABLE']],
    ['replies too much', 'huge', [502, 'REPLY_TOO_LARGE']],
    ['never comes to the end of its reply', 'slow', [504, 'ISSUER_TIMEOUT']],
  ] as const)('a system that %s: nothing of its reply is passed on', async (_name, path, expected) => {
    const { bed, upstream } = await start()
    const reply = await taxCall(bed, { path: `/through/shenzhen-tax/tax/${path}` })
    expect(codeOf(reply)).toEqual(expected)
    expect(JSON.stringify(reply.headers) + reply.body.toString()).not.toContain(String(upstream.port))
    const records = await recordsOf(bed)
    expect(records.map(({ outcome, code, answerSm3 }) => [outcome, code, answerSm3])).toEqual([
      ['refused', expected[1], sm3Hex(reply.body)],
    ])
  })

  test('a system that is down, and a body that is too large', async () => {
    const { bed, seen } = await start((world) =>
      world.edit('spokes/shandong.yaml', ({ ask }) => Object.assign(ask as object, { endpoint: 'http://127.0.0.1:9' })),
    )
    const headers = { host, 'hutong-spoke-secret': secretsOf(bed.trust, 'fujian').token }
    expect(codeOf(await call(bed, { path: '/through/fujian/shandong/x', headers }))).toEqual([
      503,
      'ISSUER_UNREACHABLE',
    ])
    const large = Buffer.alloc(1_048_577)
    expect(codeOf(await taxCall(bed, { body: large }))).toEqual([413, 'BODY_TOO_LARGE'])
    expect(codeOf(await taxCall(bed, { headers: { 'transfer-encoding': 'chunked' }, body: chunked(large) }))).toEqual([
      413,
      'BODY_TOO_LARGE',
    ])
    expect(seen).toEqual([])
    const records = await recordsOf(bed)
    expect(records.map(({ code }) => code)).toEqual(['ISSUER_UNREACHABLE', 'BODY_TOO_LARGE', 'BODY_TOO_LARGE'])
  })
})

test('a reload opens and closes routes', async () => {
  const { bed } = await start()
  expect((await taxCall(bed)).status).toBe(201)
  await bed.edit('gateway.yaml', (value) =>
    Object.assign(value, { passThrough: [{ from: 'shenzhen-tax', to: 'hunan' }] }),
  )
  await bed.gateway.reload()
  expect(codeOf(await taxCall(bed))).toEqual([404, 'ENDPOINT_UNKNOWN'])
  expect((await taxCall(bed, { path: '/through/shenzhen-tax/hunan/x' })).status).toBe(201)
})
