import http, { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import nock from 'nock'
import { request as undiciRequest } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { GOLDEN_NOW, goldenMessage, goldenText } from '../golden/golden-file.js'
import { canonical } from './canonical/dialect.js'
import { gjzwfwpt } from './gjzwfwpt/dialect.js'
import { headDataSm2 } from './head-data-sm2/dialect.js'
import { ask } from './kit/control.js'
import { parseJson, textAt } from './kit/json.js'
import { post } from './kit/post.js'
import { questionOf } from './kit/question.js'
import { settingsOf } from './kit/settings.js'
import type { Asker, Tools } from './kit/system.js'
import { taxGt3 } from './tax-gt3/dialect.js'

// nock patches node:http for the whole thread, and test files share threads: every nock test stands here, and the
// last hook puts everything back.
beforeAll(() => {
  if (!nock.isActive()) nock.activate()
  nock.disableNetConnect()
})
afterEach(() => {
  nock.abortPendingRequests()
  nock.cleanAll()
})
afterAll(() => {
  nock.enableNetConnect()
  nock.restore()
})

const HUB = 'http://hub.test:8787'
const hub = { origin: HUB, deadlineMs: 5000 }

function machine(...random: readonly string[]): Tools {
  const left = [...random]
  return { now: () => GOLDEN_NOW, hex: () => left.shift() ?? '' }
}

interface Case {
  readonly dialect: string
  readonly node: string
  readonly mount: string
  readonly id: string
  readonly claims: Readonly<Record<string, string>>
  readonly code: string
  /** Header fields that are random and covered by other tests. */
  readonly random: readonly string[]
  asker(): Asker
}

const canonicalKeys = parseJson(Buffer.from(goldenText('canonical/keys.json')))
const callerKeys = parseJson(Buffer.from(goldenText('head-data-sm2/keys.json')))

const cases: readonly Case[] = [
  {
    dialect: 'canonical',
    node: 'guangdong',
    // The path is signed: the golden request bears its mount already.
    mount: '',
    id: '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U',
    claims: { holderName: '测试员乙', validTo: '2099-12-31' },
    // nock plays a reply that answers another signature than the one that was just made.
    code: 'REPLY_SIGNATURE_INVALID',
    random: ['signature'],
    asker: () =>
      canonical.asker(
        settingsOf({
          keyId: 'asker-1',
          privateKey: textAt(canonicalKeys, 'asker-1', 'privateKey'),
          peerKeys: { 'hub-1': textAt(canonicalKeys, 'hub-1', 'publicKey') },
          hub: HUB,
          mount: '/in/guangdong',
        }),
        machine('0f8e1d2c3b4a59687786a5b4c3d2e1f0', '00112233445566778899aabbccddeeff'),
      ),
  },
  {
    dialect: 'gjzwfwpt',
    node: 'mca',
    mount: '/in/mca',
    id: '1.2.156.3005.2.11100000MB0143028R001.11330000MA0000TX01.20240000808.001.4',
    claims: { holderName: '测试科技（浙江）808号有限公司', validFrom: '2022-06-01', FDDBR: '测试员丁' },
    code: 'REVOKED',
    random: [],
    asker: () =>
      gjzwfwpt.asker(
        settingsOf({
          rid: 'rid-test@df-0001',
          appsecret: 'hutong-test-appsecret-0001',
          sids: { search: 's_test_0001', getData: 's_test_0002', verifyData: 's_test_0003' },
          mount: '/in/mca',
        }),
        machine(),
      ),
  },
  {
    dialect: 'head-data-sm2',
    node: 'fujian',
    mount: '/in/fujian',
    id: '1.2.156.3005.2.11100000MB03271699001.11370000MA0000TX0H.20240000601.001.I',
    claims: { holderName: '测试员601', number: '鲁(2024)测试不动产权第0000601号', ZL: '测试市演示路1号' },
    code: 'SUSPENDED',
    random: [],
    asker: () =>
      headDataSm2.asker(
        settingsOf({
          accessId: 'hutong-test-access',
          accessToken: 'hutong-test-token-0001',
          privateKey: textAt(callerKeys, 'caller', 'privateKey'),
          mount: '/in/fujian',
        }),
        machine(),
      ),
  },
  {
    dialect: 'tax-gt3',
    node: 'shenzhen-tax',
    mount: '/in/shenzhen-tax',
    id: '1.2.156.3005.2.11100000000014445H901.114300000061231244.20240000701.001.R',
    claims: { holderName: '测试贸易（湖南）701号有限公司', BEIZHU: '演示 A & B ]]> C' },
    code: 'EXPIRED',
    random: [],
    asker: () =>
      taxGt3.asker(
        settingsOf({
          channelId: 'HTTEST01',
          spokeSecret: 'hutong-test-spoke-secret-0001',
          mount: '/in/shenzhen-tax',
        }),
        machine('00112233445566778899aabbccddeeff'),
      ),
  },
]

describe.each(cases)('the asking system of $dialect', ({ dialect, node, mount, id, claims, code, random, asker }) => {
  const question = questionOf({ operation: 'verifyData', licenceId: id, claims }, node)

  test('puts the golden request on the wire: path, header fields and bytes', async () => {
    const golden = goldenMessage(`${dialect}/asker.request.http`)
    const reply = goldenMessage(`${dialect}/asker.reply.http`)
    const seen: { headers: Readonly<Record<string, unknown>>; body: string }[] = []
    const scope = nock(HUB)
      .post(mount + (golden.start.split(' ')[1] ?? ''), (body: unknown) => body !== undefined)
      .reply(
        200,
        function (_uri, body) {
          seen.push({ headers: this.req.headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
          return reply.body
        },
        reply.headers,
      )
    const outcome = await ask(asker(), hub, question)
    expect(scope.isDone()).toBe(true)
    expect(outcome).toMatchObject({ status: 200, code })
    expect(seen).toHaveLength(1)
    expect(seen[0]?.body).toBe(golden.body.toString())
    const { connection: _, 'content-length': length, host, ...fields } = { ...seen[0]?.headers }
    expect(String(length)).toBe(String(golden.body.length))
    expect(String(host)).toBe('hub.test:8787')
    const { host: __, ...wanted } = golden.headers
    const without = (headers: Readonly<Record<string, unknown>>) =>
      Object.fromEntries(
        Object.entries(headers)
          .filter(([name]) => !random.includes(name))
          .map(([k, v]) => [k, String(v)]),
      )
    expect(without(fields)).toEqual(without(wanted))
  })

  test('has no answer where nobody answers', async () => {
    expect(await ask(asker(), hub, question)).toMatchObject({ status: 0, code: 'NO_ANSWER' })
    const prepared = asker().prepare(question)
    await expect(post(hub, prepared)).rejects.toThrow(/disallowed net connect|no match/i)
  })

  test('has no answer when the connection breaks', async () => {
    nock(HUB)
      .post(/.*/)
      .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    expect(await ask(asker(), hub, question)).toMatchObject({ status: 0, code: 'NO_ANSWER', native: null })
  })

  test('reads nothing into a reply that is not of its dialect', async () => {
    nock(HUB).post(/.*/).reply(502, '<html>bad gateway</html>', { 'content-type': 'text/html' })
    expect(await ask(asker(), hub, question)).toMatchObject({ status: 502, code: null, native: null })
  })
})

test('a replay sends the same bytes twice and reports the second reply', async () => {
  const bodies: string[] = []
  const take = (body: unknown) => {
    bodies.push(JSON.stringify(body))
    return true
  }
  nock(HUB).post('/in/mca/sysapi/certificate/verify', take).reply(200, '{"code":200,"message":"成功","data":{}}')
  nock(HUB)
    .post('/in/mca/sysapi/certificate/verify', take)
    .reply(200, '{"code":300,"message":"[NONCE_REPLAYED] 该请求已经收到过","data":null}')
  const question = questionOf({ operation: 'verifyData', licenceId: cases[1]?.id, tamper: 'replay' }, 'mca')
  const asker = cases[1]?.asker()
  if (asker === undefined) throw new Error('no asker')
  expect(await ask(asker, hub, question)).toMatchObject({ code: 'NONCE_REPLAYED' })
  expect(nock.isDone()).toBe(true)
  expect(new Set(bodies).size).toBe(1)
})

describe('why nock is never on the gateway’s path', () => {
  let server: Server
  let origin = ''
  beforeAll(async () => {
    server = createServer((_, response) => response.end('the real server'))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((closed) => server.close(closed)))

  const textFrom = (getter: typeof get) =>
    new Promise((resolve, reject) => {
      const request = getter(origin, (response) => {
        response.once('data', (chunk: Buffer) => resolve(chunk.toString()))
      })
      request.once('error', reject)
    })

  test('a request through the module node:http is intercepted', async () => {
    nock(origin).get('/').reply(200, 'the interceptor')
    expect(await textFrom(http.get)).toBe('the interceptor')
  })

  test('a request through a name imported from node:http is not', async () => {
    const scope = nock(origin).get('/').reply(200, 'the interceptor')
    expect(await textFrom(get)).toBe('the real server')
    expect(scope.isDone()).toBe(false)
  })

  test('undici is not: neither the interceptor nor disableNetConnect stops it', async () => {
    const scope = nock(origin).get('/').reply(200, 'the interceptor')
    const { body } = await undiciRequest(origin)
    expect(await body.text()).toBe('the real server')
    expect(scope.isDone()).toBe(false)
  })
})
