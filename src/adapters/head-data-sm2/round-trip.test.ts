import fc from 'fast-check'
import { expect, test } from 'vitest'
import { licences, requests, summaries } from '../../../test/dialect-arbitraries.js'
import { contextOf, goldenText } from '../../../test/dialect-golden.js'
import type { CanonicalRequest, Licence } from '../../canonical/model.js'
import type { UsePurpose } from '../../canonical/purpose.js'
import { verdictCodes, verdictReport } from '../../canonical/verdict.js'
import { openingKey, sealingKey } from '../../crypto/sm2-keys.js'
import { judgeFinding } from '../../trust/judge.js'
import type { Loss } from '../adapter.js'
import { headDataSm2 } from './index.js'

const { asker } = JSON.parse(goldenText('head-data-sm2/keys.json')) as { asker: Record<string, string> }
const context = contextOf({
  opening: openingKey(Buffer.from(asker['privateKey'] ?? '', 'hex')),
  sealing: sealingKey(Buffer.from(asker['publicKey'] ?? '', 'hex')),
  secrets: { accessId: 'hutong-test-access', accessToken: 'hutong-test-token-0001' },
})
const MOUNT = '/in/fujian'

/** What the page says of a purpose: what is left of it, and what is lost. */
function purposeLeft(purpose: UsePurpose): { left: UsePurpose; losses: Loss[] } {
  const { operator, caseNumber, reason, itemName, category } = purpose
  const losses: Loss[] = []
  const isItem = category === 'item'
  if (operator.name !== null) losses.push({ field: 'purpose.operator.name', reason: 'no-slot' })
  if (operator.assurance === 'authenticated') losses.push({ field: 'purpose.operator.assurance', reason: 'narrowed' })
  if (!isItem && itemName !== null) losses.push({ field: 'purpose.itemName', reason: 'no-slot' })
  const caseLost = caseNumber?.includes('；') ?? false
  if (caseLost) losses.push({ field: 'purpose.caseNumber', reason: 'no-slot' })
  const idLost = operator.id.includes('；')
  if (idLost) losses.push({ field: 'purpose.operator.id', reason: 'no-slot' })
  const ending = `；办件编号：${caseLost ? '无' : (caseNumber ?? '无')}；经办人：${idLost ? '无' : operator.id}`
  const cut = reason.length + ending.length > 200
  if (cut) losses.push({ field: 'purpose.reason', reason: 'narrowed' })
  const shortened = reason.slice(0, 200 - ending.length)
  const left: UsePurpose = {
    ...purpose,
    operator: { id: idLost ? 'hutong-test-access' : operator.id, name: null, assurance: 'asserted' },
    itemName: isItem ? itemName : null,
    caseNumber: caseLost ? null : caseNumber,
    reason: cut && !shortened.isWellFormed() ? shortened.slice(0, -1) : shortened,
  }
  return { left, losses }
}

test('a question comes back but for its losses, field by field', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      if (request.operation === 'search' && request.typeCode === null) {
        await expect(headDataSm2.outbound.encode(request, MOUNT, context)).rejects.toMatchObject({
          code: 'OPERATION_UNSUPPORTED',
          subject: 'typeCode',
        })
        return
      }
      const { value, losses } = await headDataSm2.outbound.encode(request, MOUNT, context)
      const { left, losses: ofPurpose } = purposeLeft(request.purpose)
      const ofQuestion: Loss[] = []
      if (request.trace !== '') ofQuestion.push({ field: 'trace', reason: 'no-slot' })
      if (request.hops.length > 0) ofQuestion.push({ field: 'hops', reason: 'no-slot' })
      if (request.deadline !== null) ofQuestion.push({ field: 'deadline', reason: 'no-slot' })
      expect(losses).toEqual([...ofQuestion, ...ofPurpose])
      const { category } = request.purpose
      if (category === 'public' || (left.caseNumber === null && category !== 'own-licences')) {
        expect(() => headDataSm2.inbound.decode(value)).toThrow('PURPOSE_INVALID')
        return
      }
      const decoded = headDataSm2.inbound.decode(value)
      expect(decoded.request).toEqual({ ...request, trace: '', hops: [], deadline: null, purpose: left })
      const defaulted = left.operator.id === 'hutong-test-access'
      expect(decoded.losses).toEqual(defaulted ? [{ field: 'purpose.operator.id', reason: 'defaulted' }] : [])
      expect((await headDataSm2.inbound.authenticate(value, decoded, context)).strength).toBe('loopback-secret')
    }),
    { numRuns: 300 },
  )
})

const purpose = {
  organisation: '福建省政务服务系统（测试）',
  operator: { id: 'fj-window-07', name: null, assurance: 'asserted' },
  category: 'item',
  itemCode: 'FJ-TEST-0001',
  itemName: '登记',
  caseNumber: 'FJ1',
  reason: '核验',
} as const
const asked = { purpose, trace: '', hops: [], deadline: null }

async function answered(request: CanonicalRequest, answer: Parameters<typeof headDataSm2.inbound.encode>[0]) {
  const sent = (await headDataSm2.outbound.encode(request, MOUNT, context)).value
  const written = await headDataSm2.inbound.encode(answer, headDataSm2.inbound.decode(sent), context)
  const read = await headDataSm2.outbound.decode(written.value, sent, request, context)
  return { read: read.value, lost: written.losses, unread: read.losses }
}

const lost = (losses: readonly Loss[], field: string) => losses.some((loss) => loss.field === field)

/** Every field that is not reported as lost is as it was; every field that is, is not. */
function comparable(licence: Licence, losses: readonly Loss[], read: Licence): Licence {
  const { lifecycle, holders } = licence
  const stateLost = lost(losses, 'lifecycle.state')
  expect(read.lifecycle.state !== lifecycle.state).toBe(stateLost)
  return {
    ...licence,
    validToRaw: lost(losses, 'validToRaw') ? null : licence.validToRaw,
    holders: lost(losses, 'holders.name') ? holders.map((holder) => ({ ...holder, name: null })) : holders,
    lifecycle: {
      state: stateLost ? read.lifecycle.state : lifecycle.state,
      raw: lost(losses, 'lifecycle.raw') || lifecycle.raw === null ? read.lifecycle.raw : lifecycle.raw,
      encumbrances: lost(losses, 'lifecycle.encumbrances') ? [] : lifecycle.encumbrances,
    },
  }
}

test('a licence comes back but for its losses, field by field', async () => {
  await fc.assert(
    fc.asyncProperty(licences, async (licence) => {
      const request: CanonicalRequest = { operation: 'getData', licenceId: licence.id, ...asked }
      const { read, lost: losses, unread } = await answered(request, { operation: 'getData', licence })
      expect(unread).toEqual([])
      expect(read.operation).toBe('getData')
      if (read.operation !== 'getData') return
      expect(read.licence).toEqual(comparable(licence, losses, read.licence))
      // Nothing but a valid licence is ever read as one.
      expect(read.licence.lifecycle.state === 'valid').toBe(licence.lifecycle.state === 'valid')
    }),
    { numRuns: 60 },
  )
})

test('hits come back but for their life-cycle', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(summaries, { minLength: 1, maxLength: 4 }), async (hits) => {
      const typeCode = hits[0]?.typeCode ?? ''
      const found = hits.filter((hit) => hit.typeCode === typeCode)
      const request: CanonicalRequest = {
        operation: 'search',
        holder: { typeCode: '414', code: 'G12345678', name: null },
        typeCode,
        issuer: null,
        division: '370000',
        ...asked,
      }
      const { read } = await answered(request, { operation: 'search', found })
      const plain = found.map(({ lifecycle: _, ...rest }) => rest)
      expect(read.operation === 'search' && read.found.map(({ lifecycle: _, ...rest }) => rest)).toEqual(plain)
    }),
    { numRuns: 20 },
  )
})

test.each(verdictCodes)('verdict %s is judged the same at the other end, or determines nothing there', async (code) => {
  const [licence] = fc.sample(licences, 1)
  if (licence === undefined) throw new Error('no sample')
  const request: CanonicalRequest = { operation: 'verifyData', licenceId: licence.id, claims: {}, ...asked }
  const states = { VALID: 'valid', REVOKED: 'withdrawn', CANCELLED: 'abolished', SUPERSEDED: 'superseded' } as const
  const state = Object.hasOwn(states, code) ? states[code as keyof typeof states] : 'unknown'
  const report = verdictReport({ code, parts: {}, lifecycle: { state, raw: '9', encumbrances: [] } })
  try {
    const { read, lost: losses } = await answered(request, { operation: 'verifyData', licenceId: licence.id, report })
    const judged = read.operation === 'verifyData' && judgeFinding(read.finding, { source: 'shandong', at: 0 }).code
    // By identifier alone no seal and no digest is judged; what is reported is that something does not agree.
    expect(judged).toBe(code === 'TAMPERED' || code === 'SEAL_INVALID' ? 'MISMATCH' : code)
    const exact = ['VALID', 'NOT_YET_VALID', 'SUSPENDED', 'EXPIRED', 'STATUS_UNKNOWN', 'NOT_FOUND', 'MISMATCH']
    expect(lost(losses, 'code')).toBe(!exact.includes(code))
  } catch (thrown) {
    expect(report.group).toBe('un')
    expect(thrown).toMatchObject({ code: expect.stringMatching(/^(?:ISSUER_|LICENCE_WITHHELD|OPERATION_UNSUPPORTED)/) })
  }
})
