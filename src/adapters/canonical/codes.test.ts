import { describe, expect, test } from 'vitest'
import { type ErrorCode, errorTable } from '../../canonical/errors.js'
import { type VerdictCode, verdictCodes, verdictTable } from '../../canonical/verdict.js'
import { imageOfPeerCode } from '../wire/peer-code.js'
import { failureOfVerdict, peerError } from './codes.js'

const codes = Object.keys(errorTable) as ErrorCode[]
const error = (code: unknown, more: Partial<Parameters<typeof peerError>[0]> = {}) =>
  peerError({ code, subject: undefined, tried: undefined, status: 500, retryAfter: null, ...more })

describe('the image of a peer’s code', () => {
  test.each(codes)('%s has one, which is no fault of our asker’s and is its own image', (code) => {
    const image = imageOfPeerCode(code)
    expect(errorTable[image].origin).toMatch(/^(provider|hub)$/)
    expect(image).not.toBe('INTERNAL')
    expect(imageOfPeerCode(image)).toBe(image)
  })

  test.each(codes)('%s can be told from what is reported', (code) => {
    const reported = error(code)
    expect(reported.code === code || reported.subject === code).toBe(true)
  })

  test.each<[ErrorCode, ErrorCode]>([
    ['SIGNATURE_INVALID', 'ISSUER_REFUSED'],
    ['SIGNATURE_MISSING', 'ISSUER_REFUSED'],
    ['KEY_UNKNOWN', 'ISSUER_REFUSED'],
    ['CALLER_UNKNOWN', 'ISSUER_REFUSED'],
    ['DIGEST_MISMATCH', 'ISSUER_REFUSED'],
    ['TIMESTAMP_STALE', 'ISSUER_REFUSED'],
    ['NONCE_REPLAYED', 'ISSUER_REFUSED'],
    ['OPERATION_NOT_PERMITTED', 'ISSUER_REFUSED'],
    ['PUBLIC_VERIFY_DISABLED', 'ISSUER_REFUSED'],
    ['PURPOSE_MISSING', 'LICENCE_WITHHELD'],
    ['TYPE_NOT_LISTED', 'LICENCE_WITHHELD'],
    ['ITEM_UNKNOWN', 'LICENCE_WITHHELD'],
    ['RATE_LIMITED', 'ISSUER_BUSY'],
    ['DRAINING', 'ISSUER_UNREACHABLE'],
    ['REQUEST_INVALID', 'ISSUER_FAILED'],
    ['LICENCE_ID_CHECK_FAILED', 'ISSUER_FAILED'],
    ['ENDPOINT_UNKNOWN', 'ISSUER_FAILED'],
    ['REPLY_SIGNATURE_INVALID', 'ISSUER_FAILED'],
    ['NONCE_STORE_UNAVAILABLE', 'ISSUER_FAILED'],
    ['AUDIT_UNAVAILABLE', 'ISSUER_FAILED'],
    ['INTERNAL', 'ISSUER_FAILED'],
    ['ISSUER_TIMEOUT', 'ISSUER_TIMEOUT'],
    ['ISSUER_UNKNOWN', 'ISSUER_UNKNOWN'],
    ['ISSUER_REFUSED', 'ISSUER_REFUSED'],
    ['LICENCE_NOT_FOUND', 'LICENCE_NOT_FOUND'],
    ['OPERATION_UNSUPPORTED', 'OPERATION_UNSUPPORTED'],
    ['ROUTE_LOOP', 'ROUTE_LOOP'],
    ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
  ])('%s is read as %s', (code, image) => {
    expect(imageOfPeerCode(code)).toBe(image)
  })
})

test.each([
  [401, 'ISSUER_REFUSED'],
  [403, 'ISSUER_REFUSED'],
  [429, 'ISSUER_BUSY'],
  [503, 'ISSUER_UNREACHABLE'],
  [504, 'ISSUER_TIMEOUT'],
  [400, 'ISSUER_FAILED'],
  [500, 'ISSUER_FAILED'],
])('a code that we do not know, with status %d, is %s', (status, image) => {
  expect(error('CODE_OF_NEXT_YEAR', { status })).toMatchObject({ code: image, subject: 'CODE_OF_NEXT_YEAR' })
  expect(error(undefined, { status })).toMatchObject({ code: image, subject: undefined })
})

describe('what a peer writes beside the code', () => {
  test('a subject that is a name, what was tried, and the wait are passed on', () => {
    const reported = error('ISSUER_UNKNOWN', { subject: 'issuer', tried: ['division 35', 'prefix 350'], retryAfter: 7 })
    expect(reported).toMatchObject({ subject: 'issuer', tried: ['division 35', 'prefix 350'], retryAfter: 7 })
  })

  test.each<[string, unknown]>([
    ['a person', '测试员乙 11010519491231002X'],
    ['a line break', 'issuer\nsecond line'],
    ['an address', 'http://203.0.113.7:8080/x'],
    ['too long', 'a'.repeat(81)],
    ['a number', 7],
    ['an object', { toString: 'x' }],
  ])('a subject that is %s is not', (_name, subject) => {
    expect(error('ISSUER_FAILED', { subject }).subject).toBeUndefined()
  })

  test('of what was tried, only texts that look like ours, and no more than 16', () => {
    expect(error('ISSUER_UNKNOWN', { tried: 'division' }).tried).toEqual([])
    expect(error('ISSUER_UNKNOWN', { tried: ['a\nb', 7, null, 'division 35'] }).tried).toEqual(['division 35'])
    expect(error('ISSUER_UNKNOWN', { tried: Array(100).fill('x') }).tried).toHaveLength(16)
  })

  test('a code that does not look like one is not repeated', () => {
    expect(error('测试员乙')).toMatchObject({ code: 'ISSUER_FAILED', subject: undefined })
    expect(error('toString')).toMatchObject({ code: 'ISSUER_FAILED', subject: undefined })
  })
})

describe('the failure that a verdict amounts to', () => {
  test.each<[VerdictCode, ErrorCode]>([
    ['ISSUER_UNREACHABLE', 'ISSUER_UNREACHABLE'],
    ['ISSUER_UNKNOWN', 'ISSUER_UNKNOWN'],
    ['UNSUPPORTED', 'OPERATION_UNSUPPORTED'],
    ['NOT_AUTHORISED', 'LICENCE_WITHHELD'],
  ])('%s is %s', (code, failure) => {
    expect(failureOfVerdict(code, [null, null])?.code).toBe(failure)
  })

  test.each<[VerdictCode, ErrorCode, ErrorCode, string | undefined]>([
    ['ISSUER_UNREACHABLE', 'ISSUER_TIMEOUT', 'ISSUER_TIMEOUT', undefined],
    ['ISSUER_UNREACHABLE', 'REPLY_SIGNATURE_INVALID', 'ISSUER_FAILED', 'REPLY_SIGNATURE_INVALID'],
    ['NOT_AUTHORISED', 'ISSUER_REFUSED', 'ISSUER_REFUSED', undefined],
    // A reason that says something else than the verdict is not believed.
    ['ISSUER_UNREACHABLE', 'LICENCE_NOT_FOUND', 'ISSUER_UNREACHABLE', undefined],
    ['ISSUER_UNREACHABLE', 'OPERATION_UNSUPPORTED', 'ISSUER_UNREACHABLE', undefined],
    ['ISSUER_UNKNOWN', 'ISSUER_TIMEOUT', 'ISSUER_UNKNOWN', undefined],
  ])('%s because of %s is %s', (code, reason, failure, subject) => {
    expect(failureOfVerdict(code, [null, reason])).toMatchObject({ code: failure, subject })
  })

  test.each(verdictCodes)('%s never turns into a negative answer', (code) => {
    for (const reason of codes) {
      expect(['VALID', 'LICENCE_NOT_FOUND']).not.toContain(failureOfVerdict(code, [reason])?.code)
    }
  })

  test('what is no finding and no failure is undetermined', () => {
    const neither = verdictCodes.filter((code) => failureOfVerdict(code, []) !== undefined)
    expect(neither.map((code) => verdictTable[code].verdict)).toEqual(Array(4).fill('UNDETERMINED'))
  })
})
