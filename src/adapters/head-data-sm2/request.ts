import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { readDivision } from '../../canonical/division.js'
import { HubError } from '../../canonical/errors.js'
import { licenceIdParts, parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalRequest, Claims } from '../../canonical/model.js'
import { isUscc } from '../../canonical/uscc.js'
import type { Loss, Translated } from '../adapter.js'
import { readDate } from '../wire/dates.js'
import { FACE_PREFIX, faceName } from '../wire/face-fields.js'
import { readHolderCode } from '../wire/holders.js'
import { unwrapJson } from '../wire/json-exchange.js'
import { questionLosses } from '../wire/purpose-names.js'
import { isJsonObject, optionalText, requireText, safeName, shortText } from '../wire/read.js'
import type { HeadDataMessage } from './envelope.js'
import { readUseCause, writeUseCause } from './use-cause.js'

/** Claims about metadata by wire name; the first three are EST, the others INF. */
const claimFields = {
  holderCode: 'holderCode',
  holderName: 'holder',
  number: 'certNo',
  name: 'certificateName',
  issuedOn: 'certificateIssuedDate',
  validFrom: 'certificateEffectiveDate',
  validTo: 'certificateExpiringDate',
} as const
type ClaimName = keyof typeof claimFields
const claimOf: ReadonlyMap<string, string> = new Map(Object.entries(claimFields).map(([name, field]) => [field, name]))
const dates: readonly string[] = ['issuedOn', 'validFrom', 'validTo']
const CLAIM_LIMIT = 64

type Served = CanonicalRequest['operation']
const known: Readonly<Record<Served, ReadonlySet<string>>> = {
  search: new Set([
    'useCause',
    'holderCode',
    'holderTypeCode',
    'certTypeCode',
    'certNo',
    'holder',
    'certificateIssuingAuthorityCode',
    'certificateAreaCode',
  ]),
  getData: new Set(['useCause', 'certIdentifier']),
  verifyData: new Set(['useCause', 'certTypeCode', 'certData', 'certIdentifier']),
}

/** @throws HubError REQUEST_INVALID, LICENCE_ID_…, HOLDER_CODE_MALFORMED or PURPOSE_… */
export function readRequest({ operation, accessId, data }: HeadDataMessage): Translated<CanonicalRequest> {
  if (operation !== 'search' && operation !== 'getData' && operation !== 'verifyData') throw new HubError('INTERNAL')
  if (!isJsonObject(data)) throw new HubError('REQUEST_INVALID', { subject: 'data' })
  onlyKnown(data, known[operation])
  const { value: purpose, losses } = readUseCause(data['useCause'], accessId)
  const number: Loss[] = optionalText(data, 'certNo') === null ? [] : [{ field: 'number', reason: 'no-slot' }]
  const value = { ...readSubject(operation, data), purpose, trace: '', hops: [], deadline: null }
  return { value, losses: [...losses, ...number] }
}

function readSubject(operation: Served, data: JsonObject) {
  if (operation === 'search') {
    const typeCode = requireText(data, 'holderTypeCode')
    if (!/^\d{3}$/.test(typeCode)) refuse('holderTypeCode')
    const code = shortText(data, 'holderCode', 64) ?? refuse('holderCode')
    const area = optionalText(data, 'certificateAreaCode')
    return {
      operation,
      holder: { typeCode, code: readHolderCode(typeCode, code, 'holderCode'), name: shortText(data, 'holder', 200) },
      typeCode: readTypeCode(data),
      issuer: readIssuer(data),
      division: area === null ? null : (readDivision(area) ?? refuse('certificateAreaCode')),
    }
  }
  const licenceId = parseLicenceId(requireText(data, 'certIdentifier'))
  if (operation === 'getData') return { operation, licenceId }
  // Two names for one thing: a question that contradicts itself has no answer.
  if (requireText(data, 'certTypeCode') !== licenceIdParts(licenceId).type) refuse('certTypeCode')
  return { operation, licenceId, claims: readClaims(data['certData']) }
}

function readTypeCode(data: JsonObject): string {
  const code = requireText(data, 'certTypeCode')
  return /^[0-9A-Z]{1,40}$/.test(code) ? code : refuse('certTypeCode')
}

function readIssuer(data: JsonObject): string | null {
  const code = optionalText(data, 'certificateIssuingAuthorityCode')
  return code === null || isUscc(code) ? code : refuse('certificateIssuingAuthorityCode')
}

function readClaims(value: JsonValue | undefined): Claims {
  const certData = unwrapJson(value)
  if (!isJsonObject(certData)) return refuse('certData')
  const members = Object.keys(certData)
  if (members.length > CLAIM_LIMIT) refuse('certData')
  const claims: [string, string][] = []
  for (const member of members) {
    const name = claimOf.get(member) ?? faceClaim(member)
    const text = optionalText(certData, member, safeName(member))
    if (text !== null) claims.push([name, dates.includes(name) ? (readDate(text) ?? text) : text])
  }
  return Object.fromEntries(claims)
}

function faceClaim(member: string): string {
  if (!member.startsWith(FACE_PREFIX)) refuse(safeName(member))
  const name = faceName(member, 'REQUEST_INVALID')
  // In a claim these names mean metadata.
  return Object.hasOwn(claimFields, name) ? refuse(safeName(member)) : name
}

function onlyKnown(data: JsonObject, names: ReadonlySet<string>): void {
  for (const name of Object.keys(data)) {
    if (!names.has(name)) refuse(safeName(name))
  }
}

/** @throws HubError OPERATION_UNSUPPORTED for a search without a type, which the dialect does not have */
export function writeRequest(request: CanonicalRequest): Translated<HeadDataMessage> {
  const losses = questionLosses(request)
  const data = { ...writeSubject(request), useCause: writeUseCause(request.purpose, losses) }
  const empty = { accessId: '', accessToken: '', status: '', message: '', sealed: null }
  return { value: { ...empty, operation: request.operation, data }, losses }
}

function writeSubject(request: CanonicalRequest): Record<string, JsonValue> {
  switch (request.operation) {
    case 'search': {
      const { holder, typeCode, issuer, division } = request
      if (typeCode === null) throw new HubError('OPERATION_UNSUPPORTED', { subject: 'typeCode' })
      return {
        holderCode: holder.code,
        holderTypeCode: holder.typeCode,
        certTypeCode: typeCode,
        ...(holder.name === null ? {} : { holder: holder.name }),
        ...(issuer === null ? {} : { certificateIssuingAuthorityCode: issuer }),
        ...(division === null ? {} : { certificateAreaCode: division }),
      }
    }
    case 'getData':
      return { certIdentifier: request.licenceId }
    case 'verifyData': {
      const { licenceId, claims } = request
      return {
        certTypeCode: licenceIdParts(licenceId).type,
        certData: Object.fromEntries(Object.entries(claims).map(([name, value]) => [claimField(name), value])),
        certIdentifier: licenceId,
      }
    }
  }
}

function claimField(name: string): string {
  return Object.hasOwn(claimFields, name) ? claimFields[name as ClaimName] : FACE_PREFIX + name
}

function refuse(subject: string): never {
  throw new HubError('REQUEST_INVALID', { subject })
}
