import { errors } from 'undici'
import { expect, test } from 'vitest'
import { HubError } from '../canonical/errors.js'
import { linkFailure } from './failure.js'

const thrown = (code: string) => Object.assign(new Error('connect failed 10.0.0.7:8443'), { code })

test.each([
  ['ECONNREFUSED', 'ISSUER_UNREACHABLE', undefined],
  ['ENOTFOUND', 'ISSUER_UNREACHABLE', undefined],
  ['EAI_AGAIN', 'ISSUER_UNREACHABLE', undefined],
  ['ECONNRESET', 'ISSUER_UNREACHABLE', undefined],
  ['UND_ERR_SOCKET', 'ISSUER_UNREACHABLE', undefined],
  ['UND_ERR_CONNECT_TIMEOUT', 'ISSUER_UNREACHABLE', undefined],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ISSUER_UNREACHABLE', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ISSUER_UNREACHABLE', 'tls'],
  ['CERT_HAS_EXPIRED', 'ISSUER_UNREACHABLE', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'ISSUER_UNREACHABLE', 'tls'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ISSUER_UNREACHABLE', 'tls'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'REPLY_MALFORMED', 'http'],
  ['UND_ERR_HEADERS_OVERFLOW', 'REPLY_TOO_LARGE', 'headers'],
  ['UND_ERR_INVALID_ARG', 'INTERNAL', undefined],
])('%s becomes %s', (code, expected, subject) => {
  const cause = thrown(code)
  const error = linkFailure(cause)
  expect(error).toMatchObject({ code: expected, subject, cause })
  expect(error.message).not.toContain('10.0.0.7')
})

test('what is already ours passes, and what is no error at all is an outage', () => {
  const ours = new HubError('ISSUER_TIMEOUT')
  expect(linkFailure(ours)).toBe(ours)
  expect(linkFailure(undefined).code).toBe('ISSUER_UNREACHABLE')
})

test('bytes that are no HTTP are not kept with the error', () => {
  const error = linkFailure(Object.assign(new errors.HTTPParserError('not HTTP'), { data: '持证人 张三' }))
  expect(error).toMatchObject({ code: 'REPLY_MALFORMED', subject: 'http' })
  expect(JSON.stringify({ ...(error.cause as Error) })).toBe('{}')
})
