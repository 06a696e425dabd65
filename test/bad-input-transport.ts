import { OVER_LIMIT, type Row, type RowOptions } from './bad-input-rows.js'
import { chunked, messageBytes } from './raw-http.js'

/** What goes wrong before anybody speaks a dialect; those with a body are sent to a canonical asker's place. */
const target = '/in/guangdong/v1/verifyData'
const headers = { host: 'gateway.test', 'content-type': 'application/json' }

function transport(
  name: string,
  status: number,
  code: string,
  request: Row['request'],
  { form = 'canonical', ...options }: RowOptions & Partial<Pick<Row, 'form'>> = {},
): Row {
  return { name: `transport: ${name}`, form, status, code, cheap: true, ...options, request }
}

const large = Buffer.alloc(OVER_LIMIT, 0x20)
const veryLarge = Buffer.alloc(20 * OVER_LIMIT, 0x20)
const half = '{"licenceId":'

const bodies: readonly Row[] = [
  transport(
    'a declared length over the limit',
    413,
    'BODY_TOO_LARGE',
    () => messageBytes({ target, headers, body: large }),
    {
      cheap: false,
    },
  ),
  transport(
    'twenty times the limit, sent to its end',
    413,
    'BODY_TOO_LARGE',
    () => ({ bytes: messageBytes({ target, headers, body: veryLarge }), readLate: true }),
    { cheap: false },
  ),
  transport(
    'chunks of twenty times the limit',
    413,
    'BODY_TOO_LARGE',
    () => ({
      bytes: messageBytes({
        target,
        headers: { ...headers, 'transfer-encoding': 'chunked' },
        body: chunked(veryLarge),
      }),
      readLate: true,
    }),
    { cheap: false },
  ),
  transport('a declared length over the limit, and no body', 413, 'BODY_TOO_LARGE', () =>
    messageBytes({ target, headers: { ...headers, 'content-length': 1e9 } }),
  ),
  transport(
    'chunks over the limit',
    413,
    'BODY_TOO_LARGE',
    () => messageBytes({ target, headers: { ...headers, 'transfer-encoding': 'chunked' }, body: chunked(large) }),
    { cheap: false },
  ),
  transport('a declared length over the limit at /v1', 413, 'BODY_TOO_LARGE', () =>
    messageBytes({ target: '/v1/verifyData', headers: { ...headers, 'content-length': 1e9 } }),
  ),
  transport('a body shorter than declared, and the end', 400, 'BODY_TRUNCATED', () => ({
    bytes: messageBytes({ target, headers: { ...headers, 'content-length': 100 }, body: half }),
    halfClose: true,
  })),
  transport('a body shorter than declared at /v1, and the end', 400, 'BODY_TRUNCATED', () => ({
    bytes: messageBytes({ target: '/v1/verifyData', headers: { ...headers, 'content-length': 100 }, body: half }),
    halfClose: true,
  })),
  transport('chunks without the last, and the end', 400, 'BODY_TRUNCATED', () => ({
    bytes: messageBytes({ target, headers: { ...headers, 'transfer-encoding': 'chunked' }, body: `d\r\n${half}\r\n` }),
    halfClose: true,
  })),
  transport('a chunk whose length is no number', 400, 'REQUEST_MALFORMED', () =>
    messageBytes({ target, headers: { ...headers, 'transfer-encoding': 'chunked' }, body: 'zz\r\n{}\r\n0\r\n\r\n' }),
  ),
  transport('another method', 405, 'METHOD_NOT_ALLOWED', () => messageBytes({ method: 'GET', target, headers })),
  transport('another method at /v1', 405, 'METHOD_NOT_ALLOWED', () =>
    messageBytes({ method: 'PUT', target: '/v1/verifyData', headers, body: '{}' }),
  ),
]

const notHttp = (bytes: Buffer | string) => () => ({ bytes, halfClose: true })

const unread: readonly Row[] = [
  transport('no HTTP at all', 400, 'REQUEST_MALFORMED', notHttp('hello\r\n\r\n'), { form: 'plain' }),
  transport('a TLS greeting', 400, 'REQUEST_MALFORMED', notHttp(Buffer.from('16030100a5010000a10303', 'hex')), {
    form: 'plain',
  }),
  transport('half a request line', 400, 'REQUEST_MALFORMED', notHttp('POST /v1/veri'), { form: 'plain' }),
  transport(
    'two lengths',
    400,
    'REQUEST_MALFORMED',
    notHttp(`POST ${target} HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}`),
    {
      form: 'plain',
    },
  ),
  transport(
    'a length and chunks',
    400,
    'REQUEST_MALFORMED',
    notHttp(`POST ${target} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    {
      form: 'plain',
    },
  ),
  transport(
    'a field that begins with a blank',
    400,
    'REQUEST_MALFORMED',
    notHttp(`POST ${target} HTTP/1.1\r\nhost: a\r\nx : y\r\n\r\n`),
    {
      form: 'plain',
    },
  ),
  transport(
    'a spoke that nobody knows',
    401,
    'CALLER_UNKNOWN',
    () => messageBytes({ target: '/in/atlantis/v1/verifyData', headers, body: '{}' }),
    {
      form: 'plain',
    },
  ),
  transport(
    'a spoke that may not ask',
    401,
    'CALLER_UNKNOWN',
    () => messageBytes({ target: '/in/hunan/v1/verifyData', headers, body: '{}' }),
    {
      form: 'plain',
    },
  ),
  transport(
    'a spoke named after what objects have',
    401,
    'CALLER_UNKNOWN',
    () => messageBytes({ target: '/in/__proto__/v1/verifyData', headers, body: '{}' }),
    {
      form: 'plain',
    },
  ),
  transport(
    'an endpoint that nobody knows',
    404,
    'ENDPOINT_UNKNOWN',
    () => messageBytes({ target: '/v2/verifyData', headers, body: '{}' }),
    {
      form: 'plain',
    },
  ),
  transport(
    'a page that nobody knows',
    404,
    'ENDPOINT_UNKNOWN',
    () => messageBytes({ method: 'GET', target: '/.git/config', headers }),
    {
      form: 'plain',
    },
  ),
  transport(
    'a receipt that nobody knows',
    404,
    'RECEIPT_UNKNOWN',
    () => messageBytes({ method: 'GET', target: '/v1/receipts/HT20261123-0000000-0000', headers }),
    {
      form: 'plain',
      cheap: false,
    },
  ),
]

const paths: readonly Row[] = [
  '/in/guangdong/%2e%2e/v1/verifyData',
  '/in/guangdong/%2E%2E/v1/verifyData',
  '/in/guangdong/../guangdong/v1/verifyData',
  '/in/guangdong/./v1/verifyData',
  '/in/guangdong%2fv1/verifyData',
  '/in/guangdong%5cv1/verifyData',
  '/in/guangdong\\v1\\verifyData',
  '/in/guangdong;a=1/v1/verifyData',
  '/in/guangdong%3ba/v1/verifyData',
  '/in/guangdong/v1/%252e%252e/verifyData',
  '/in/guangdong/v1/verify%44ata',
  '/in/guangdong//v1/verifyData',
  '//in/guangdong/v1/verifyData',
  '/in/guangdong/v1/verifyData%00',
  '/in/guangdong/v1/verifyData%0d%0aset-cookie:a',
  '/in/guangdong/v1/%ff',
  '/in/guangdong/v1/%zz',
  `/in/guangdong/v1/${'a'.repeat(2_100)}`,
  'http://gateway.test/in/guangdong/v1/verifyData',
  '/v1/./keys',
  '/v1//keys',
  '/nothing/..%2fv1/keys',
].map((path) =>
  transport(
    `the path ${path.slice(0, 60)}`,
    400,
    'PATH_REFUSED',
    () => messageBytes({ target: path, headers, body: '{}' }),
    {
      form: 'plain',
    },
  ),
)

export const transportRows: readonly Row[] = [...bodies, ...unread, ...paths]
