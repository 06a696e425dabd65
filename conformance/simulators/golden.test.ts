import { describe, expect, test } from 'vitest'
import { GOLDEN_NOW, goldenMessage, goldenText } from '../golden/golden-file.js'
import { canonical } from './canonical/dialect.js'
import { contentDigest, readSignature, signatureBase } from './canonical/signature.js'
import { gjzwfwpt } from './gjzwfwpt/dialect.js'
import { headDataSm2 } from './head-data-sm2/dialect.js'
import { bookOf } from './kit/book.js'
import { utf8 } from './kit/charset.js'
import { at, parseJson, textAt } from './kit/json.js'
import { questionOf } from './kit/question.js'
import { settingsOf } from './kit/settings.js'
import { publicPoint, sm2Decrypt, sm2Holds } from './kit/sm.js'
import type { Issuer, Question, Received, Sent, Tools } from './kit/system.js'
import { taxGt3 } from './tax-gt3/dialect.js'

const plain = { fault: null, encode: utf8 } as const

/** The machine of the golden messages: a clock that stands, and the random values in the order in which they are used. */
function machine(...random: readonly string[]): Tools {
  const left = [...random]
  return { now: () => GOLDEN_NOW, hex: () => left.shift() ?? '' }
}

function received(path: string, method = 'POST'): Received {
  const { start, headers, body } = goldenMessage(path)
  return { method, target: start.split(' ')[1] ?? '', headers, body }
}

function replied(path: string): Sent {
  const { start, headers, body } = goldenMessage(path)
  return { status: Number(start.split(' ')[1]), headers, body }
}

function answered(issuer: Issuer, path: string): Sent {
  const reply = issuer.answer(received(path), plain)
  if (reply === null) throw new Error('no answer')
  return reply
}

function ask(node: string, licenceId: string, claims: Record<string, string>): Question {
  return questionOf({ operation: 'verifyData', licenceId, claims }, node)
}

describe('canonical', () => {
  const keys = parseJson(Buffer.from(goldenText('canonical/keys.json')))
  const privateKey = (name: string) => textAt(keys, name, 'privateKey') ?? ''
  const publicKey = (name: string) => textAt(keys, name, 'publicKey') ?? ''
  const id = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
  const asker = () =>
    canonical.asker(
      settingsOf({
        keyId: 'asker-1',
        privateKey: privateKey('asker-1'),
        peerKeys: { 'hub-1': publicKey('hub-1') },
        hub: 'http://hub.test:8787',
        mount: '/in/guangdong',
      }),
      machine('0f8e1d2c3b4a59687786a5b4c3d2e1f0', '00112233445566778899aabbccddeeff'),
    )

  test.each(['asker-1', 'hub-1', 'issuer-1'])('OpenSSL and sm-crypto agree about the point of %s', (name) => {
    expect(publicPoint(privateKey(name))).toBe(publicKey(name))
  })

  test.each([
    ['asker.request', 'asker-1'],
    ['asker.reply', 'hub-1'],
    ['issuer.request', 'hub-1'],
    ['issuer.reply', 'issuer-1'],
  ])("OpenSSL's signature of %s holds over its base", (name, signer) => {
    const { headers } = goldenMessage(`canonical/${name}.http`)
    const signature = readSignature(headers['signature-input'] ?? '', headers['signature'] ?? '')
    expect(signature).not.toBeNull()
    const base = Buffer.from(goldenText(`canonical/${name}.base.txt`))
    expect(sm2Holds(base, signature?.bytes ?? Buffer.alloc(0), publicKey(signer))).toBe(true)
  })

  test('the asking system writes the request', () => {
    const golden = goldenMessage('canonical/asker.request.http')
    const { target, headers, body } = asker().prepare(
      ask('guangdong', id, { holderName: '测试员乙', validTo: '2099-12-31' }),
    )
    expect(`POST ${target} HTTP/1.1`).toBe(golden.start)
    expect(body.toString()).toBe(golden.body.toString())
    const { signature, ...others } = headers
    const { signature: _, ...goldenOthers } = golden.headers
    expect(others).toEqual(goldenOthers)
    const bytes = Buffer.from((signature ?? '').slice('hutong=:'.length, -1), 'base64')
    const base = Buffer.from(goldenText('canonical/asker.request.base.txt'))
    expect(sm2Holds(base, bytes, publicKey('asker-1'))).toBe(true)
  })

  test("the asking system reads the hub's reply and its signature", () => {
    const { headers, body } = goldenMessage('canonical/asker.request.http')
    const prepared = { target: '/in/guangdong/v1/verifyData', headers, body }
    const question = ask('guangdong', id, {})
    const reply = replied('canonical/asker.reply.http')
    const reading = asker().read(reply, { question, prepared })
    expect(reading).toMatchObject({ code: 'VALID', signatureValid: true, receipt: { route: 'hunan' } })

    const forged = {
      ...reply,
      body: Buffer.from(reply.body.toString().replace('"holderName":"match"', '"holderName":"MATCH"')),
    }
    expect(asker().read(forged, { question, prepared })).toMatchObject({
      code: 'REPLY_SIGNATURE_INVALID',
      signatureValid: false,
    })
    // The same reply to another request, though an equal one.
    const elsewhere = {
      ...prepared,
      headers: { ...headers, signature: goldenMessage('canonical/issuer.request.http').headers['signature'] ?? '' },
    }
    expect(asker().read(reply, { question, prepared: elsewhere }).signatureValid).toBe(false)
  })

  test("the issuing system answers OpenSSL's request", () => {
    const issuer = canonical.issuer(
      settingsOf({
        keyId: 'issuer-1',
        privateKey: privateKey('issuer-1'),
        peerKeys: { 'hub-1': publicKey('hub-1') },
      }),
      bookOf('hunan'),
      machine('7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f', 'b0b1b2b3b4b5b6b7b8b9babbbcbdbebf'),
    )
    const golden = goldenMessage('canonical/issuer.reply.http')
    const reply = answered(issuer, 'canonical/issuer.request.http')
    expect(`HTTP/1.1 ${reply.status}`).toBe(golden.start)
    expect(reply.body.toString()).toBe(golden.body.toString())
    const { signature, ...others } = reply.headers
    const { signature: _, ...goldenOthers } = golden.headers
    expect(others).toEqual(goldenOthers)
    const bytes = Buffer.from((signature ?? '').slice('hutong=:'.length, -1), 'base64')
    const base = Buffer.from(goldenText('canonical/issuer.reply.base.txt'))
    expect(sm2Holds(base, bytes, publicKey('issuer-1'))).toBe(true)
  })

  test('the base is built as the files show it', () => {
    const { headers, body } = goldenMessage('canonical/asker.request.http')
    const written = (headers['signature-input'] ?? '').slice('hutong='.length)
    const covered = [
      ['"@method"', 'POST'],
      ['"@authority"', 'hub.test:8787'],
      ['"@path"', '/in/guangdong/v1/verifyData'],
      ['"@query"', '?'],
      ['"content-digest"', contentDigest(body)],
    ] as const
    expect(signatureBase(covered, written).toString()).toBe(goldenText('canonical/asker.request.base.txt'))
  })
})

describe('gjzwfwpt', () => {
  const id = '1.2.156.3005.2.11100000MB0143028R001.11330000MA0000TX01.20240000808.001.4'
  const settings = settingsOf({
    rid: 'rid-test@df-0001',
    appsecret: 'hutong-test-appsecret-0001',
    sids: { search: 's_test_0001', getData: 's_test_0002', verifyData: 's_test_0003' },
  })
  const claims = { holderName: '测试科技（浙江）808号有限公司', validFrom: '2022-06-01', FDDBR: '测试员丁' }

  test('the asking system writes the request', () => {
    const golden = goldenMessage('gjzwfwpt/asker.request.http')
    const { target, headers, body } = gjzwfwpt.asker(settings, machine()).prepare(ask('mca', id, claims))
    expect(`POST ${target} HTTP/1.1`).toBe(golden.start)
    expect(headers).toEqual(golden.headers)
    expect(body.toString()).toBe(golden.body.toString())
  })

  test('two questions in one millisecond bear two times', () => {
    const asker = gjzwfwpt.asker(settings, machine())
    const times = [1, 2].map(() => asker.prepare(ask('mca', id, {})).headers['gjzwfwpt_rtime'])
    expect(times).toEqual([String(GOLDEN_NOW), String(GOLDEN_NOW + 1)])
  })

  test("the asking system reads the hub's reply", () => {
    const asker = gjzwfwpt.asker(settings, machine())
    const question = ask('mca', id, claims)
    const reading = asker.read(replied('gjzwfwpt/asker.reply.http'), { question, prepared: asker.prepare(question) })
    expect(reading.code).toBe('REVOKED')
  })

  test('the issuing system answers', () => {
    const golden = goldenMessage('gjzwfwpt/issuer.reply.http')
    const reply = answered(gjzwfwpt.issuer(settings, bookOf('national'), machine()), 'gjzwfwpt/asker.request.http')
    expect(reply.headers).toEqual(golden.headers)
    expect(reply.body.toString()).toBe(golden.body.toString())
  })
})

describe('head-data-sm2', () => {
  const id = '1.2.156.3005.2.11100000MB03271699001.11370000MA0000TX0H.20240000601.001.I'
  const keys = parseJson(Buffer.from(goldenText('head-data-sm2/keys.json')))
  const privateKey = textAt(keys, 'caller', 'privateKey') ?? ''
  const settings = settingsOf({
    accessId: 'hutong-test-access',
    accessToken: 'hutong-test-token-0001',
    callerPublicKey: textAt(keys, 'caller', 'publicKey') ?? '',
    privateKey,
  })
  const claims = { holderName: '测试员601', number: '鲁(2024)测试不动产权第0000601号', ZL: '测试市演示路1号' }

  test('the asking system writes the request', () => {
    const golden = goldenMessage('head-data-sm2/asker.request.http')
    const { target, headers, body } = headDataSm2.asker(settings, machine()).prepare(ask('fujian', id, claims))
    expect(`POST ${target} HTTP/1.1`).toBe(golden.start)
    expect(headers).toEqual(golden.headers)
    expect(body.toString()).toBe(golden.body.toString())
  })

  test('the asking system opens what OpenSSL sealed', () => {
    const asker = headDataSm2.asker(settings, machine())
    const question = ask('fujian', id, claims)
    const reading = asker.read(replied('head-data-sm2/asker.reply.http'), {
      question,
      prepared: asker.prepare(question),
    })
    expect(reading.code).toBe('SUSPENDED')
    expect(JSON.stringify(at(reading.native, 'data'))).toBe(goldenText('head-data-sm2/asker.reply.plain.json'))
  })

  test('the issuing system answers, sealed to the caller', () => {
    const golden = goldenMessage('head-data-sm2/issuer.reply.http')
    const issuer = headDataSm2.issuer(settings, bookOf('shandong'), machine())
    const reply = answered(issuer, 'head-data-sm2/asker.request.http')
    expect(reply.headers).toEqual(golden.headers)
    const sealed = (message: Buffer) => /"data":"(04[0-9A-F]+)"\}$/.exec(message.toString())?.[1] ?? ''
    const around = (message: Buffer) => message.toString().replace(sealed(message), '')
    expect(around(reply.body)).toBe(around(golden.body))
    expect(sealed(reply.body)).toHaveLength(sealed(golden.body).length)
    for (const message of [reply.body, golden.body]) {
      expect(sm2Decrypt(sealed(message), privateKey)?.toString()).toBe(
        goldenText('head-data-sm2/issuer.reply.plain.json'),
      )
    }
  })
})

describe('tax-gt3', () => {
  const id = '1.2.156.3005.2.11100000000014445H901.114300000061231244.20240000701.001.R'
  const settings = settingsOf({ channelId: 'HTTEST01', spokeSecret: 'hutong-test-spoke-secret-0001' })
  const sequence = '00112233445566778899aabbccddeeff'
  const question = ask('shenzhen-tax', id, { holderName: '测试贸易（湖南）701号有限公司', BEIZHU: '演示 A & B ]]> C' })

  test('the asking system writes the request', () => {
    const golden = goldenMessage('tax-gt3/asker.request.http')
    const { target, headers, body } = taxGt3.asker(settings, machine(sequence)).prepare(question)
    expect(`POST ${target} HTTP/1.1`).toBe(golden.start)
    expect(headers).toEqual(golden.headers)
    expect(body.toString()).toBe(golden.body.toString())
  })

  test("the asking system reads the hub's reply, and no other's", () => {
    const reply = replied('tax-gt3/asker.reply.http')
    const read = (own: string) => {
      const asker = taxGt3.asker(settings, machine(own))
      return asker.read(reply, { question, prepared: asker.prepare(question) }).code
    }
    expect(read(sequence)).toBe('EXPIRED')
    expect(read('ffeeddccbbaa99887766554433221100')).toBe('REPLY_MISMATCH')
  })

  test('the issuing system answers, with CDATA in CDATA', () => {
    const golden = goldenMessage('tax-gt3/issuer.reply.http')
    const reply = answered(taxGt3.issuer(settings, bookOf('tax'), machine()), 'tax-gt3/issuer.request.http')
    expect(reply.headers).toEqual(golden.headers)
    expect(reply.body.toString()).toBe(golden.body.toString())
  })
})
