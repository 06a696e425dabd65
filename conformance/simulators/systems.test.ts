import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonical } from './canonical/dialect.js'
import { gjzwfwpt } from './gjzwfwpt/dialect.js'
import { headDataSm2 } from './head-data-sm2/dialect.js'
import { at, parseJson } from './kit/json.js'
import { post } from './kit/post.js'
import { type RunningSystem, startSystem } from './kit/program.js'
import { publicPoint } from './kit/sm.js'
import { type Dialect, faults, tampers } from './kit/system.js'
import { taxGt3 } from './tax-gt3/dialect.js'

// Both sides of a dialect face to face, without a hub between them: the asking system asks the issuing system itself.

function textOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => text(response).then(resolve, reject)).once('error', reject)
  })
}

const ISSUER_KEY = '1'.repeat(64)
const ASKER_KEY = '2'.repeat(64)
const sids = { search: 's_test_0001', getData: 's_test_0002', verifyData: 's_test_0003' }
const account = {
  rid: 'rid-test',
  appsecret: 'hutong-test-appsecret-0001',
  sids,
  accessId: 'hutong-test-access',
  accessToken: 'hutong-test-token-0001',
  channelId: 'HTTEST01',
  spokeSecret: 'hutong-test-spoke-secret-0001',
}
const issuerSide = {
  ...account,
  keyId: 'issuer-1',
  privateKey: ISSUER_KEY,
  peerKeys: { 'asker-1': publicPoint(ASKER_KEY) },
  callerPublicKey: publicPoint(ASKER_KEY),
}
const askerSide = {
  ...account,
  node: 'guangdong',
  keyId: 'asker-1',
  privateKey: ASKER_KEY,
  peerKeys: { 'issuer-1': publicPoint(ISSUER_KEY) },
}

interface Pair {
  readonly dialect: Dialect
  readonly node: string
  /** What the asking system reads where the issuing system declines, by what a hub makes of it. */
  readonly declined: Readonly<Record<string, string | null>>
  /** What a tampered question earns, as the issuing system says it; absent where the dialect has no room for it. */
  readonly tampered: Readonly<Record<string, string>>
  /** What a fault looks like to the asking system. */
  readonly faulty: Readonly<Record<string, string | null>>
}

const noRoom = 'no room'
const pairs: readonly Pair[] = [
  {
    dialect: canonical,
    node: 'hunan',
    declined: { UNSUPPORTED: 'OPERATION_UNSUPPORTED', NOT_AUTHORISED: 'LICENCE_WITHHELD' },
    tampered: {
      'sig-flip': 'SIGNATURE_INVALID',
      'sig-drop': 'SIGNATURE_MISSING',
      'sig-empty-id': 'SIGNATURE_INVALID',
      'other-key': 'SIGNATURE_INVALID',
      replay: 'NONCE_REPLAYED',
      'stale-clock': 'TIMESTAMP_STALE',
      'future-clock': 'TIMESTAMP_FUTURE',
      'no-purpose': 'PURPOSE_MISSING',
      'nonce-drop': 'NONCE_MISSING',
    },
    faulty: {
      slow: 'REVOKED',
      reset: 'NO_ANSWER',
      truncated: 'NO_ANSWER',
      garbage: 'REPLY_SIGNATURE_INVALID',
      'wrong-charset': null,
      'error-in-200': 'ISSUER_FAILED',
      'wrong-signature': 'REPLY_SIGNATURE_INVALID',
      'stale-clock': 'REPLY_SIGNATURE_INVALID',
      'other-licence': 'REPLY_MISMATCH',
      lie: 'VALID',
    },
  },
  {
    dialect: gjzwfwpt,
    node: 'national',
    declined: { NOT_AUTHORISED: null },
    tampered: {
      'sig-flip': '签名验证失败',
      'sig-drop': '签名验证失败',
      'sig-empty-id': noRoom,
      'other-key': '签名验证失败',
      replay: '重复的请求',
      'stale-clock': '请求时间超出允许范围',
      'future-clock': '请求时间超出允许范围',
      'no-purpose': '用证五要素不全',
      'nonce-drop': noRoom,
    },
    faulty: {
      slow: 'REVOKED',
      reset: 'NO_ANSWER',
      truncated: 'NO_ANSWER',
      garbage: null,
      'wrong-charset': null,
      'error-in-200': null,
      'wrong-signature': noRoom,
      'stale-clock': noRoom,
      'other-licence': 'REPLY_MISMATCH',
      lie: 'VALID',
    },
  },
  {
    dialect: headDataSm2,
    node: 'shandong',
    declined: { UNSUPPORTED: null, NOT_AUTHORISED: null },
    tampered: {
      'sig-flip': '身份验证不通过',
      'sig-drop': '身份验证不通过',
      'sig-empty-id': noRoom,
      'other-key': '身份验证不通过',
      // Nothing in the dialect is single-use.
      replay: '信息正确且有效',
      'stale-clock': noRoom,
      'future-clock': noRoom,
      'no-purpose': '必填项为空',
      'nonce-drop': noRoom,
    },
    faulty: {
      slow: 'CANCELLED',
      reset: 'NO_ANSWER',
      truncated: 'NO_ANSWER',
      garbage: null,
      'wrong-charset': null,
      'error-in-200': null,
      'wrong-signature': 'REPLY_UNDECRYPTABLE',
      'stale-clock': noRoom,
      'other-licence': 'REPLY_MISMATCH',
      lie: 'VALID',
    },
  },
  {
    dialect: taxGt3,
    node: 'tax',
    declined: { UNSUPPORTED: null, NOT_AUTHORISED: null },
    tampered: {
      'sig-flip': '接入认证失败',
      'sig-drop': '接入认证失败',
      'sig-empty-id': noRoom,
      'other-key': '接入认证失败',
      replay: '交易流水号重复',
      'stale-clock': '交易时间超出允许范围',
      'future-clock': '交易时间超出允许范围',
      'no-purpose': '缺少 sjjg',
      'nonce-drop': 'BEA-382505',
    },
    faulty: {
      slow: 'zzzt 07',
      reset: 'NO_ANSWER',
      truncated: 'NO_ANSWER',
      garbage: null,
      'wrong-charset': null,
      'error-in-200': null,
      'wrong-signature': noRoom,
      'stale-clock': noRoom,
      'other-licence': 'REPLY_MISMATCH',
      lie: 'zzzt 01',
    },
  },
]

describe.each(pairs)('$dialect.name', ({ dialect, node, declined, tampered, faulty }) => {
  const systems: RunningSystem[] = []
  const complaints: string[] = []
  let control = 0
  let issuerControl = 0
  let licences: RunningSystem['ready']['licences'] = []

  beforeAll(async () => {
    const complain = (text: string) => void complaints.push(text)
    const issuer = await startSystem(dialect, { node, issuer: { port: 0, ...issuerSide }, asker: null }, complain)
    systems.push(issuer)
    const hub = `http://127.0.0.1:${issuer.ready.issuerPort}`
    const asker = await startSystem(dialect, { node: 'x', issuer: null, asker: { hub, ...askerSide } }, complain)
    systems.push(asker)
    control = asker.ready.controlPort
    issuerControl = issuer.ready.controlPort
    licences = issuer.ready.licences
  })
  afterAll(async () => {
    await Promise.all(systems.map((system) => system.close()))
    expect(complaints).toEqual([])
  })

  const call = async (port: number, target: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const message = { target, headers, body: Buffer.from(JSON.stringify(body)) }
    const reply = await post({ origin: `http://127.0.0.1:${port}`, deadlineMs: 20_000 }, message)
    return { status: reply.status, body: parseJson(reply.body) }
  }
  const ask = async (question: unknown) => (await call(control, '/ask', question)).body
  const order = (fault: string | null) => call(issuerControl, '/fault', { fault, ms: 20 })
  const licenceWith = (earns: string) => {
    const licence = licences.find((each) => each.earns === earns)
    if (licence === undefined) throw new Error(`no licence earns ${earns}`)
    return licence
  }

  test('every licence of the book is answered as its row says', async () => {
    expect(licences.length).toBeGreaterThan(9)
    const outcomes: unknown[] = []
    for (const { id, claims } of licences) outcomes.push(await ask({ operation: 'verifyData', licenceId: id, claims }))
    expect(outcomes).toMatchObject(licences.map(({ id, earns }) => expectedOf(id, earns)))
  })

  const expectedOf = (id: string, earns: string) => {
    if (earns === 'ISSUER_UNREACHABLE') return { status: 0, code: 'NO_ANSWER' }
    if (earns in declined) return { code: declined[earns] }
    // The tax system gives its own status; the slot for a verdict is for hubs to fill.
    return dialect === taxGt3 ? { native: { payload: { zzbs: id } } } : { status: 200, code: earns }
  }

  test('getData gives the face of the licence, and search finds it by its holder', async () => {
    const { id, typeCode } = licenceWith('VALID')
    const face = JSON.stringify(at(await ask({ operation: 'getData', licenceId: id }), 'native'))
    expect(face).toContain(id)
    const code = /"(?:code|certificateholdercode|certificateHolderCode|czztdm)":"([0-9A-Z]{18})[",^]/.exec(
      face.replaceAll(/"issuer":\{[^}]*\}/g, ''),
    )?.[1]
    const holder = { typeCode: code?.startsWith('91') ? '001' : '111', code }
    const hits = JSON.stringify(at(await ask({ operation: 'search', holder, typeCode, division: '430000' }), 'native'))
    expect(hits).toContain(id)
    const nobody = { typeCode: '111', code: '990001199001010013' }
    const none = JSON.stringify(at(await ask({ operation: 'search', holder: nobody, typeCode }), 'native'))
    expect(none).not.toContain('1.2.156.3005.2')
  })

  const possible = (table: Readonly<Record<string, string | null>>) =>
    Object.entries(table).filter(([, expected]) => expected !== noRoom)
  const impossible = (table: Readonly<Record<string, string | null>>) =>
    Object.keys(table).filter((name) => table[name] === noRoom)

  test.each(possible(tampered))('a question with %s is refused: %s', async (tamper, expected) => {
    const outcome = await ask({ operation: 'verifyData', licenceId: licenceWith('VALID').id, tamper })
    expect(JSON.stringify(at(outcome, 'native'))).toContain(expected)
  })

  test.each(possible(faulty))('the fault %s looks like %s', async (fault, expected) => {
    const wanted = licences.find((each) => each.earns === 'REVOKED') ?? licenceWith('CANCELLED')
    expect((await order(fault)).status).toBe(200)
    const outcome = await ask({ operation: 'verifyData', licenceId: wanted.id })
    await order(null)
    const status = at(outcome, 'native', 'payload', 'zzzt')
    expect(status === undefined || expected === 'REPLY_MISMATCH' ? at(outcome, 'code') : `zzzt ${status}`).toBe(
      expected,
    )
  })

  test('what the dialect has no room for is refused', async () => {
    const question = { operation: 'verifyData', licenceId: licenceWith('VALID').id }
    for (const tamper of impossible(tampered)) {
      expect((await call(control, '/ask', { ...question, tamper })).status).toBe(422)
    }
    for (const fault of impossible(faulty)) expect((await order(fault)).status).toBe(422)
    expect(Object.keys(tampered)).toEqual([...tampers])
    expect(Object.keys(faulty).sort()).toEqual([...faults].sort())
  })

  test('requests are counted where they arrive', async () => {
    const count = async () => at(JSON.parse(await textOf(`http://127.0.0.1:${issuerControl}/requests`)), 'requests')
    const before = await count()
    await ask({ operation: 'verifyData', licenceId: licenceWith('VALID').id })
    expect(await count()).toBe(Number(before) + 1)
  })

  test('the control interface refuses what it does not understand', async () => {
    expect((await call(control, '/ask', { operation: 'guess' })).status).toBe(400)
    expect((await call(control, '/ask', { operation: 'getData' })).status).toBe(400)
    expect((await call(control, '/ask', { operation: 'search' })).status).toBe(400)
    expect((await call(control, '/ask', { operation: 'getData', licenceId: 'x', tamper: 'y' })).status).toBe(400)
    expect((await call(issuerControl, '/fault', { fault: 'earthquake' })).status).toBe(400)
    expect((await call(issuerControl, '/fault', { fault: 'slow', ms: -1 })).status).toBe(400)
    expect((await call(issuerControl, '/ask', { operation: 'guess' })).status).toBe(409)
    expect((await call(control, '/fault', { fault: null })).status).toBe(409)
    expect((await call(control, '/other', {})).status).toBe(404)
    const bare = { target: '/ask', headers: { 'content-type': 'text/plain' }, body: Buffer.from('{}') }
    expect((await post({ origin: `http://127.0.0.1:${control}`, deadlineMs: 5000 }, bare)).status).toBe(415)
  })
})
