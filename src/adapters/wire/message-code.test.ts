import { expect, test } from 'vitest'
import { type ErrorCode, errorTable, HubError } from '../../canonical/errors.js'
import { verdictCodes } from '../../canonical/verdict.js'
import { failureMessage, peerFailure, readMessageCode, verdictMessage } from './message-code.js'

const codes = Object.keys(errorTable) as ErrorCode[]

test.each(codes)('%s comes back as itself or as the subject of what it means for the asker', (code) => {
  const message = failureMessage(new HubError(code, { subject: 'certData' }), '7f3a9c52e1b04d68')
  const read = readMessageCode(message)
  expect(read).toBe(code)
  const failure = peerFailure(code)
  expect(failure.code === code ? failure.code : failure.subject).toBe(code)
  // Our asker did nothing wrong when a peer dislikes our credentials.
  expect(errorTable[failure.code].origin).not.toBe('client')
})

test.each(verdictCodes)('%s in a failure is a failure', (code) => {
  const read = readMessageCode(verdictMessage(code))
  expect(read).toBe(code)
  expect(['provider', 'hub']).toContain(peerFailure(code).entry.origin)
})

test('messages are in both languages and name no more than they must', () => {
  const message = failureMessage(new HubError('LICENCE_NOT_FOUND', { cause: new Error('jdbc:10.0.0.1') }), '')
  expect(message).toBe(
    '[LICENCE_NOT_FOUND] 制发系统答复没有这份证照；核对标识或持证主体 / the issuing system has no such licence; check the identifier or the holder',
  )
})

test.each(['', '[', '[]', '[HACKED] x', 'x [INTERNAL]', '[internal]', '[toString]', '[CONSTRUCTOR]'])(
  '%j holds no code of ours',
  (message) => {
    expect(readMessageCode(message)).toBeUndefined()
  },
)
