import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { readDivision } from '../../canonical/division.js'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalRequest, Claims, VerifyDataRequest } from '../../canonical/model.js'
import type { UsePurpose } from '../../canonical/purpose.js'
import { isUscc } from '../../canonical/uscc.js'
import type { Loss, Translated } from '../adapter.js'
import { readDate } from '../wire/dates.js'
import { FACE_PREFIX, faceName } from '../wire/face-fields.js'
import { readHolderCode } from '../wire/holders.js'
import { needsCase, nonItemNames, nonItemOf, questionLosses } from '../wire/purpose-names.js'
import { isJsonArray, isJsonObject, optionalText, requireText, safeName, shortText } from '../wire/read.js'
import { type GjMessage, type GjOperation, isGjOperation } from './envelope.js'

/** Claims about metadata by wire name. Both directions; a claim under any other name is a face field. */
const claimFields = {
  name: 'certificatename',
  number: 'certificatenumber',
  holderName: 'certificateholdername',
  holderCode: 'certificateholdercode',
  issuedOn: 'certificateissueddate',
  validFrom: 'certificateeffectivedate',
  validTo: 'certificateexpiringdate',
} as const
type ClaimName = keyof typeof claimFields
const dates: readonly string[] = ['issuedOn', 'validFrom', 'validTo']
const CLAIM_LIMIT = 64

const purposeLimits = { orgname: 200, username: 100, itemname: 200, itemcode: 100, businesscode: 100, usefor: 200 }
const purposeFields = Object.keys(purposeLimits)
const known: Readonly<Record<GjOperation, ReadonlySet<string>>> = {
  search: new Set([
    ...purposeFields,
    'certificateholdercode',
    'certificateholdertypecode',
    'certificateholdername',
    'certificatetypecode',
    'certificateissuingauthoritycode',
    'certificateareacode',
  ]),
  getData: new Set([...purposeFields, 'certificateidentifier']),
  verifyData: new Set([...purposeFields, 'certificateidentifier', 'extend_info', ...Object.values(claimFields)]),
}

/** @throws HubError REQUEST_INVALID, LICENCE_ID_…, HOLDER_CODE_MALFORMED or PURPOSE_… */
export function readRequest({ operation, body }: GjMessage): Translated<CanonicalRequest> {
  if (!isGjOperation(operation) || !isJsonObject(body)) throw new HubError('INTERNAL')
  for (const name of Object.keys(body)) {
    // A mistyped claim would otherwise pass for one that was checked.
    if (!known[operation].has(name)) throw new HubError('REQUEST_INVALID', { subject: safeName(name) })
  }
  const purpose = readPurpose(body)
  return { value: { ...readSubject(operation, body), purpose, trace: '', hops: [], deadline: null }, losses: [] }
}

function readSubject(operation: GjOperation, body: JsonObject) {
  if (operation === 'search') {
    const typeCode = requireText(body, 'certificateholdertypecode')
    if (!/^\d{3}$/.test(typeCode)) refuse('certificateholdertypecode')
    const code = shortText(body, 'certificateholdercode', 64) ?? refuse('certificateholdercode')
    const area = optionalText(body, 'certificateareacode')
    return {
      operation,
      holder: {
        typeCode,
        code: readHolderCode(typeCode, code, 'certificateholdercode'),
        name: shortText(body, 'certificateholdername', 200),
      },
      typeCode: readTypeCode(body),
      issuer: readIssuer(body),
      division: area === null ? null : (readDivision(area) ?? refuse('certificateareacode')),
    }
  }
  const licenceId = parseLicenceId(body['certificateidentifier'])
  return operation === 'getData' ? { operation, licenceId } : { operation, licenceId, claims: readClaims(body) }
}

function readTypeCode(body: JsonObject): string | null {
  const code = optionalText(body, 'certificatetypecode')
  return code === null || /^[0-9A-Z]{1,40}$/.test(code) ? code : refuse('certificatetypecode')
}

function readIssuer(body: JsonObject): string | null {
  const code = optionalText(body, 'certificateissuingauthoritycode')
  return code === null || isUscc(code) ? code : refuse('certificateissuingauthoritycode')
}

function readClaims(body: JsonObject): Claims {
  const claims: [string, string][] = []
  for (const [name, field] of Object.entries(claimFields)) {
    const text = optionalText(body, field)
    if (text !== null) claims.push([name, dates.includes(name) ? (readDate(text) ?? text) : text])
  }
  for (const [name, value] of readPairs(body['extend_info'], 'REQUEST_INVALID')) {
    // In a claim these names mean metadata.
    if (Object.hasOwn(claimFields, name)) refuse('extend_info')
    claims.push([name, value])
  }
  if (claims.length > CLAIM_LIMIT) refuse('extend_info')
  return Object.fromEntries(claims)
}

/** `extend_info`: face fields by name, without prefix. @throws HubError `fault`, for a name given twice too */
export function readPairs(
  value: JsonValue | undefined,
  fault: 'REQUEST_INVALID' | 'REPLY_MALFORMED',
): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  const list = value ?? []
  if (!isJsonArray(list)) throw new HubError(fault, { subject: 'extend_info' })
  for (const item of list) {
    if (!isJsonObject(item)) throw new HubError(fault, { subject: 'extend_info' })
    const name = faceName(requireText(item, 'name', 'extend_info.name', fault), fault)
    if (pairs.has(name)) throw new HubError(fault, { subject: 'extend_info.name' })
    pairs.set(name, optionalText(item, 'value', 'extend_info.value', fault) ?? '')
  }
  return pairs
}

export function writePairs(fields: Readonly<Record<string, string>>): JsonValue {
  return Object.entries(fields).map(([name, value]) => ({ name: FACE_PREFIX + name, value }))
}

function readPurpose(body: JsonObject): UsePurpose {
  const texts = Object.entries(purposeLimits).map(([name, limit]) => shortText(body, name, limit))
  if (texts.every((text) => text === null)) throw new HubError('PURPOSE_MISSING')
  const [organisation, id, itemName, itemCode, caseNumber, reason] = texts
  const category = itemCode ? 'item' : nonItemOf(itemName ?? '')
  if (category === undefined) throw new HubError('PURPOSE_INVALID', { subject: 'itemcode' })
  if (!caseNumber && needsCase(category)) throw new HubError('PURPOSE_INVALID', { subject: 'businesscode' })
  return {
    organisation: organisation ?? incomplete('orgname'),
    operator: { id: id ?? incomplete('username'), name: null, assurance: 'asserted' },
    category,
    itemCode: itemCode ?? null,
    itemName: category === 'item' ? (itemName ?? null) : null,
    caseNumber: caseNumber ?? null,
    reason: reason ?? incomplete('usefor'),
  }
}

export function writeRequest(request: CanonicalRequest): Translated<GjMessage> {
  const losses = questionLosses(request)
  const body = { ...writeSubject(request), ...writePurpose(request.purpose, losses) }
  return { value: { operation: request.operation, code: '', message: '', body }, losses }
}

function writeSubject(request: CanonicalRequest): Record<string, JsonValue> {
  switch (request.operation) {
    case 'search': {
      const { holder, typeCode, issuer, division } = request
      return {
        certificateholdercode: holder.code,
        certificateholdertypecode: holder.typeCode,
        ...(holder.name === null ? {} : { certificateholdername: holder.name }),
        ...(typeCode === null ? {} : { certificatetypecode: typeCode }),
        ...(issuer === null ? {} : { certificateissuingauthoritycode: issuer }),
        ...(division === null ? {} : { certificateareacode: division }),
      }
    }
    case 'getData':
      return { certificateidentifier: request.licenceId }
    case 'verifyData':
      return { certificateidentifier: request.licenceId, ...writeClaims(request) }
  }
}

function writeClaims({ claims }: VerifyDataRequest): Record<string, JsonValue> {
  const body: Record<string, JsonValue> = {}
  const faces: [string, string][] = []
  for (const [name, value] of Object.entries(claims)) {
    if (Object.hasOwn(claimFields, name)) body[claimFields[name as ClaimName]] = value
    else faces.push([name, value])
  }
  return faces.length === 0 ? body : { ...body, extend_info: writePairs(Object.fromEntries(faces)) }
}

function writePurpose(purpose: UsePurpose, losses: Loss[]): Record<string, JsonValue> {
  const { organisation, operator, category, itemCode, itemName, caseNumber, reason } = purpose
  const isItem = category === 'item'
  // The five elements are mandatory, so an item without a name is sent under its code.
  if (isItem && itemName === null) losses.push({ field: 'purpose.itemName', reason: 'defaulted' })
  return {
    orgname: organisation,
    username: operator.id,
    itemname: isItem ? (itemName ?? itemCode ?? '') : nonItemNames[category],
    itemcode: isItem ? (itemCode ?? '') : '',
    businesscode: caseNumber ?? '',
    usefor: reason,
  }
}

function incomplete(subject: string): never {
  throw new HubError('PURPOSE_INVALID', { subject })
}

function refuse(subject: string): never {
  throw new HubError('REQUEST_INVALID', { subject })
}
