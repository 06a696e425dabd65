import { expect, test } from 'vitest'
import { errorBody } from './error-body.js'
import { type ErrorCode, errorTable, HubError, isErrorCode } from './errors.js'
import { isVerdictCode } from './verdict.js'

const codes = Object.keys(errorTable) as ErrorCode[]

test.each(codes)('%s is whole', (code) => {
  const { origin, stage, status, retryable, cause, next } = errorTable[code]
  expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
  expect(['client', 'hub', 'adapter', 'provider', 'trust', 'store']).toContain(origin)
  expect([
    'transport',
    'parse',
    'auth',
    'time',
    'replay',
    'schema',
    'policy',
    'route',
    'seal',
    'business',
    'privacy',
  ]).toContain(stage)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(600)
  expect(typeof retryable).toBe('boolean')
  for (const text of [cause, next]) {
    expect(text.zh).toMatch(/\p{Script=Han}/u)
    expect(text.en).toMatch(/[a-z]/)
    expect(text.en.replace('一事一查', '')).not.toMatch(/\p{Script=Han}/u)
  }
})

test('the asker is blamed by a 4xx, and nobody else is', () => {
  const wrong = codes.filter((code) => errorTable[code].origin === 'client' && errorTable[code].status >= 500)
  expect(wrong).toEqual([])
})

test('what is worth asking again is never the asker’s own mistake in form', () => {
  const wrong = codes.filter(
    (code) =>
      errorTable[code].retryable &&
      ['schema', 'parse', 'policy'].includes(errorTable[code].stage) &&
      errorTable[code].origin === 'client',
  )
  expect(wrong).toEqual([])
})

test('codes that are verdicts as well speak of the same thing', () => {
  expect(codes.filter(isVerdictCode)).toEqual(['ISSUER_UNKNOWN', 'ISSUER_UNREACHABLE'])
})

test.each(['', 'internal', 'toString', '__proto__', 'constructor', 'INTERNAL '])('%j is no code', (text) => {
  expect(isErrorCode(text)).toBe(false)
})

test('an error carries its entry, its subject and what was tried', () => {
  const cause = new Error('upstream at 203.0.113.7 said no')
  const error = new HubError('ISSUER_UNKNOWN', { subject: 'issuer', tried: ['division 35'], retryAfter: 3, cause })
  expect(error).toMatchObject({
    code: 'ISSUER_UNKNOWN',
    subject: 'issuer',
    tried: ['division 35'],
    retryAfter: 3,
    cause,
  })
  expect(error.message).toBe('[ISSUER_UNKNOWN] no node answers for this licence: issuer')
  expect(error.entry).toBe(errorTable.ISSUER_UNKNOWN)
})

test('anything thrown becomes one of ours, with the original inside', () => {
  const ours = new HubError('DRAINING')
  expect(HubError.from(ours)).toBe(ours)
  for (const thrown of [new TypeError('x'), 'text', null, undefined]) {
    expect(HubError.from(thrown)).toMatchObject({ code: 'INTERNAL', cause: thrown })
  }
})

test('the body of an error holds what the interface promises and nothing of the cause', () => {
  const error = new HubError('ISSUER_FAILED', { subject: 'head.status', cause: new Error('secret') })
  expect(errorBody(error, 'trace-0001')).toEqual({
    error: {
      code: 'ISSUER_FAILED',
      origin: 'provider',
      stage: 'business',
      retryable: true,
      message: { zh: '制发系统答复处理失败', en: 'the issuing system says that it failed' },
      next: {
        zh: '稍后重试，或凭追踪号联系制发系统',
        en: 'try again later, or contact it with the trace id',
      },
      subject: 'head.status',
      trace: 'trace-0001',
    },
  })
  expect(errorBody(new HubError('INTERNAL', { cause: error }), null)).not.toHaveProperty('error.trace')
})
