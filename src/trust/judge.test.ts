import { expect, test } from 'vitest'
import { type LifecycleState, lifecycleStates } from '../canonical/lifecycle.js'
import type { IssuerFinding } from '../canonical/model.js'
import { judgeFinding } from './judge.js'

const at = Date.parse('2026-11-22T14:03:07+08:00')
const evidence = { source: 'hunan', at }
const found = (state: LifecycleState, more: Partial<IssuerFinding> = {}): IssuerFinding => ({
  existence: 'found',
  lifecycle: { state, raw: '01', encumbrances: [] },
  validFrom: null,
  validTo: null,
  claims: {},
  mismatch: false,
  ...more,
})

test.each([
  ['valid', 'VALID', 'VALID'],
  ['not-yet-active', 'NOT_YET_VALID', 'INVALID'],
  ['suspended', 'SUSPENDED', 'INVALID'],
  ['expired', 'EXPIRED', 'INVALID'],
  ['revoked', 'REVOKED', 'INVALID'],
  ['withdrawn', 'REVOKED', 'INVALID'],
  ['cancelled', 'CANCELLED', 'INVALID'],
  ['abolished', 'CANCELLED', 'INVALID'],
  ['superseded', 'SUPERSEDED', 'INVALID'],
  ['transferred-out', 'SUPERSEDED', 'INVALID'],
  ['unknown', 'STATUS_UNKNOWN', 'UNDETERMINED'],
] as const)('a licence that its issuer calls %s earns %s', (state, code, verdict) => {
  const report = judgeFinding(found(state), evidence)
  expect(report).toMatchObject({ code, verdict, lifecycle: { state, raw: '01' } })
  expect(report.parts.identity.value).toBe('VALID')
  expect(report.parts.integrity.value).toBe('NOT_CHECKED')
  expect(report.parts.seal.value).toBe('NOT_CHECKED')
})

test('the table covers every state', () => {
  expect(lifecycleStates).toHaveLength(11)
})

test('a licence that the issuer does not have is NOT_FOUND, with nothing said of its state', () => {
  const report = judgeFinding({ ...found('unknown'), existence: 'not-found' }, evidence)
  expect(report).toMatchObject({ code: 'NOT_FOUND', verdict: 'INVALID', group: 'no' })
  expect(report.parts.status).toMatchObject({ value: 'INVALID', reason: 'NOT_FOUND' })
})

test('dates decide where the source has not run its clock; the last day counts, in China’s time', () => {
  expect(judgeFinding(found('valid', { validTo: '2026-11-22' }), evidence).code).toBe('VALID')
  expect(judgeFinding(found('valid', { validTo: '2026-11-21' }), evidence).code).toBe('EXPIRED')
  expect(judgeFinding(found('valid', { validFrom: '2026-11-23' }), evidence).code).toBe('NOT_YET_VALID')
  const lateEvening = { source: 'hunan', at: Date.parse('2026-11-22T16:30:00Z') }
  expect(judgeFinding(found('valid', { validTo: '2026-11-22' }), lateEvening).code).toBe('EXPIRED')
})

test('a claim that differs is MISMATCH unless something worse holds, and the claims are told one by one', () => {
  const claims = { holderName: 'mismatch', number: 'match' } as const
  const report = judgeFinding(found('valid', { claims }), evidence)
  expect(report).toMatchObject({ code: 'MISMATCH', verdict: 'INVALID', fields: claims })
  expect(report.parts.status.value).toBe('VALID')
  expect(judgeFinding(found('revoked', { claims }), evidence).code).toBe('REVOKED')
  expect(judgeFinding(found('expired', { claims }), evidence).code).toBe('MISMATCH')
  expect(judgeFinding(found('valid', { mismatch: true }), evidence).code).toBe('MISMATCH')
})

test('no claims, no fields member', () => {
  expect(judgeFinding(found('valid'), evidence)).not.toHaveProperty('fields')
})
