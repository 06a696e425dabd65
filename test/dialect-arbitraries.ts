import fc from 'fast-check'
import { formatLicenceId, type LicenceId, licenceIdParts } from '../src/canonical/licence-id.js'
import { encumbrances, type Lifecycle, lifecycleStates } from '../src/canonical/lifecycle.js'
import type {
  CanonicalRequest,
  Claims,
  GetDataRequest,
  Holder,
  Licence,
  LicenceSummary,
  SearchRequest,
  VerifyDataRequest,
} from '../src/canonical/model.js'
import { type PurposeCategory, purposeCategories, type UsePurpose } from '../src/canonical/purpose.js'

const WORD = /^[A-Za-z0-9一-丠（）()〔〕'"\\<>&,^；：. -]{1,24}$/
const word = fc.stringMatching(WORD)
const code = fc.stringMatching(/^[A-Za-z0-9-]{1,24}$/)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

export const licenceIds: fc.Arbitrary<LicenceId> = fc
  .record({
    type: fc.constantFrom('11100000000013338W011', '11100000000013661B006', '11100000717823004M004'),
    issuer: fc.constantFrom('11430000006122244L', '11370000MA0000TX0H', '340100'),
    serial: fc.stringMatching(/^[0-9A-Z]{1,32}$/),
    version: fc.stringMatching(/^\d{3}$/),
  })
  .map((parts) => formatLicenceId(parts))

const days = fc
  .tuple(fc.integer({ min: 1990, max: 2060 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([year, month, day]) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`)

const holder: fc.Arbitrary<Holder> = fc.oneof(
  fc.record({
    typeCode: fc.constant('001'),
    code: fc.constantFrom('91370000MA0000TX1C', '11370000MA0000TX0H'),
    name: optional(word),
  }),
  fc.record({
    typeCode: fc.constant('111'),
    code: fc.constantFrom('11010519491231002X', '990001199001010013'),
    name: optional(word),
  }),
  fc.record({ typeCode: fc.constant('414'), code: fc.stringMatching(/^[A-Z]\d{8}$/), name: optional(word) }),
)

export const lifecycles: fc.Arbitrary<Lifecycle> = fc.record({
  state: fc.constantFrom(...lifecycleStates),
  raw: optional(fc.constantFrom('1', '2', '01', '07', '77', '11', '12', '-2', '-4', '-9', 'ISSUED', '有效')),
  encumbrances: fc.uniqueArray(fc.constantFrom(...encumbrances)),
})

// No JSON that we read has a member of the other names.
const faceNames = fc
  .stringMatching(/^[A-Za-z一-丠_]{1,12}$/)
  .filter((name) => !/^(?:__proto__|constructor|prototype)$/.test(name))
const faces = fc.dictionary(faceNames, fc.oneof(word, fc.constant('')), {
  maxKeys: 5,
})

const open = fc.constantFrom('长期', '9999-12-30', '9999-12-31', '99991231')

/** Licences as any dialect may hand them over. */
export const licences: fc.Arbitrary<Licence> = fc
  .record({
    id: licenceIds,
    name: optional(word),
    typeName: optional(word),
    number: optional(word),
    issuer: fc.record({ code: fc.constantFrom('11430000006122244L', '340100'), name: optional(word) }),
    holders: fc.array(holder, { maxLength: 3 }),
    issuedOn: optional(days),
    validFrom: optional(days),
    end: fc.oneof(
      days.map((validTo) => ({ validTo, validToRaw: null })),
      optional(fc.oneof(open, fc.constant('1Y'))).map((validToRaw) => ({ validTo: null, validToRaw })),
    ),
    lifecycle: lifecycles,
    fields: faces,
  })
  .map(({ end, ...rest }) => ({ ...rest, ...end, typeCode: licenceIdParts(rest.id).type }))

export const summaries: fc.Arbitrary<LicenceSummary> = licences.map(({ id, name, typeCode, issuer, lifecycle }) => ({
  id,
  name,
  typeCode,
  issuer,
  lifecycle,
}))

const needsCase = (category: PurposeCategory) => category !== 'own-licences' && category !== 'public'

const purposes: fc.Arbitrary<UsePurpose> = fc
  .record({
    organisation: word,
    operator: fc.record({
      id: fc.oneof(code, word),
      name: optional(word),
      assurance: fc.constantFrom('asserted', 'authenticated'),
    }),
    category: fc.constantFrom(...purposeCategories),
    itemCode: code,
    itemName: optional(word),
    caseNumber: fc.oneof(code, word),
    reason: fc.oneof(word, fc.string({ unit: fc.constantFrom('甲', '😀', 'a'), minLength: 70, maxLength: 100 })),
  })
  .map((purpose) => ({
    ...purpose,
    itemCode: purpose.category === 'item' ? purpose.itemCode : null,
    caseNumber: needsCase(purpose.category) ? purpose.caseNumber : null,
  }))

const asked = {
  purpose: purposes,
  trace: fc.constantFrom('', '7f3a9c52e1b04d68'),
  hops: fc.constantFrom([], ['gateway-a']),
  deadline: optional(fc.constant(1_700_000_008_000)),
}

const claims: fc.Arbitrary<Claims> = fc
  .record(
    { name: word, number: word, holderName: word, holderCode: code, issuedOn: days, validFrom: days, validTo: days },
    { requiredKeys: [] },
  )
  .chain((metadata) => faces.map((face) => ({ ...Object.fromEntries(nonEmpty(face)), ...metadata })))

// An empty text is no claim.
function nonEmpty(face: Record<string, string>): [string, string][] {
  const metadata = ['name', 'number', 'holderName', 'holderCode', 'issuedOn', 'validFrom', 'validTo']
  return Object.entries(face).filter(([name, value]) => value !== '' && !metadata.includes(name))
}

const searches: fc.Arbitrary<SearchRequest> = fc.record({
  operation: fc.constant('search'),
  holder,
  typeCode: optional(fc.constant('11100000000013661B006')),
  issuer: optional(fc.constant('11370000MA0000TX0H')),
  division: optional(fc.constant('370000')),
  ...asked,
})
const fetches: fc.Arbitrary<GetDataRequest> = fc.record({
  operation: fc.constant('getData'),
  licenceId: licenceIds,
  ...asked,
})
const verifications: fc.Arbitrary<VerifyDataRequest> = fc.record({
  operation: fc.constant('verifyData'),
  licenceId: licenceIds,
  claims,
  ...asked,
})

export const requests: fc.Arbitrary<CanonicalRequest> = fc.oneof(searches, fetches, verifications)
