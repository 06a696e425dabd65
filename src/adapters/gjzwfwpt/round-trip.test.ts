import fc from 'fast-check'
import { expect, test } from 'vitest'
import { licences, requests, summaries } from '../../../test/dialect-arbitraries.js'
import { contextOf } from '../../../test/dialect-golden.js'
import type { CanonicalRequest, Licence } from '../../canonical/model.js'
import { verdictCodes, verdictReport } from '../../canonical/verdict.js'
import { judgeFinding } from '../../trust/judge.js'
import type { Loss } from '../adapter.js'
import { nonItemNames } from '../wire/purpose-names.js'
import { gjzwfwpt } from './index.js'

const sids = { sidSearch: 's_test_0001', sidGetData: 's_test_0002', sidVerifyData: 's_test_0003' }
const context = contextOf({ secrets: { rid: 'rid-test', appsecret: 'hutong-test-appsecret', ...sids } })
const MOUNT = '/in/mca'

/** What the page says of a question's losses, and what is left of it. */
function expected(request: CanonicalRequest): { left: CanonicalRequest; losses: readonly Loss[] } {
  const { purpose, trace, hops, deadline } = request
  const isItem = purpose.category === 'item'
  const losses: Loss[] = []
  const noSlot = (field: string, lost: boolean) => {
    if (lost) losses.push({ field, reason: 'no-slot' })
  }
  noSlot('trace', trace !== '')
  noSlot('hops', hops.length > 0)
  noSlot('deadline', deadline !== null)
  noSlot('purpose.operator.name', purpose.operator.name !== null)
  if (purpose.operator.assurance === 'authenticated')
    losses.push({ field: 'purpose.operator.assurance', reason: 'narrowed' })
  noSlot('purpose.itemName', !isItem && purpose.itemName !== null)
  if (isItem && purpose.itemName === null) losses.push({ field: 'purpose.itemName', reason: 'defaulted' })
  const left: CanonicalRequest = {
    ...request,
    trace: '',
    hops: [],
    deadline: null,
    purpose: {
      ...purpose,
      operator: { id: purpose.operator.id, name: null, assurance: 'asserted' },
      itemName: isItem ? (purpose.itemName ?? purpose.itemCode) : null,
    },
  }
  return { left, losses }
}

test('a question comes back but for its losses, field by field', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const { value, losses } = await gjzwfwpt.outbound.encode(request, MOUNT, context)
      const { left, losses: foreseen } = expected(request)
      expect(losses).toEqual(foreseen)
      if (request.purpose.category === 'public') {
        expect(Buffer.from(value.body).toString()).toContain(nonItemNames.public)
        expect(() => gjzwfwpt.inbound.decode(value)).toThrow('PURPOSE_INVALID')
        return
      }
      const decoded = gjzwfwpt.inbound.decode(value)
      expect([decoded.request, decoded.losses]).toEqual([left, []])
      const proof = await gjzwfwpt.inbound.authenticate(value, decoded, { ...context, session: new Map() })
      expect(proof.strength).toBe('hmac')
    }),
    { numRuns: 300 },
  )
})

const purpose = {
  organisation: '民政部（测试）',
  operator: { id: 'mca-window-07', name: null, assurance: 'asserted' },
  category: 'item',
  itemCode: 'MCA-TEST-0001',
  itemName: '登记',
  caseNumber: 'MZ1',
  reason: '核验',
} as const
const asked = { purpose, trace: '', hops: [], deadline: null }

async function answered(request: CanonicalRequest, answer: Parameters<typeof gjzwfwpt.inbound.encode>[0]) {
  const sent = (await gjzwfwpt.outbound.encode(request, MOUNT, context)).value
  const written = await gjzwfwpt.inbound.encode(answer, gjzwfwpt.inbound.decode(sent), context)
  const read = await gjzwfwpt.outbound.decode(written.value, sent, request, context)
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
    { numRuns: 300 },
  )
})

test('hits come back but for their life-cycle', async () => {
  const request: CanonicalRequest = {
    operation: 'search',
    holder: { typeCode: '414', code: 'G12345678', name: null },
    typeCode: null,
    issuer: null,
    division: '430000',
    ...asked,
  }
  await fc.assert(
    fc.asyncProperty(fc.array(summaries, { maxLength: 4 }), async (found) => {
      const { read } = await answered(request, { operation: 'search', found })
      const plain = found.map(({ lifecycle: _, ...rest }) => rest)
      expect(read.operation === 'search' && read.found.map(({ lifecycle: _, ...rest }) => rest)).toEqual(plain)
    }),
    { numRuns: 100 },
  )
})

test.each(verdictCodes)('verdict %s is judged the same at the other end, or determines nothing there', async (code) => {
  const request: CanonicalRequest = { operation: 'verifyData', licenceId: await anyId(), claims: {}, ...asked }
  const states = { VALID: 'valid', REVOKED: 'withdrawn', CANCELLED: 'abolished', SUPERSEDED: 'superseded' } as const
  const state = Object.hasOwn(states, code) ? states[code as keyof typeof states] : 'unknown'
  const report = verdictReport({ code, parts: {}, lifecycle: { state, raw: '9', encumbrances: [] } })
  try {
    const { read, lost: losses } = await answered(request, {
      operation: 'verifyData',
      licenceId: request.licenceId,
      report,
    })
    const judged = read.operation === 'verifyData' && judgeFinding(read.finding, { source: 'national', at: 0 }).code
    // By identifier alone no seal and no digest is judged; what is reported is that something does not agree.
    expect(judged).toBe(code === 'TAMPERED' || code === 'SEAL_INVALID' ? 'MISMATCH' : code)
    const exact = ['VALID', 'NOT_YET_VALID', 'SUSPENDED', 'EXPIRED', 'STATUS_UNKNOWN', 'NOT_FOUND', 'MISMATCH']
    expect(lost(losses, 'code')).toBe(!exact.includes(code))
  } catch (thrown) {
    expect(report.group).toBe('un')
    expect(thrown).toMatchObject({ code: expect.stringMatching(/^(?:ISSUER_|LICENCE_WITHHELD|OPERATION_UNSUPPORTED)/) })
  }
})

async function anyId() {
  const [licence] = fc.sample(licences, 1)
  if (licence === undefined) throw new Error('no sample')
  return licence.id
}
