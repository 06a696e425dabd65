import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { VerifyingKey } from '../src/adapters/adapter.js'
import { receiptNumber } from '../src/audit/receipt-number.js'
import { verifyReceipt } from '../src/audit/receipts.js'
import { verifyAuditLog } from '../src/audit/verify-log.js'
import type { Receipt } from '../src/canonical/receipt.js'
import { receiptNumberKey } from '../src/cli/gateway/house.js'
import { nobleEngine } from '../src/crypto/engine-noble.js'
import { nodeEngine } from '../src/crypto/engine-node.js'
import { openKeyFile, sealKeyFile } from '../src/crypto/key-file.js'
import { generateSm2Key, verifyingKey } from '../src/crypto/sm2-keys.js'
import { expectSigned, gatewayKeys, readAnswer } from './answers.js'
import { canonicalBytes } from './bad-input-rows.js'
import { type AskedReply, type CanonicalAsker, canonicalAsker, purpose } from './canonical-asker.js'
import { type BedOptions, type GatewayBed, issues, secretsOf, startBed, unknownIssuer } from './gateway-bed.js'
import { messageBytes, open, rawExchange, readReply } from './raw-http.js'
import { type Conduct, licenceOf } from './test-issuer.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(options: BedOptions = {}): Promise<{ bed: GatewayBed; asker: CanonicalAsker }> {
  const bed = await startBed(options)
  closers.push(bed.close)
  const asker = canonicalAsker(bed.url, bed.folder)
  closers.push(asker.close)
  return { bed, asker }
}

const { type, issuer } = issues.canonical
const question = (licenceId: string) => JSON.stringify({ licenceId, purpose: purpose() })
const verify = (asker: CanonicalAsker, conduct: Conduct = 'valid', from: string = issuer) =>
  asker.ask({ body: question(licenceOf(type, from, conduct)) })
const codeOf = ({ status, json }: AskedReply) => [
  status,
  json['code'] ?? (json['error'] as { code: string } | undefined)?.code,
]
const receiptOf = ({ json }: AskedReply) => json['receipt'] as Receipt

async function get(bed: GatewayBed, path: string) {
  const reply = await fetch(`${bed.url}${path}`)
  const text = await reply.text()
  return { status: reply.status, headers: reply.headers, text }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The keys that the gateway publishes, as a peer reads them. */
async function publishedKeys(bed: GatewayBed): Promise<ReadonlyMap<string, VerifyingKey>> {
  const { keys } = JSON.parse((await get(bed, '/v1/keys')).text) as {
    keys: readonly { keyId: string; use: string; publicKey: string }[]
  }
  const signing = keys.filter(({ use }) => use === 'sign')
  return new Map(
    signing.map(({ keyId, publicKey }) => [keyId, verifyingKey(nobleEngine, keyId, Buffer.from(publicKey, 'hex'))]),
  )
}

describe('stopping', () => {
  test('a request under way is answered, a new one is refused, and then nobody listens', async () => {
    const { bed, asker } = await start()
    const { canonical } = bed.issuers
    const underWay = verify(asker, 'slow')
    await until(() => canonical.held() === 1)
    const { port } = bed
    const closing = bed.gateway.close()
    await until(async () => (await get(bed, '/health')).status === 503)

    const bytes = await canonicalBytes(asker, { body: question(licenceOf(type, issuer)) })
    const refused = await rawExchange(port, { bytes })
    const { code } = readAnswer('canonical', refused, bed.trust)
    expect([refused.status, code, refused.headers['retry-after']]).toEqual([503, 'DRAINING', '5'])
    expectSigned(refused, bytes, gatewayKeys(bed.trust))

    canonical.release()
    expect(codeOf(await underWay)).toEqual([200, 'VALID'])
    await closing
    await expect(open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(await verifyAuditLog(join(bed.data, 'audit'), gatewayKeys(bed.trust))).toMatchObject({ holds: true })
  })

  test('an asker that hangs up takes its question back from the issuing system', async () => {
    const { bed, asker } = await start()
    const { canonical } = bed.issuers
    const socket = await open(bed.port)
    socket.write(await canonicalBytes(asker, { body: question(licenceOf(type, issuer, 'slow')) }))
    await until(() => canonical.held() === 1)
    socket.destroy()
    await until(() => canonical.held() === 0)
    await until(async () => (await get(bed, '/metrics')).text.includes('code="CALLER_GONE"'))
  })
})

describe('reloading', () => {
  test('a new spoke appears, and a request under way keeps the connection that it began with', async () => {
    const { bed, asker } = await start()
    const { canonical } = bed.issuers
    expect(codeOf(await verify(asker, 'valid', unknownIssuer))).toEqual([200, 'ISSUER_UNKNOWN'])
    const underWay = verify(asker, 'slow')
    await until(() => canonical.held() === 1)

    const before = bed.gateway.version()
    const spoke = {
      name: 'corps',
      node: '66',
      dialect: 'canonical',
      keys: [{ id: 'corps-1', publicKey: secretsOf(bed.trust, 'hunan').publicKey }],
      ask: { endpoint: `http://127.0.0.1:${bed.issuers.gjzwfwpt.port}`, answersFor: { divisions: ['66'] } },
    }
    await writeFile(join(bed.config, 'spokes/corps.yaml'), stringify(spoke))
    // Where the request under way goes is gone from the new configuration.
    await bed.edit('spokes/hunan.yaml', ({ ask }) => Object.assign(ask as object, { endpoint: 'http://127.0.0.1:9' }))
    const change = await bed.gateway.reload()
    expect(change).toEqual({ from: before, to: bed.gateway.version() })
    expect(change.to).not.toBe(before)

    // The system behind it speaks another dialect, which is no answer, but somebody was asked.
    const asked = bed.issuers.gjzwfwpt.hits()
    expect(codeOf(await verify(asker, 'valid', unknownIssuer))).toEqual([200, 'ISSUER_UNREACHABLE'])
    expect(bed.issuers.gjzwfwpt.hits()).toBe(asked + 1)
    expect(codeOf(await verify(asker))).toEqual([200, 'ISSUER_UNREACHABLE'])
    canonical.release()
    const answer = await underWay
    expect([...codeOf(answer), receiptOf(answer).configVersion]).toEqual([200, 'VALID', before])
  })

  test('a bad folder is refused whole, and the old one stays', async () => {
    const { bed, asker } = await start()
    const before = bed.gateway.version()
    for (const [file, text] of [
      ['gateway.yaml', 'name: ['],
      ['use-list.yaml', 'uses: []\nuse: []\n'],
      ['spokes/hunan.yaml', 'name: hunan\nnode: "43"\ndialect: canonical\nserve: {operations: [verifyData]}\n'],
      ['spokes/down.yaml', null],
    ] as const) {
      const good = await readFile(join(bed.config, file), 'utf8')
      // Claims what another spoke answers for.
      if (text === null)
        await bed.edit(file, ({ ask }) => Object.assign(ask as object, { answersFor: { divisions: ['43'] } }))
      else await writeFile(join(bed.config, file), text)
      await expect(bed.gateway.reload()).rejects.toThrow(file)
      expect(bed.gateway.version()).toBe(before)
      expect(codeOf(await verify(asker))).toEqual([200, 'VALID'])
      await writeFile(join(bed.config, file), good)
    }
    expect((await bed.gateway.reload()).to).toBe(before)
  })

  test('no question is lost to a reload', async () => {
    const { bed } = await start()
    const asker = canonicalAsker(bed.url, bed.folder, 'guangdong', nodeEngine)
    closers.push(asker.close)
    const codes = new Set<unknown>()
    let stop = false
    const askAgain = async () => {
      while (!stop) codes.add(codeOf(await verify(asker)).join(' '))
    }
    const askers = Array.from({ length: 8 }, askAgain)
    for (let round = 1; round <= 3; round++) {
      await bed.edit('gateway.yaml', (value) =>
        Object.assign(value, { publicVerify: { enabled: true, perMinute: round } }),
      )
      await bed.gateway.reload()
    }
    stop = true
    await Promise.all(askers)
    expect([...codes]).toEqual(['200 VALID'])
  })

  test('after a rotation of keys, receipts of before and of now hold under what the gateway publishes', async () => {
    const { bed, asker } = await start()
    const old = await verify(asker)
    const passphrase = await readFile(bed.trust.passphraseFile, 'utf8')
    const record = {
      keyId: 'sign-2',
      use: 'sign',
      privateKey: generateSm2Key(),
      createdAt: new Date().toISOString(),
    } as const
    await writeFile(join(bed.folder, 'keys/sign-2.json'), await sealKeyFile(record, passphrase), { mode: 0o600 })
    await bed.edit('gateway.yaml', ({ keys }) =>
      Object.assign(keys as object, { sign: ['../keys/sign-2.json', '../keys/sign.json'] }),
    )
    await bed.gateway.reload()

    const bytes = await canonicalBytes(asker, { body: question(licenceOf(type, issuer)) })
    const reply = await rawExchange(bed.port, { bytes })
    const now = readAnswer('canonical', reply, bed.trust).receipt as Receipt
    const keys = await publishedKeys(bed)
    expect([...keys.keys()]).toEqual(['sign-2', bed.trust.gateway.signId])
    expectSigned(reply, bytes, keys)
    expect([receiptOf(old).keyId, now.keyId]).toEqual([bed.trust.gateway.signId, 'sign-2'])
    for (const receipt of [receiptOf(old), now]) expect(verifyReceipt(receipt, keys).failures).toEqual([])
    const fetched: unknown = JSON.parse((await get(bed, `/v1/receipts/${receiptOf(old).no}`)).text)
    expect(verifyReceipt(fetched, keys).failures).toEqual([])
    await bed.restart()
    await bed.gateway.close()
    expect(await verifyAuditLog(join(bed.data, 'audit'), keys)).toMatchObject({ holds: true, failure: null })
  })
})

describe('receipts and metrics', () => {
  test('a receipt is found by its number alone, and holds', async () => {
    const { bed, asker } = await start()
    const receipt = receiptOf(await verify(asker, 'reset'))
    const { status, text } = await get(bed, `/v1/receipts/${receipt.no}`)
    const fetched = JSON.parse(text) as Receipt
    const { proof: _proof, signature: _signature, ...body } = receipt
    expect([status, fetched.code, fetched.route]).toEqual([200, 'ISSUER_UNREACHABLE', 'hunan'])
    expect(fetched).toMatchObject(body)
    expect(verifyReceipt(fetched, gatewayKeys(bed.trust)).failures).toEqual([])
    // Read out over the telephone.
    expect((await get(bed, `/v1/receipts/${receipt.no.toLowerCase()}`)).status).toBe(200)
  })

  test('a number that was never given out is unknown, and so is a refusal’s', async () => {
    const { bed, asker } = await start()
    const { no, at } = receiptOf(await verify(asker))
    await asker.ask({ body: question('none') })
    const passphrase = await readFile(bed.trust.passphraseFile, 'utf8')
    const hash = await openKeyFile(await readFile(join(bed.folder, 'keys/hash.json'), 'utf8'), passphrase)
    const ofRefusal = receiptNumber(1, at, receiptNumberKey(hash.privateKey))
    const otherCheck = no.slice(0, -1) + (no.endsWith('0') ? '1' : '0')
    for (const guess of [ofRefusal, otherCheck, no.replace('-0000000-', '-0000001-'), 'HT1']) {
      const { status, text } = await get(bed, `/v1/receipts/${guess}`)
      expect([status, JSON.parse(text)]).toMatchObject([404, { error: { code: 'RECEIPT_UNKNOWN' } }])
    }
  })

  test('numbers cannot be tried one after another', async () => {
    const { bed } = await start()
    const statuses = new Set<number>()
    for (let nth = 0; nth < 70; nth++) statuses.add((await get(bed, '/v1/receipts/HT20261123-0000000-0000')).status)
    expect([...statuses]).toEqual([404, 429])
  })

  test('the metrics count by spoke, operation and code, and lead to nobody', async () => {
    const { bed, asker } = await start()
    const licenceId = licenceOf(type, issuer)
    await asker.ask({ body: question(licenceId) })
    await verify(asker, 'reset')
    await asker.ask({ body: question('none') })
    await asker.ask({ body: question(licenceId), unsigned: true })
    const { status, text, headers } = await get(bed, '/metrics')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    for (const [spoke, operation, code] of [
      ['guangdong', 'verifyData', 'VALID'],
      ['guangdong', 'verifyData', 'ISSUER_UNREACHABLE'],
      ['guangdong', 'unread', 'LICENCE_ID_MALFORMED'],
      ['unknown', 'verifyData', 'SIGNATURE_MISSING'],
    ]) {
      expect(text).toContain(`hutong_requests_total{spoke="${spoke}",operation="${operation}",code="${code}"} 1\n`)
    }
    expect(text).toContain('hutong_audit_records 4\n')
    expect(text).not.toContain(licenceId)
  })
})

describe('public verification', () => {
  const ask = (bed: GatewayBed, licenceId: string) =>
    fetch(`${bed.url}/v1/public/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ licenceId }),
    })

  test('is off unless somebody turns it on', async () => {
    const { bed } = await start({
      configure: (world) =>
        world.edit('gateway.yaml', (value) => {
          delete value['publicVerify']
        }),
    })
    const reply = await ask(bed, licenceOf(type, issuer))
    expect(reply.status).toBe(404)
    expect(await reply.json()).toMatchObject({ error: { code: 'PUBLIC_VERIFY_DISABLED' } })
  })

  test('answers with a verdict and no more, and so many a minute', async () => {
    const { bed } = await start({
      configure: (world) =>
        world.edit('gateway.yaml', (value) => Object.assign(value, { publicVerify: { enabled: true, perMinute: 2 } })),
    })
    const first = await ask(bed, licenceOf(type, issuer))
    const report = (await first.json()) as object
    expect([first.status, Object.keys(report)]).toEqual([
      200,
      ['code', 'group', 'lifecycle', 'parts', 'receipt', 'verdict'],
    ])
    expect((await ask(bed, licenceOf(type, unknownIssuer))).status).toBe(200)
    const third = await ask(bed, licenceOf(type, issuer))
    expect([third.status, Number(third.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect(await third.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } })
    // Who may not ask now may still ask after his receipts.
    expect((await get(bed, '/health')).status).toBe(200)
  })
})

test('a question whose route leads back to its asker is refused', async () => {
  const { asker } = await start({
    configure: (world) =>
      world.edit('spokes/guangdong.yaml', (value) => {
        value['ask'] = { endpoint: 'http://127.0.0.1:9', answersFor: { issuers: [unknownIssuer] } }
      }),
  })
  expect(codeOf(await verify(asker, 'valid', unknownIssuer))).toEqual([508, 'ROUTE_LOOP'])
})

describe('a sender that stops in the middle', () => {
  test.each([
    ['of the body', { 'content-length': 100 }, 'canonical'],
    ['of the head', null, 'plain'],
  ] as const)('%s is told that the time is over', async (_where, length, form) => {
    const { bed } = await start({
      configure: (world) =>
        world.edit('gateway.yaml', (value) => Object.assign(value, { limits: { requestSeconds: 1 } })),
    })
    const bytes =
      length === null
        ? Buffer.from('POST /v1/verifyData HTTP/1.1\r\nhost: ')
        : messageBytes({ target: '/v1/verifyData', headers: { host: 'gateway.test', ...length }, body: '{' })
    const socket = await open(bed.port)
    socket.write(bytes)
    const reply = await readReply(socket)
    expect([reply.status, readAnswer(form, reply, bed.trust).code]).toEqual([408, 'REQUEST_TIMEOUT'])
    socket.destroy()
  })
})
