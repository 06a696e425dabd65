import { describe, expect, test } from 'vitest'
import { taxContext, taxRequest } from '../../../test/tax-golden.js'
import { type ErrorCode, errorTable, HubError } from '../../canonical/errors.js'
import { lifecycleStates } from '../../canonical/lifecycle.js'
import type { WireReply } from '../adapter.js'
import { failureOf, isSuccess, readStatus, statusOf, wireCodeOf } from './codes.js'
import { taxGt3 } from './index.js'

const sent = taxRequest('get-data')
const decoded = taxGt3.inbound.decode(sent)
const trace = '7f3a9c52e1b04d68a5c7e90b12f4d836'

async function read(reply: WireReply): Promise<HubError> {
  const failure = await taxGt3.outbound.decode(reply, sent, decoded.request, taxContext()).catch((thrown) => thrown)
  if (!(failure instanceof HubError)) throw new Error('a failure was read as an answer')
  return failure
}

const codes = Object.keys(errorTable) as ErrorCode[]
// What the page says of each `Code` when nothing more is known.
const readings: Record<string, ErrorCode> = {
  '012': 'ISSUER_REFUSED',
  H01: 'ISSUER_FAILED',
  H02: 'ISSUER_REFUSED',
  H03: 'LICENCE_WITHHELD',
  H04: 'OPERATION_UNSUPPORTED',
  H05: 'ISSUER_UNKNOWN',
  H06: 'ISSUER_UNREACHABLE',
  H07: 'ISSUER_TIMEOUT',
  H08: 'LICENCE_NOT_FOUND',
  H09: 'ISSUER_BUSY',
  H10: 'ISSUER_FAILED',
}

describe('no code of the closed list is lost', () => {
  test.each(codes)('%s', async (code) => {
    const reply = taxGt3.inbound.encodeError(new HubError(code, { subject: 'field' }), trace, decoded)
    const failure = await read(reply)
    // A complaint about the question is the spoke's trouble; the code itself stays readable as the subject.
    expect([failure.code, failure.subject]).toContain(code)
    expect(Object.keys(readings)).toContain(wireCodeOf(code))
  })
  test.each(codes)('%s without its mark is read by the dialect’s own code', async (code) => {
    const reply = taxGt3.inbound.encodeError(new HubError(code), trace, decoded)
    const body = Buffer.from(Buffer.from(reply.body).toString().replace(`[${code}] `, ''))
    expect((await read({ ...reply, body })).code).toBe(readings[wireCodeOf(code)])
  })
  test('every code of the dialect is written for something', () => {
    expect(new Set(codes.map(wireCodeOf))).toEqual(new Set(Object.keys(readings)))
  })
})

describe('what a failure carries', () => {
  test('a retry time', async () => {
    const reply = taxGt3.inbound.encodeError(new HubError('RATE_LIMITED', { retryAfter: 1.2 }), trace, decoded)
    expect(reply.headers['retry-after']).toBe('2')
    expect(await read(reply)).toMatchObject({ code: 'ISSUER_BUSY', subject: 'RATE_LIMITED', retryAfter: 2 })
  })
  test('a subject that XML cannot carry does not keep it from leaving', async () => {
    const reply = taxGt3.inbound.encodeError(new HubError('INTERNAL', { subject: 'a\0]]>\ud800' }), trace, null)
    expect(await read(reply)).toMatchObject({ code: 'ISSUER_FAILED', subject: 'INTERNAL' })
  })
})

describe('a peer’s result', () => {
  const ok = { rtnCode: '0', code: '000', message: '', reason: '' }
  test.each([
    [ok, true],
    [{ ...ok, message: 'x', reason: 'y' }, true],
    [{ ...ok, code: '' }, false],
    [{ ...ok, code: '00' }, false],
    [{ ...ok, code: '012' }, false],
    [{ ...ok, rtnCode: '9' }, false],
    [{ ...ok, rtnCode: '00' }, false],
    [{ ...ok, rtnCode: '200' }, false],
  ])('%j: success %s', (result, success) => {
    expect(isSuccess(result)).toBe(success)
  })
  test.each<[string, string, string, string, ErrorCode, string | undefined]>([
    ['9', '012', '', '', 'ISSUER_REFUSED', undefined],
    ['9', '777', '', '', 'ISSUER_REFUSED', undefined],
    ['1', '777', '', '', 'ISSUER_FAILED', undefined],
    ['0', '999', '', '', 'ISSUER_FAILED', undefined],
    ['9', '012', '', 'OSB fault BEA-382505: tran_date', 'ISSUER_FAILED', 'BEA-382505'],
    ['9', 'H08', '', '', 'LICENCE_NOT_FOUND', undefined],
    ['9', '012', '', '[LICENCE_NOT_FOUND] x', 'LICENCE_NOT_FOUND', undefined],
    ['9', '012', ' [ISSUER_TIMEOUT] x', '', 'ISSUER_TIMEOUT', undefined],
    ['9', 'H08', '[NO_SUCH_CODE] x', '', 'LICENCE_NOT_FOUND', undefined],
    ['9', 'H08', 'see [INTERNAL]', '', 'LICENCE_NOT_FOUND', undefined],
    ['9', 'H03', '[NONCE_REPLAYED] x', '', 'ISSUER_REFUSED', 'NONCE_REPLAYED'],
  ])('%s %s %j %j', (rtnCode, code, message, reason, expected, subject) => {
    const failure = failureOf({ rtnCode, code, message, reason }, null)
    expect([failure.code, failure.subject]).toEqual([expected, subject])
  })
})

describe('life-cycle', () => {
  test.each(lifecycleStates)('%s has a number of its own', (state) => {
    expect(readStatus(statusOf(state))).toBe(state)
  })
  test.each(['', '1', '00', '11', '98', 'VALID', '有效', 'constructor'])('%j is unknown, never valid', (status) => {
    expect(readStatus(status)).toBe('unknown')
  })
})
