import fc from 'fast-check'
import { expect, test } from 'vitest'
import { taxContext, taxRequest } from '../../../test/tax-golden.js'
import type { Division } from '../../canonical/division.js'
import { HubError } from '../../canonical/errors.js'
import { formatLicenceId } from '../../canonical/licence-id.js'
import { encumbrances, type Lifecycle, lifecycleStates } from '../../canonical/lifecycle.js'
import type { CanonicalAnswer, CanonicalRequest, ClaimResult, Licence } from '../../canonical/model.js'
import type { PurposeCategory } from '../../canonical/purpose.js'
import { verdictReport } from '../../canonical/verdict.js'
import type { Loss } from '../adapter.js'
import { taxGt3 } from './index.js'

const units = [
  '测',
  '试',
  '𬱖',
  '㐂',
  '（',
  'a',
  'Z',
  '0',
  '&',
  '<',
  '>',
  ']',
  ']]>',
  '"',
  "'",
  ' ',
  '&amp;',
  '<![CDATA[',
]
const text = (maxLength = 12) => fc.string({ unit: fc.constantFrom(...units), minLength: 1, maxLength })
const anyText = fc.string({ unit: fc.constantFrom(...units, '\n', '\t', '\r', '\u0085', '\ufffd'), maxLength: 12 })
const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null })
const date = fc.integer({ min: 0, max: 40_000 }).map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10))
const licenceId = fc
  .record({
    type: fc.constantFrom('11100000000013338W011', '11100000MB03271699022'),
    issuer: fc.constantFrom('11430000006122244L', '340100'),
    serial: fc.stringMatching(/^[0-9A-Z]{1,20}$/),
    version: fc.stringMatching(/^\d{3}$/),
  })
  .map(formatLicenceId)
const faceName = fc.stringMatching(/^[A-Z]{3,12}$/)
const metadataClaims = {
  name: text(),
  number: text(),
  holderName: text(),
  holderCode: text(),
  issuedOn: date,
  validFrom: date,
  validTo: fc.oneof(date, fc.constant('长期')),
}
const claims = fc
  .tuple(fc.record(metadataClaims, { requiredKeys: [] }), fc.dictionary(faceName, anyText, { maxKeys: 4 }))
  .map(([metadata, faces]): Record<string, string> => ({ ...faces, ...metadata }))

const purpose = fc
  .record({
    organisation: text(),
    operator: fc.record({
      id: text(),
      name: orNull(text()),
      assurance: fc.constantFrom('asserted' as const, 'authenticated' as const),
    }),
    category: fc.constantFrom<PurposeCategory>('item', 'inspection', 'entry-registration', 'hotel', 'own-licences'),
    itemCode: text(),
    itemName: orNull(text()),
    caseNumber: text(),
    reason: text(),
  })
  .map((given) => (given.category === 'own-licences' ? { ...given, itemCode: null } : given))
const asked = fc.record({
  purpose,
  trace: fc.constantFrom('', 'trace-0001'),
  hops: fc.constantFrom([], ['gateway-a']),
  deadline: fc.constantFrom(null, 1_700_000_008_000),
})
const request: fc.Arbitrary<CanonicalRequest> = fc.oneof(
  fc
    .tuple(
      asked,
      fc.record({
        holder: fc.record({
          typeCode: fc.constantFrom('099', '411'),
          code: text(),
          name: orNull(text()),
        }),
        typeCode: orNull(fc.constant('11100000000013338W011')),
        issuer: orNull(fc.constant('11430000006122244L')),
        division: orNull(fc.constant('430000' as Division)),
      }),
    )
    .map(([common, subject]) => ({ operation: 'search' as const, ...subject, ...common })),
  fc.tuple(asked, licenceId).map(([common, id]) => ({ operation: 'getData' as const, licenceId: id, ...common })),
  fc
    .tuple(asked, licenceId, claims)
    .map(([common, id, said]) => ({ operation: 'verifyData' as const, licenceId: id, claims: said, ...common })),
)

test('a question comes back as it was asked, but for what is reported lost', async () => {
  const context = taxContext({ nonce: '0'.repeat(32) })
  await fc.assert(
    fc.asyncProperty(request, async (question) => {
      const { value: wire, losses } = await taxGt3.outbound.encode(question, '/peer', context)
      const decoded = taxGt3.inbound.decode(wire)
      const { operator } = question.purpose
      expect(decoded.request).toEqual({
        ...question,
        purpose: { ...question.purpose, operator: { ...operator, assurance: 'asserted' } },
        hops: [],
        deadline: null,
      })
      const lost: Loss[] = []
      if (question.hops.length > 0) lost.push({ field: 'hops', reason: 'no-slot' })
      if (question.deadline !== null) lost.push({ field: 'deadline', reason: 'no-slot' })
      if (operator.assurance === 'authenticated') lost.push({ field: 'purpose.operator.assurance', reason: 'narrowed' })
      expect(losses).toEqual(lost)
    }),
    { numRuns: 200 },
  )
})

const lifecycle = fc.record({
  state: fc.constantFrom(...lifecycleStates),
  raw: orNull(fc.constantFrom('01', '02', '99', '现势', 'ISSUED', '-3')),
  encumbrances: fc.subarray([...encumbrances]),
})
const STATUSES = { valid: '01', 'not-yet-active': '10', suspended: '02', expired: '05', revoked: '07' } as const
const MORE = { withdrawn: '03', cancelled: '04', abolished: '08', superseded: '09', 'transferred-out': '06' } as const

/** Where the source gave no status of its own, our number for the state stands in for it. */
function readBack(given: Lifecycle): Lifecycle {
  if (given.raw !== null || given.state === 'unknown') return given
  return { ...given, raw: { ...STATUSES, ...MORE }[given.state] }
}

const end = fc.oneof(
  date.map((validTo) => ({ validTo, validToRaw: null })),
  fc.constantFrom('长期', '9999-12-30', '99991231').map((validToRaw) => ({ validTo: null, validToRaw })),
  fc.constant({ validTo: null, validToRaw: null }),
)
const issuer = fc.record({ code: fc.constantFrom('11430000006122244L', '340100'), name: orNull(text()) })
const licence: fc.Arbitrary<Licence> = fc
  .tuple(
    fc.record({
      id: licenceId,
      name: orNull(text()),
      typeCode: fc.constant('11100000000013338W011'),
      typeName: orNull(text()),
      number: orNull(text()),
      issuer,
      holders: fc.array(fc.record({ typeCode: fc.constantFrom('001', '111'), code: text(), name: orNull(text()) }), {
        maxLength: 3,
      }),
      issuedOn: orNull(date),
      validFrom: orNull(date),
      lifecycle,
      fields: fc.dictionary(faceName, anyText, { maxKeys: 4, noNullPrototype: true }),
    }),
    end,
  )
  .map(([rest, ending]) => ({ ...rest, ...ending }))

async function roundTrip(answer: CanonicalAnswer, question: CanonicalRequest) {
  const context = taxContext({ nonce: '0'.repeat(32) })
  const sent = await taxGt3.outbound.encode(question, '', context)
  const reply = await taxGt3.inbound.encode(answer, taxGt3.inbound.decode(sent.value), context)
  const { value } = await taxGt3.outbound.decode(reply.value, sent.value, question, context)
  return { value, losses: reply.losses }
}

const template = taxGt3.inbound.decode(taxRequest('get-data')).request
const { purpose: why } = template
const common = { purpose: why, trace: '', hops: [], deadline: null }

test('licence data comes back as it was given, but for what is reported lost', async () => {
  await fc.assert(
    fc.asyncProperty(licence, async (given) => {
      const question: CanonicalRequest = { operation: 'getData', licenceId: given.id, ...common }
      const { value, losses } = await roundTrip({ operation: 'getData', licence: given }, question)
      expect(value).toEqual({ operation: 'getData', licence: { ...given, lifecycle: readBack(given.lifecycle) } })
      const standsIn = readBack(given.lifecycle).raw !== given.lifecycle.raw
      expect(losses).toEqual(standsIn ? [{ field: 'lifecycle.raw', reason: 'defaulted' }] : [])
    }),
    { numRuns: 200 },
  )
})

test('hits come back as they were given, but for what is reported lost', async () => {
  const summary = fc.record({
    id: licenceId,
    name: orNull(text()),
    typeCode: fc.constant('11100000000013338W011'),
    issuer,
    lifecycle,
  })
  const question: CanonicalRequest = {
    operation: 'search',
    holder: { typeCode: '111', code: '11010519491231002X', name: null },
    typeCode: null,
    issuer: null,
    division: '430000',
    ...common,
  }
  await fc.assert(
    fc.asyncProperty(fc.array(summary, { maxLength: 3 }), async (found) => {
      const { value, losses } = await roundTrip({ operation: 'search', found }, question)
      const read = found.map((hit) => ({ ...hit, lifecycle: readBack(hit.lifecycle) }))
      expect(value).toEqual({ operation: 'search', found: read })
      const standsIn = found.some((hit) => readBack(hit.lifecycle).raw !== hit.lifecycle.raw)
      expect(losses).toEqual(standsIn ? [{ field: 'lifecycle.raw', reason: 'defaulted' }] : [])
    }),
    { numRuns: 100 },
  )
})

const codeOf = {
  valid: 'VALID',
  'not-yet-active': 'NOT_YET_VALID',
  suspended: 'SUSPENDED',
  expired: 'EXPIRED',
  revoked: 'REVOKED',
  withdrawn: 'REVOKED',
  cancelled: 'CANCELLED',
  abolished: 'CANCELLED',
  superseded: 'SUPERSEDED',
  'transferred-out': 'SUPERSEDED',
  unknown: 'STATUS_UNKNOWN',
} as const

test('a verdict comes back as the finding that it was made from', async () => {
  const results = fc.dictionary(
    fc.oneof(fc.constantFrom('holderName', 'number', 'validTo'), faceName),
    fc.constantFrom<ClaimResult>('match', 'mismatch', 'unknown'),
    { maxKeys: 4, noNullPrototype: true },
  )
  await fc.assert(
    fc.asyncProperty(licenceId, lifecycle, results, orNull(date), orNull(date), async (id, state, said, from, to) => {
      const differs = Object.values(said).includes('mismatch')
      const byState = codeOf[state.state]
      const code = differs && byState !== 'REVOKED' ? 'MISMATCH' : byState
      const report = verdictReport({ code, parts: {}, lifecycle: state, fields: said })
      const answer: CanonicalAnswer = { operation: 'verifyData', licenceId: id, report, validFrom: from, validTo: to }
      const question: CanonicalRequest = { operation: 'verifyData', licenceId: id, claims: {}, ...common }
      const { value, losses } = await roundTrip(answer, question)
      expect(value).toEqual({
        operation: 'verifyData',
        licenceId: id,
        finding: {
          existence: 'found',
          lifecycle: readBack(state),
          validFrom: from,
          validTo: to,
          claims: said,
          mismatch: false,
        },
      })
      const standsIn = readBack(state).raw !== state.raw
      expect(losses).toEqual([
        { field: 'parts', reason: 'no-slot' },
        ...(standsIn ? [{ field: 'lifecycle.raw', reason: 'defaulted' }] : []),
      ])
    }),
    { numRuns: 200 },
  )
})

test('an open end that no reader would take for one is reported, not sent', async () => {
  const [given] = fc.sample(licence, 1)
  if (given === undefined) throw new Error('no licence')
  const odd: Licence = { ...given, lifecycle: { ...given.lifecycle, raw: 'x' }, validTo: null, validToRaw: '0/L' }
  const question: CanonicalRequest = { operation: 'getData', licenceId: odd.id, ...common }
  const { value, losses } = await roundTrip({ operation: 'getData', licence: odd }, question)
  expect(value).toMatchObject({ licence: { validTo: null, validToRaw: null } })
  expect(losses).toEqual([{ field: 'validToRaw', reason: 'no-slot' }])
})

test('an issuer’s text that XML cannot carry is its fault, not ours', async () => {
  const [given] = fc.sample(licence, 1)
  if (given === undefined) throw new Error('no licence')
  const question: CanonicalRequest = { operation: 'getData', licenceId: given.id, ...common }
  const answer: CanonicalAnswer = { operation: 'getData', licence: { ...given, fields: { BEIZHU: 'a\0' } } }
  const failed = await roundTrip(answer, question).catch((thrown: unknown) => thrown)
  expect(failed).toBeInstanceOf(HubError)
  expect(failed).toMatchObject({ code: 'REPLY_MALFORMED' })
})
