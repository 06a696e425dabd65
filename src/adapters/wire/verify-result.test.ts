import { describe, expect, test } from 'vitest'
import type { Lifecycle, LifecycleState } from '../../canonical/lifecycle.js'
import { verdictCodes } from '../../canonical/verdict.js'
import { judgeFinding } from '../../trust/judge.js'
import type { MessageCode } from './message-code.js'
import { findingOf, resultOf } from './verify-result.js'

const nothing = { status: null, mark: undefined, validFrom: null, validTo: null, claims: [] }
const status = (state: LifecycleState): Lifecycle => ({ state, raw: 'x', encumbrances: [] })
const judged = (finding: ReturnType<typeof findingOf>) => judgeFinding(finding, { source: 'shandong', at: 0 }).code

test.each([
  ['0', 'VALID'],
  ['1', 'NOT_YET_VALID'],
  ['2', 'SUSPENDED'],
  ['3', 'EXPIRED'],
  ['4', 'STATUS_UNKNOWN'],
  ['5', 'NOT_FOUND'],
  ['7', 'MISMATCH'],
  ['8', 'STATUS_UNKNOWN'],
  ['00', 'STATUS_UNKNOWN'],
  ['__proto__', 'STATUS_UNKNOWN'],
])('result %s alone amounts to %s', (result, verdict) => {
  expect(judged(findingOf({ ...nothing, result }))).toBe(verdict)
})

describe('every verdict', () => {
  test.each(verdictCodes)('%s comes back from its result, with its mark where the result is shared', (code) => {
    const written = resultOf(code)
    const alone = written === undefined ? undefined : judged(findingOf({ ...nothing, result: written.result }))
    expect(alone === code).toBe(written?.exact ?? false)
    if (written === undefined) return
    const marked = judged(findingOf({ ...nothing, result: written.result, mark: code }))
    // A seal or a digest is not what a question by identifier can be about.
    expect(marked).toBe(code === 'TAMPERED' || code === 'SEAL_INVALID' ? 'MISMATCH' : code)
  })

  test('only these determine something', () => {
    expect(verdictCodes.filter((code) => resultOf(code) === undefined)).toEqual([
      'FOREIGN_CODE',
      'UNREADABLE',
      'UNSUPPORTED',
      'CODE_EXPIRED',
      'NOT_AUTHORISED',
      'ISSUER_UNKNOWN',
      'ISSUER_UNREACHABLE',
      'SEAL_UNVERIFIED',
    ])
  })
})

test.each<[string, LifecycleState, MessageCode | undefined, LifecycleState]>([
  ['0', 'revoked', undefined, 'revoked'],
  ['0', 'unknown', undefined, 'unknown'],
  ['3', 'revoked', undefined, 'revoked'],
  ['3', 'valid', undefined, 'expired'],
  ['3', 'unknown', undefined, 'expired'],
  ['4', 'valid', undefined, 'unknown'],
  ['7', 'valid', undefined, 'valid'],
  ['3', 'abolished', 'CANCELLED', 'abolished'],
  ['3', 'cancelled', 'REVOKED', 'revoked'],
  ['0', 'valid', 'REVOKED', 'unknown'],
  ['2', 'suspended', 'EXPIRED', 'unknown'],
  ['0', 'suspended', 'VALID', 'suspended'],
])('result %s with status %s and mark %s is %s', (result, state, mark, expected) => {
  expect(findingOf({ ...nothing, result, status: status(state), mark }).lifecycle).toEqual({
    state: expected,
    raw: 'x',
    encumbrances: [],
  })
})

test('claims match where the source says that all was correct, and nowhere else', () => {
  const claims = ['holderName', 'number']
  const all = { holderName: 'match', number: 'match' }
  for (const result of ['0', '1', '2', '3']) expect(findingOf({ ...nothing, result, claims }).claims).toEqual(all)
  for (const result of ['4', '5', '7', '8']) expect(findingOf({ ...nothing, result, claims }).claims).toEqual({})
})
