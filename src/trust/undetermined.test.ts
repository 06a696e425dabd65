import { expect, test } from 'vitest'
import { type ErrorCode, errorTable, HubError } from '../canonical/errors.js'
import { verdictOf } from './undetermined.js'

const codes = Object.keys(errorTable) as ErrorCode[]
const outages = codes.filter(
  (code) => code.startsWith('REPLY_') || /^ISSUER_(?:UNREACHABLE|TIMEOUT|CIRCUIT_OPEN|BUSY|FAILED)$/.test(code),
)

test.each(outages)('%s says nothing against the licence', (code) => {
  const report = verdictOf(new HubError(code))
  expect(report).toMatchObject({ verdict: 'UNDETERMINED', code: 'ISSUER_UNREACHABLE', group: 'un' })
  expect(report?.parts.status).toMatchObject({ value: 'UNDETERMINED', reason: code })
})

test.each([
  ['ISSUER_UNKNOWN', 'ISSUER_UNKNOWN', 'UNDETERMINED'],
  ['ISSUER_REFUSED', 'NOT_AUTHORISED', 'UNDETERMINED'],
  ['LICENCE_WITHHELD', 'NOT_AUTHORISED', 'UNDETERMINED'],
  ['OPERATION_UNSUPPORTED', 'UNSUPPORTED', 'UNDETERMINED'],
  ['LICENCE_NOT_FOUND', 'NOT_FOUND', 'INVALID'],
] as const)('%s is the verdict %s', (error, code, verdict) => {
  expect(verdictOf(new HubError(error))).toMatchObject({ code, verdict })
})

test('what is the asker’s fault or our own stays an error', () => {
  const origins = new Set(['client', 'store'])
  for (const code of codes.filter((each) => origins.has(errorTable[each].origin))) {
    expect(verdictOf(new HubError(code)), code).toBeUndefined()
  }
  expect(verdictOf(new HubError('INTERNAL'))).toBeUndefined()
  expect(verdictOf(new HubError('ROUTE_LOOP'))).toBeUndefined()
})
