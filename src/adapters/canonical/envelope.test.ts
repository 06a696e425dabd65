import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { goldenReply, goldenRequest } from '../../../test/golden.js'
import { canonicalJson } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import type { Receipt } from '../../canonical/receipt.js'
import type { WireReply, WireRequest } from '../adapter.js'
import { envelope } from './envelope.js'

const golden = goldenRequest('verify-data')
const json = { 'content-type': 'application/json' }

function outcome(read: () => unknown): string {
  try {
    read()
    return 'accepted'
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown
    return thrown.subject === undefined ? thrown.code : `${thrown.code} ${thrown.subject}`
  }
}

test.each<[string, string, Partial<WireRequest>]>([
  ['accepted', 'as it should be', {}],
  ['accepted', 'under a mount', { mount: '/in/hunan', target: '/in/hunan/v1/verifyData' }],
  ['accepted', 'charset named', { headers: { 'content-type': 'application/json; charset=utf-8' } }],
  [
    'accepted',
    'charset named in capitals and quotes',
    { headers: { 'content-type': 'Application/JSON;charset="UTF-8"' } },
  ],
  ['accepted', 'identity encoding', { headers: { ...json, 'content-encoding': 'identity' } }],
  ['CONTENT_TYPE_UNSUPPORTED', 'gzip', { headers: { ...json, 'content-encoding': 'gzip' } }],
  ['CONTENT_TYPE_UNSUPPORTED', 'no type', { headers: {} }],
  ['CONTENT_TYPE_UNSUPPORTED', 'a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['CONTENT_TYPE_UNSUPPORTED', 'GBK', { headers: { 'content-type': 'application/json; charset=gbk' } }],
  ['CONTENT_TYPE_UNSUPPORTED', 'two types', { headers: { 'content-type': 'application/json, text/plain' } }],
  ['METHOD_NOT_ALLOWED', 'GET', { method: 'GET' }],
  ['METHOD_NOT_ALLOWED', 'PUT', { method: 'PUT' }],
  ['ENDPOINT_UNKNOWN', 'another path', { target: '/v1/verify' }],
  ['ENDPOINT_UNKNOWN', 'another version', { target: '/v2/verifyData' }],
  ['ENDPOINT_UNKNOWN', 'one more segment', { target: '/v1/verifyData/x' }],
  ['ENDPOINT_UNKNOWN', 'a slash at the end', { target: '/v1/verifyData/' }],
  ['ENDPOINT_UNKNOWN', 'another case', { target: '/v1/VerifyData' }],
  ['ENDPOINT_UNKNOWN', 'a name that objects have', { target: '/v1/constructor' }],
  ['ENDPOINT_UNKNOWN', 'the mount of another', { mount: '/in/hunan', target: '/in/hebei/x/verifyData' }],
  ['REQUEST_INVALID query', 'a query', { target: '/v1/verifyData?trace=1' }],
  ['REQUEST_INVALID query', 'an empty query', { target: '/v1/verifyData?' }],
  ['JSON_MALFORMED', 'no body', { body: new Uint8Array() }],
  ['REQUEST_INVALID body', 'a list', { body: Buffer.from('[]') }],
  ['JSON_DUPLICATE_KEY', 'a key twice', { body: Buffer.from('{"licenceId":"a","licenceId":"b"}') }],
])('%s: %s', (expected, _name, change) => {
  expect(outcome(() => envelope.readRequest({ ...golden, ...change }))).toBe(expected)
})

test('the mount stands before the path, and goes with the request', () => {
  const message = { operation: 'getData', status: 0, retryAfter: null, body: { b: 1, a: 2 } } as const
  expect(envelope.writeRequest(message, '/gateway')).toEqual({
    method: 'POST',
    target: '/gateway/v1/getData',
    mount: '/gateway',
    headers: json,
    body: Buffer.from('{"a":2,"b":1}'),
  })
})

describe('a reply', () => {
  const html = { headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Bad Gateway</h1>') }
  test.each<[string, string, WireReply]>([
    ['REPLY_MALFORMED content-type', 'HTML', { status: 200, ...html }],
    ['REPLY_MALFORMED', 'JSON cut short', { status: 200, headers: json, body: Buffer.from('{"found":[') }],
    ['REPLY_MALFORMED', 'a list', { status: 200, headers: json, body: Buffer.from('[]') }],
    ['REPLY_MALFORMED', 'a key twice', { status: 200, headers: json, body: Buffer.from('{"a":1,"a":1}') }],
    ['REPLY_MALFORMED', 'nothing', { status: 200, headers: json, body: new Uint8Array() }],
    ['REPLY_MALFORMED', 'GBK bytes', { status: 200, headers: json, body: Buffer.from([0x7b, 0xd5, 0xc5, 0x7d]) }],
  ])('%s: %s', (expected, _name, reply) => {
    expect(outcome(() => envelope.readReply(reply))).toBe(expected)
  })

  test('a failure that is no JSON is a failure without words', () => {
    const nothing = { operation: null, retryAfter: null, body: {} }
    expect(envelope.readReply({ status: 502, ...html })).toEqual({ ...nothing, status: 502 })
    expect(envelope.readReply({ status: 500, headers: json, body: Buffer.from('{') })).toEqual({
      ...nothing,
      status: 500,
    })
  })

  test.each([
    ['2', 2],
    ['0', 0],
    ['Wed, 15 Nov 2023 00:00:00 GMT', null],
    ['-1', null],
    ['1.5', null],
    ['12345678', null],
  ])('retry-after %j is %s', (value, seconds) => {
    const reply = { status: 503, headers: { ...json, 'retry-after': value }, body: Buffer.from('{}') }
    expect(envelope.readReply(reply).retryAfter).toBe(seconds)
  })
})

describe('the receipt', () => {
  const receipt = { v: 1, no: 'HT20231114-0-X', proof: { path: ['a"b'], checkpoint: '互通\n' } } as unknown as Receipt
  const attach = (text: string) => {
    const reply = envelope.attachReceipt?.({ status: 200, headers: json, body: Buffer.from(text) }, receipt)
    return Buffer.from(reply?.body ?? []).toString()
  }

  test.each(['verify-data', 'get-data', 'search'])(
    'of %s can be taken out again, and leaves the bytes as they were',
    (name) => {
      const before = Buffer.from(goldenReply(name).body).toString()
      const { receipt: taken, ...rest } = JSON.parse(attach(before)) as Record<string, unknown>
      expect(taken).toEqual(receipt)
      expect(canonicalJson(rest)).toBe(before)
      const sm3 = (text: string) => createHash('sm3').update(text).digest('hex')
      expect(sm3(canonicalJson(rest))).toBe(sm3(before))
    },
  )

  test.each([
    ['an empty object', {}],
    ['a name that is like it', { 'a"receipt"': 1, receip: 2, receipts: 3 }],
    ['the same name inside', { a: { receipt: 1 }, z: [{ receipt: 2 }] }],
    ['brackets and escapes in texts', { a: '}{"z":"', b: '\\', c: '\\"', z: '","zz":1' }],
    ['names in Chinese', { 证照: 1, a: '证照' }],
  ])('finds its place in %s', (_name, body) => {
    expect(attach(canonicalJson(body))).toBe(canonicalJson({ ...body, receipt }))
  })

  test('finds its place in any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (body) => {
        fc.pre(!Object.hasOwn(body, 'receipt'))
        expect(attach(canonicalJson(body))).toBe(canonicalJson({ ...body, receipt }))
      }),
    )
  })
})
