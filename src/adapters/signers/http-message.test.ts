import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { GOLDEN_NOW, goldenContexts, goldenReply, goldenRequest, readGolden } from '../../../test/golden.js'
import { HubError } from '../../canonical/errors.js'
import { chooseEngine } from '../../crypto/choose-engine.js'
import { bytes32, sm2Curve } from '../../crypto/sm2-curve.js'
import { sm3 } from '../../crypto/sm3.js'
import type { SignerContext, SigningKey, WireReply, WireRequest } from '../adapter.js'
import { claimedKeyId, httpMessageSigner } from './http-message.js'

const signer = httpMessageSigner<null>()
const cases = ['verify-data', 'get-data', 'search', 'error']
let asker: SignerContext
let answerer: SignerContext
beforeAll(async () => {
  ;({ asker, answerer } = await goldenContexts())
})

const request = goldenRequest('verify-data')
const reply = goldenReply('verify-data')
const withHeaders = <T extends WireRequest | WireReply>(wire: T, headers: Record<string, string | undefined>): T => ({
  ...wire,
  headers: Object.fromEntries(
    Object.entries({ ...wire.headers, ...headers }).filter(([, value]) => value !== undefined),
  ),
})

/** `CODE` or `CODE subject` of what a check throws, or `accepted`. */
async function outcome(check: () => unknown): Promise<string> {
  try {
    await check()
    return 'accepted'
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown
    return thrown.subject === undefined ? thrown.code : `${thrown.code} ${thrown.subject}`
  }
}
const serve = (wire: WireRequest, now = GOLDEN_NOW) =>
  outcome(() => signer.checkRequest(null, wire, { ...answerer, now }))
const ask = (wire: WireReply, sent = request, now = GOLDEN_NOW) =>
  outcome(() => signer.openReply?.(null, wire, sent, { ...asker, now }))

const flip = (base64: string) => {
  const bytes = Buffer.from(base64, 'base64')
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
  return bytes.toString('base64')
}
const signatureIn = (wire: WireRequest | WireReply) => /:(.*):/.exec(wire.headers['signature'] ?? '')?.[1] ?? ''

describe('the golden messages', () => {
  test.each(cases)('%s: request and reply are accepted', async (name) => {
    expect(await serve(goldenRequest(name))).toBe('accepted')
    expect(await ask(goldenReply(name), goldenRequest(name))).toBe('accepted')
  })

  test('a request proves its key, nonce and time', () => {
    expect(signer.checkRequest(null, request, answerer)).toEqual({
      strength: 'signature',
      keyId: 'asker-1',
      replay: { nonce: '3f00045c746a1526aa870d9b433153fb', at: GOLDEN_NOW },
    })
  })

  test.each(cases)('%s: the reply answers no other request', async (name) => {
    for (const other of cases.filter((text) => text !== name)) {
      expect(await ask(goldenReply(name), goldenRequest(other))).toBe('REPLY_SIGNATURE_INVALID signature')
    }
  })

  test('a reply does not answer an equal request that was signed anew', async () => {
    const again = (await signer.signRequest?.(goldenRequest('verify-data'), asker)) ?? request
    expect(again.headers['signature']).not.toBe(request.headers['signature'])
    expect(await ask(reply, again)).toBe('REPLY_SIGNATURE_INVALID signature')
  })
})

describe('what we sign', () => {
  // A key that shows the base: what is signed must be the text that the page gives.
  const showing = (context: SignerContext, nonce: string, now: number) => {
    const bases: string[] = []
    const sign = (message: Uint8Array) => {
      bases.push(Buffer.from(message).toString())
      return new Uint8Array(64)
    }
    const signing: SigningKey = { keyId: context.keys.signing?.keyId ?? '', sign }
    return { bases, context: { ...context, now, nonce: () => nonce, keys: { ...context.keys, signing } } }
  }
  const nonceIn = (wire: WireRequest | WireReply) =>
    /nonce="([^"]+)"/.exec(wire.headers['signature-input'] ?? '')?.[1] ?? ''
  const bare = <T extends WireRequest | WireReply>(wire: T): T =>
    withHeaders(wire, {
      host: undefined,
      'content-digest': undefined,
      'signature-input': undefined,
      signature: undefined,
    })

  test.each(cases)('%s: the request’s base and headers, byte for byte', async (name) => {
    const golden = goldenRequest(name)
    const { bases, context } = showing(asker, nonceIn(golden), GOLDEN_NOW)
    const signed = await signer.signRequest?.(bare(golden), context)
    expect(bases).toEqual([readGolden(`${name}.request.base.txt`)])
    expect(signed).toEqual(withHeaders(golden, { signature: `hutong=:${Buffer.alloc(64).toString('base64')}:` }))
  })

  test.each(cases)('%s: the reply’s base and headers, byte for byte', async (name) => {
    const golden = goldenReply(name)
    const { bases, context } = showing(answerer, nonceIn(golden), GOLDEN_NOW + 1999)
    const signed = await signer.signReply?.(bare(golden), goldenRequest(name), context)
    expect(bases).toEqual([readGolden(`${name}.reply.base.txt`)])
    expect(signed).toEqual(withHeaders(golden, { signature: `hutong=:${Buffer.alloc(64).toString('base64')}:` }))
  })

  test('it is accepted by the other side', async () => {
    const sent = (await signer.signRequest?.(bare(request), asker)) ?? request
    expect(await serve(sent)).toBe('accepted')
    const answered = (await signer.signReply?.(bare(reply), sent, answerer)) ?? reply
    expect(await ask(answered, sent)).toBe('accepted')
  })

  test('an empty body has a digest too', async () => {
    const sent = (await signer.signRequest?.({ ...bare(request), body: new Uint8Array() }, asker)) ?? request
    expect(sent.headers['content-digest']).toContain('sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:')
    expect(await serve(sent)).toBe('accepted')
  })

  test('a spoke without an authority or a key of ours is a fault of the set-up', async () => {
    const { authority: _authority, ...nowhere } = asker
    expect(await outcome(() => signer.signRequest?.(bare(request), nowhere))).toBe('INTERNAL @authority')
    const keyless = { ...asker, keys: { ...asker.keys, signing: null } }
    expect(await outcome(() => signer.signRequest?.(bare(request), keyless))).toBe('INTERNAL keyid')
  })
})

describe('a request that was changed on its way', () => {
  const digest = (body: Uint8Array) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const otherBody = Buffer.from(request.body.toString().replace('测试员乙', '测试员丙'))
  test.each<[string, string, WireRequest]>([
    ['SIGNATURE_INVALID signature', 'method', { ...request, method: 'PUT' }],
    ['SIGNATURE_INVALID signature', 'path', { ...request, target: '/v1/getData' }],
    ['SIGNATURE_INVALID signature', 'path, one letter’s case', { ...request, target: '/v1/verifydata' }],
    ['SIGNATURE_INVALID signature', 'mount', { ...request, target: '/in/hunan/v1/verifyData', mount: '/in/hunan' }],
    ['SIGNATURE_INVALID signature', 'query', { ...request, target: '/v1/verifyData?a=1' }],
    [
      'SIGNATURE_INVALID @path',
      'target in absolute form',
      { ...request, target: 'http://issuer.test:8443/v1/verifyData' },
    ],
    ['SIGNATURE_INVALID signature', 'authority', withHeaders(request, { host: 'other.test:8443' })],
    ['SIGNATURE_INVALID signature', 'port', withHeaders(request, { host: 'issuer.test' })],
    ['SIGNATURE_INVALID @authority', 'no authority', withHeaders(request, { host: undefined })],
    ['SIGNATURE_INVALID @authority', 'an empty authority', withHeaders(request, { host: ' ' })],
    [
      'SIGNATURE_INVALID @authority',
      'a line smuggled into the authority',
      withHeaders(request, { host: 'issuer.test:8443\n"@path": /x' }),
    ],
    ['DIGEST_MISMATCH', 'body', { ...request, body: otherBody }],
    ['DIGEST_MISMATCH', 'body cut short', { ...request, body: request.body.subarray(0, -1) }],
    ['DIGEST_MISMATCH', 'body gone', { ...request, body: new Uint8Array() }],
    [
      'SIGNATURE_INVALID signature',
      'body with its digest',
      { ...withHeaders(request, { 'content-digest': digest(otherBody) }), body: otherBody },
    ],
    [
      'SIGNATURE_INVALID signature',
      'one of two digests dropped',
      withHeaders(request, { 'content-digest': digest(request.body) }),
    ],
    [
      'DIGEST_MISMATCH',
      'digest field sent twice',
      withHeaders(request, {
        'content-digest': `${request.headers['content-digest']}, ${request.headers['content-digest']}`,
      }),
    ],
    ['SIGNATURE_INVALID content-digest', 'digest dropped', withHeaders(request, { 'content-digest': undefined })],
    [
      'SIGNATURE_MISSING',
      'both fields dropped',
      withHeaders(request, { signature: undefined, 'signature-input': undefined }),
    ],
    ['SIGNATURE_MISSING', 'signature dropped', withHeaders(request, { signature: undefined })],
    ['SIGNATURE_MISSING', 'input dropped', withHeaders(request, { 'signature-input': undefined })],
    [
      'SIGNATURE_INVALID signature',
      'one bit of the signature',
      withHeaders(request, { signature: `hutong=:${flip(signatureIn(request))}:` }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'r and s swapped',
      withHeaders(request, {
        signature: `hutong=:${Buffer.concat([Buffer.from(signatureIn(request), 'base64').subarray(32), Buffer.from(signatureIn(request), 'base64').subarray(0, 32)]).toString('base64')}:`,
      }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'zeros',
      withHeaders(request, { signature: `hutong=:${Buffer.alloc(64).toString('base64')}:` }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'another message’s signature',
      withHeaders(request, { signature: goldenRequest('search').headers['signature'] }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'another label',
      withHeaders(request, { signature: `sig1=:${signatureIn(request)}:` }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'two signatures',
      withHeaders(request, { signature: `${request.headers['signature']}, sig2=:${signatureIn(request)}:` }),
    ],
    [
      'SIGNATURE_INVALID signature-input',
      'two inputs',
      withHeaders(request, { 'signature-input': `${request.headers['signature-input']}, sig2=();tag="hutong"` }),
    ],
    [
      'SIGNATURE_INVALID signature-input',
      'the input field sent twice',
      withHeaders(request, {
        'signature-input': `${request.headers['signature-input']}, ${request.headers['signature-input']}`,
      }),
    ],
    [
      'KEY_UNKNOWN',
      'key id',
      withHeaders(request, { 'signature-input': request.headers['signature-input']?.replace('asker-1', 'asker-2') }),
    ],
    [
      'KEY_UNKNOWN',
      'the key id of the answerer',
      withHeaders(request, { 'signature-input': request.headers['signature-input']?.replace('asker-1', 'answerer-1') }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'nonce',
      withHeaders(request, {
        'signature-input': request.headers['signature-input']?.replace('nonce="3f', 'nonce="4f'),
      }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'created',
      withHeaders(request, {
        'signature-input': request.headers['signature-input']?.replace('created=1700000000', 'created=1700000001'),
      }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'expires',
      withHeaders(request, {
        'signature-input': request.headers['signature-input']?.replace('expires=1700000300', 'expires=1700009999'),
      }),
    ],
    [
      'SIGNATURE_INVALID signature',
      'order of the components',
      withHeaders(request, {
        'signature-input': request.headers['signature-input']?.replace(
          '"@method" "@authority"',
          '"@authority" "@method"',
        ),
      }),
    ],
  ])('%s: %s', async (expected, _name, wire) => {
    expect(await serve(wire)).toBe(expected)
  })

  test.each([
    ['capital letters in the host', { host: 'ISSUER.test:8443' }],
    ['blanks around the digest', { 'content-digest': ` ${request.headers['content-digest']} ` }],
    ['a field that is not covered', { 'x-forwarded-for': '203.0.113.1' }],
  ])('%s change nothing', async (_name, headers) => {
    expect(await serve(withHeaders(request, headers))).toBe('accepted')
  })
})

describe('time', () => {
  test.each([
    ['accepted', 0],
    ['accepted', 300_000],
    ['TIMESTAMP_STALE created', 300_001],
    ['TIMESTAMP_STALE created', 86_400_000],
    ['accepted', -300_000],
    ['TIMESTAMP_FUTURE created', -300_001],
  ])('a request is %s when the clock is off by %d ms', async (expected, offset) => {
    expect(await serve(request, GOLDEN_NOW + offset)).toBe(expected)
  })

  test.each([
    ['accepted', 301_000],
    ['REPLY_STALE created', 301_001],
    ['accepted', -299_000],
    ['REPLY_STALE created', -299_001],
  ])('a reply is %s when the clock is off by %d ms', async (expected, offset) => {
    expect(await ask(reply, request, GOLDEN_NOW + offset)).toBe(expected)
  })
})

/** A message signed by a party’s real key over whatever base the case makes up. */
async function signedOver(
  wire: WireRequest,
  components: string,
  tail: string,
  base: readonly string[],
  label = 'hutong',
): Promise<WireRequest> {
  const params = `${components}${tail}`
  const text = [...base, `"@signature-params": ${params}`].join('\n')
  const signature = await asker.keys.signing?.sign(Buffer.from(text))
  return withHeaders(wire, {
    'signature-input': `${label}=${params}`,
    signature: `${label}=:${Buffer.from(signature ?? []).toString('base64')}:`,
  })
}

const line = {
  '"@method"': '"@method": POST',
  '"@authority"': '"@authority": issuer.test:8443',
  '"@path"': '"@path": /v1/verifyData',
  '"@query"': '"@query": ?',
  '"content-digest"': `"content-digest": ${request.headers['content-digest']}`,
}
const names = Object.keys(line) as (keyof typeof line)[]
const times = ';created=1700000000;expires=1700000300'
const nonce = ';nonce="0123456789abcdef"'
const keyTag = ';keyid="asker-1";tag="hutong"'
const tail = times + nonce + keyTag
const over = (chosen: readonly (keyof typeof line)[], parameters = tail, label = 'hutong') =>
  signedOver(
    request,
    `(${chosen.join(' ')})`,
    parameters,
    chosen.map((name) => line[name]),
    label,
  )

describe('a request signed by the right key over too little, or in another way', () => {
  test.each(names)('%s must be covered', async (name) => {
    const wire = await over(names.filter((other) => other !== name))
    expect(await serve(wire)).toBe(`SIGNATURE_INVALID ${name.replaceAll('"', '')}`)
  })

  test('nothing covered at all', async () => {
    expect(await serve(await over([]))).toBe('SIGNATURE_INVALID @method')
  })

  test.each([
    ['accepted', 'all of them', tail],
    ['accepted', 'another order', keyTag + nonce + times],
    ['accepted', 'one that we do not know', `${tail};note="x"`],
    ['TIMESTAMP_MISSING created', 'no created', `;expires=1700000300${nonce}${keyTag}`],
    ['TIMESTAMP_MISSING expires', 'no expires', `;created=1700000000${nonce}${keyTag}`],
    ['TIMESTAMP_STALE expires', 'expired', `;created=1700000000;expires=1699999999${nonce}${keyTag}`],
    ['TIMESTAMP_STALE created', 'created before the epoch', `;created=-1;expires=1700000300${nonce}${keyTag}`],
    ['NONCE_MISSING nonce', 'no nonce', times + keyTag],
    ['SIGNATURE_INVALID nonce', 'an empty nonce', `${times};nonce=""${keyTag}`],
    ['SIGNATURE_INVALID nonce', 'a short nonce', `${times};nonce="0123456789abcde"${keyTag}`],
    ['SIGNATURE_INVALID nonce', 'a long nonce', `${times};nonce="${'a'.repeat(129)}"${keyTag}`],
    ['SIGNATURE_INVALID nonce', 'a nonce with a blank', `${times};nonce="0123456789 abcdef"${keyTag}`],
    ['SIGNATURE_INVALID keyid', 'no key id', `${times}${nonce};tag="hutong"`],
    ['SIGNATURE_INVALID tag', 'no tag', `${times}${nonce};keyid="asker-1"`],
    ['SIGNATURE_INVALID tag', 'a tag of another application', `${times}${nonce};keyid="asker-1";tag="web-bot-auth"`],
    ['SIGNATURE_INVALID alg', 'an algorithm', `${tail};alg="sm2"`],
    ['SIGNATURE_INVALID alg', 'another algorithm', `${tail};alg="hmac-sha256"`],
  ])('%s: parameters, %s', async (expected, _name, parameters) => {
    expect(await serve(await over(names, parameters))).toBe(expected)
  })

  test('components in another order, and under another label', async () => {
    expect(await serve(await over(names.toReversed(), tail, 'sig1'))).toBe('accepted')
  })

  test.each([
    ['accepted', 'a field more', '"content-type"', '"content-type": application/json'],
    ['SIGNATURE_INVALID signature-input', 'a component twice', '"@method"', '"@method": POST'],
    ['SIGNATURE_INVALID signature-input', 'a field twice', '"content-digest"', line['"content-digest"']],
    ['SIGNATURE_INVALID x-absent', 'a field that is not there', '"x-absent"', '"x-absent": '],
    ['SIGNATURE_INVALID constructor', 'a name that objects have', '"constructor"', '"constructor": '],
    ['SIGNATURE_INVALID @scheme', 'a derived component that we do not know', '"@scheme"', '"@scheme": https'],
    ['SIGNATURE_INVALID @status', 'a component of replies', '"@status"', '"@status": 200'],
    ['SIGNATURE_INVALID content-type', 'a parameter', '"content-type";sf', '"content-type";sf: application/json'],
    ['SIGNATURE_INVALID @method', 'a reference to a request', '"@method";req', '"@method";req: POST'],
    ['SIGNATURE_INVALID signature-input', 'a capital name', '"Content-Type"', '"Content-Type": application/json'],
  ])('%s: %s', async (expected, _name, component, text) => {
    const wire = await signedOver(request, `(${names.join(' ')} ${component})`, tail, [...Object.values(line), text])
    expect(await serve(wire)).toBe(expected)
  })

  test('a covered field that appeared once when it was signed and twice when it came', async () => {
    const base = [...Object.values(line), '"x-note": one']
    const wire = await signedOver(
      withHeaders(request, { 'x-note': 'one' }),
      `(${names.join(' ')} "x-note")`,
      tail,
      base,
    )
    expect(await serve(wire)).toBe('accepted')
    expect(await serve(withHeaders(wire, { 'x-note': 'one, two' }))).toBe('SIGNATURE_INVALID signature')
  })

  test.each(['', 'ALICE123@YAHOO.COM', '1234567812345679'])('the user id %j', async (id) => {
    const wire = await over(names)
    const base = [...Object.values(line), `"@signature-params": (${names.join(' ')})${tail}`].join('\n')
    const signature = await signAsAsker(Buffer.from(base), id)
    expect(await serve(wire)).toBe('accepted')
    expect(await serve(withHeaders(wire, { signature: `hutong=:${signature}:` }))).toBe('SIGNATURE_INVALID signature')
  })

  test('the default user id, by the same way of signing', async () => {
    const wire = await over(names)
    const base = [...Object.values(line), `"@signature-params": (${names.join(' ')})${tail}`].join('\n')
    const signature = await signAsAsker(Buffer.from(base), '1234567812345678')
    expect(await serve(withHeaders(wire, { signature: `hutong=:${signature}:` }))).toBe('accepted')
  })
})

/** Signs under any user id, the empty one included, which OpenSSL uses when nobody sets one. */
async function signAsAsker(message: Uint8Array, id: string): Promise<string> {
  const { asker: key } = JSON.parse(readGolden('keys.json')) as Record<
    string,
    { privateKey: string; publicKey: string }
  >
  const { engine } = await chooseEngine()
  const parameters = [sm2Curve.a, sm2Curve.b, sm2Curve.Gx, sm2Curve.Gy].map(bytes32)
  const length = Uint8Array.of(0, id.length * 8)
  const za = sm3(length, Buffer.from(id), ...parameters, Buffer.from(key?.publicKey ?? '', 'hex').subarray(1))
  const own = engine.importPrivate(Buffer.from(key?.privateKey ?? '', 'hex'))
  return Buffer.from(await engine.sign(own, za, [message])).toString('base64')
}

describe('a reply that was changed on its way', () => {
  const digest = (body: Uint8Array) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const lie = Buffer.from(reply.body.toString().replaceAll('"VALID"', '"REVOKED"'))
  const input = reply.headers['signature-input'] ?? ''
  test.each<[string, string, WireReply, WireRequest?]>([
    ['REPLY_SIGNATURE_INVALID signature', 'status', { ...reply, status: 404 }],
    ['REPLY_SIGNATURE_INVALID content-digest', 'body', { ...reply, body: lie }],
    [
      'REPLY_SIGNATURE_INVALID signature',
      'body with its digest',
      { ...withHeaders(reply, { 'content-digest': digest(lie) }), body: lie },
    ],
    ['REPLY_SIGNATURE_INVALID content-digest', 'digest dropped', withHeaders(reply, { 'content-digest': undefined })],
    ['REPLY_SIGNATURE_INVALID signature', 'signature dropped', withHeaders(reply, { signature: undefined })],
    [
      'REPLY_SIGNATURE_INVALID signature',
      'both fields dropped',
      withHeaders(reply, { signature: undefined, 'signature-input': undefined }),
    ],
    [
      'REPLY_SIGNATURE_INVALID signature',
      'one bit of the signature',
      withHeaders(reply, { signature: `hutong=:${flip(signatureIn(reply))}:` }),
    ],
    [
      'REPLY_SIGNATURE_INVALID keyid',
      'key id',
      withHeaders(reply, { 'signature-input': input.replace('answerer-1', 'asker-1') }),
    ],
    ['REPLY_SIGNATURE_INVALID signature', 'method of the request', reply, { ...request, method: 'PUT' }],
    ['REPLY_SIGNATURE_INVALID signature', 'path of the request', reply, { ...request, target: '/v1/getData' }],
    [
      'REPLY_SIGNATURE_INVALID signature',
      'label of the request',
      reply,
      withHeaders(request, { signature: `sig1=:${signatureIn(request)}:` }),
    ],
    [
      'REPLY_SIGNATURE_INVALID @status',
      'status not covered',
      withHeaders(reply, { 'signature-input': input.replace('"@status" ', '') }),
    ],
    [
      'REPLY_SIGNATURE_INVALID signature',
      'request not bound',
      withHeaders(reply, { 'signature-input': input.replace(' "signature";req;key="hutong"', '') }),
    ],
    [
      'REPLY_SIGNATURE_INVALID @path',
      'path not bound',
      withHeaders(reply, { 'signature-input': input.replace(' "@path";req', '') }),
    ],
    [
      'REPLY_SIGNATURE_INVALID nonce',
      'nonce dropped',
      withHeaders(reply, { 'signature-input': input.replace(/nonce="[^"]*";/, '') }),
    ],
    [
      'REPLY_SIGNATURE_INVALID created',
      'created dropped',
      withHeaders(reply, { 'signature-input': input.replace(/created=\d+;/, '') }),
    ],
    ['REPLY_SIGNATURE_INVALID alg', 'an algorithm', withHeaders(reply, { 'signature-input': `${input};alg="sm2"` })],
    [
      'REPLY_SIGNATURE_INVALID signature-input',
      'two signatures',
      withHeaders(reply, { 'signature-input': `${input}, ${input}` }),
    ],
    [
      'REPLY_SIGNATURE_INVALID signature',
      'the request’s own signature sent back',
      withHeaders(reply, { signature: request.headers['signature'] }),
    ],
  ])('%s: %s', async (expected, _name, wire, sent = request) => {
    expect(await ask(wire, sent)).toBe(expected)
  })

  test('a request of ours is no reply to itself', async () => {
    expect(await ask({ status: 200, headers: request.headers, body: request.body })).toBe(
      'REPLY_SIGNATURE_INVALID @status',
    )
  })

  test.each([
    [429, 'ISSUER_BUSY'],
    [502, 'ISSUER_UNREACHABLE'],
    [503, 'ISSUER_UNREACHABLE'],
    [504, 'ISSUER_TIMEOUT'],
    [200, 'REPLY_SIGNATURE_INVALID signature'],
    [404, 'REPLY_SIGNATURE_INVALID signature'],
    [500, 'REPLY_SIGNATURE_INVALID signature'],
  ])('an unsigned %d is %s', async (status, expected) => {
    expect(await ask({ status, headers: {}, body: new Uint8Array() })).toBe(expected)
  })

  test('a badly signed 503 is a forgery all the same', async () => {
    expect(await ask({ ...reply, status: 503 })).toBe('REPLY_SIGNATURE_INVALID signature')
  })
})

describe('a refusal of a request without a readable signature', () => {
  test.each([
    ['none', withHeaders(request, { signature: undefined })],
    ['two', withHeaders(request, { signature: `${request.headers['signature']}, b=:AAAA:` })],
    ['DER', withHeaders(request, { signature: 'hutong=:MEUCIQ==:' })],
  ])('%s: is signed without it, and answers no signed request', async (_name, wire) => {
    const signed = (await signer.signReply?.(reply, wire, answerer)) ?? reply
    expect(signed.headers['signature-input']).toContain('("@status" "content-digest" "@method";req "@path";req);')
    expect(await ask(signed, wire)).toBe('accepted')
    expect(await ask(signed, request)).toBe('REPLY_SIGNATURE_INVALID signature')
  })
})

test('the claimed key id, before anything is verified', () => {
  expect(claimedKeyId(request.headers)).toBe('asker-1')
  expect(claimedKeyId({})).toBeUndefined()
  expect(claimedKeyId({ 'signature-input': 'hutong=();tag="hutong"' })).toBeUndefined()
  expect(claimedKeyId({ 'signature-input': 'nonsense' })).toBeUndefined()
  expect(claimedKeyId({ 'signature-input': `hutong=();keyid="${'a'.repeat(2000)}"` })).toBeUndefined()
})
