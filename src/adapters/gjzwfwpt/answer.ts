import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import { type LicenceId, licenceIdParts, parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer, Licence, LicenceSummary } from '../../canonical/model.js'
import type { Loss, Translated } from '../adapter.js'
import { readDate, readValidTo, type ValidTo } from '../wire/dates.js'
import { joinHolders, splitHolders } from '../wire/holders.js'
import { readMessageCode, verdictMessage } from '../wire/message-code.js'
import { isJsonArray, isJsonObject, optionalCode, optionalText, safeName } from '../wire/read.js'
import { readStatus, writeStatus } from '../wire/status-table.js'
import { findingOf, resultOf } from '../wire/verify-result.js'
import { FAILED, OK, replyFailure, statusTable } from './codes.js'
import type { GjMessage } from './envelope.js'
import { readPairs, writePairs } from './request.js'

const FAULT = 'REPLY_MALFORMED'
const SUCCESS = '成功'
const dataFields = new Set([
  'certificateidentifier',
  'certificatename',
  'certificatetypecode',
  'certificatetypename',
  'certificatenumber',
  'certificateissuingauthoritycode',
  'certificateissuingauthorityname',
  'certificateissueddate',
  'certificateeffectivedate',
  'certificateexpiringdate',
  'certificateholdername',
  'certificateholdercode',
  'certificateholdertypecode',
  'certificatestatus',
  'extend_info',
])

/** @throws HubError the failure that the reply reports, REPLY_MISMATCH or REPLY_MALFORMED */
export function readAnswer({ code, message, body }: GjMessage, asked: CanonicalRequest): Translated<IssuerAnswer> {
  if (code !== OK) {
    const failure = replyFailure(code, message)
    if (failure.code === 'LICENCE_NOT_FOUND' && asked.operation !== 'getData') return notFound(asked)
    throw failure
  }
  if (asked.operation === 'search') return readHits(body, asked.typeCode)
  if (isEmpty(body)) {
    if (asked.operation === 'verifyData') return notFound(asked)
    throw new HubError('LICENCE_NOT_FOUND')
  }
  if (!isJsonObject(body)) throw new HubError(FAULT, { subject: 'data' })
  if (readId(body) !== asked.licenceId) throw new HubError('REPLY_MISMATCH', { subject: 'certificateidentifier' })
  return asked.operation === 'getData' ? readLicence(body, asked.licenceId) : readFinding(body, message, asked)
}

type Verifying = Extract<CanonicalRequest, { operation: 'verifyData' }>

function notFound(asked: CanonicalRequest): Translated<IssuerAnswer> {
  if (asked.operation !== 'verifyData') return { value: { operation: 'search', found: [] }, losses: [] }
  const { licenceId } = asked
  const nothing = { status: null, mark: undefined, validFrom: null, validTo: null, claims: [] }
  return {
    value: { operation: 'verifyData', licenceId, finding: findingOf({ result: '5', ...nothing }) },
    losses: [],
  }
}

function isEmpty(body: JsonValue): boolean {
  return body === null || (typeof body === 'object' && Object.keys(body).length === 0)
}

function readHits(body: JsonValue, typeCode: string | null): Translated<IssuerAnswer> {
  const list = body ?? []
  if (!isJsonArray(list)) throw new HubError(FAULT, { subject: 'data' })
  const found = list.map((item) => (isJsonObject(item) ? readHit(item) : fail('data')))
  if (typeCode !== null && found.some((hit) => licenceIdParts(hit.id).type !== typeCode)) {
    throw new HubError('REPLY_MISMATCH', { subject: 'certificatetypecode' })
  }
  return { value: { operation: 'search', found }, losses: [] }
}

function readHit(item: JsonObject): LicenceSummary {
  const id = readId(item)
  return { id, ...readHead(item, id), lifecycle: readStatus(statusTable, code(item, 'certificatestatus')) }
}

/** What a hit and a licence have in common. */
function readHead(item: JsonObject, id: LicenceId) {
  const { type, issuer } = licenceIdParts(id)
  return {
    name: text(item, 'certificatename'),
    typeCode: text(item, 'certificatetypecode') ?? type,
    issuer: {
      code: text(item, 'certificateissuingauthoritycode') ?? issuer,
      name: text(item, 'certificateissuingauthorityname'),
    },
  }
}

function readLicence(body: JsonObject, id: LicenceId): Translated<IssuerAnswer> {
  const holders = splitHolders(
    {
      names: text(body, 'certificateholdername') ?? '',
      codes: text(body, 'certificateholdercode') ?? '',
      typeCodes: text(body, 'certificateholdertypecode') ?? '',
    },
    'certificateholdertypecode',
  )
  const end = readEnd(body)
  const licence: Licence = {
    id,
    ...readHead(body, id),
    typeName: text(body, 'certificatetypename'),
    number: text(body, 'certificatenumber'),
    holders: holders.value,
    issuedOn: date(body, 'certificateissueddate'),
    validFrom: date(body, 'certificateeffectivedate'),
    validTo: end.date,
    validToRaw: end.raw,
    lifecycle: readStatus(statusTable, code(body, 'certificatestatus')),
    fields: Object.fromEntries(readPairs(body['extend_info'], FAULT)),
  }
  const unknown = Object.keys(body).filter((name) => !dataFields.has(name))
  const losses: Loss[] = unknown.map((name) => ({ field: safeName(name), reason: 'no-slot' }))
  return { value: { operation: 'getData', licence }, losses: [...holders.losses, ...losses] }
}

function readFinding(body: JsonObject, message: string, asked: Verifying): Translated<IssuerAnswer> {
  const result = code(body, 'result') ?? fail('result')
  if (result === '6') throw new HubError('ISSUER_FAILED', { subject: 'result-6' })
  const raw = code(body, 'certificatestatus')
  const finding = findingOf({
    result,
    status: raw === null ? null : readStatus(statusTable, raw),
    mark: readMessageCode(message),
    validFrom: date(body, 'certificateeffectivedate'),
    validTo: readEnd(body).date,
    claims: Object.keys(asked.claims),
  })
  return { value: { operation: 'verifyData', licenceId: asked.licenceId, finding }, losses: [] }
}

function readId(body: JsonObject): LicenceId {
  try {
    return parseLicenceId(body['certificateidentifier'])
  } catch (cause) {
    throw new HubError(FAULT, { subject: 'certificateidentifier', cause })
  }
}

function readEnd(body: JsonObject): ValidTo {
  return readValidTo(text(body, 'certificateexpiringdate') ?? '') ?? fail('certificateexpiringdate')
}

function date(body: JsonObject, name: string): string | null {
  const given = text(body, name)
  return given === null ? null : (readDate(given) ?? fail(name))
}

function text(body: JsonObject, name: string): string | null {
  return optionalText(body, name, name, FAULT)
}

function code(body: JsonObject, name: string): string | null {
  return optionalCode(body, name, name, FAULT)
}

function fail(subject: string): never {
  throw new HubError(FAULT, { subject })
}

export function writeAnswer(answer: CanonicalAnswer, { operation }: GjMessage): Translated<GjMessage> {
  const losses: Loss[] = []
  const reply = { operation, code: OK, message: SUCCESS }
  switch (answer.operation) {
    case 'search':
      return { value: { ...reply, body: answer.found.map((hit) => writeHit(hit, losses)) }, losses }
    case 'getData':
      return { value: { ...reply, body: writeLicence(answer.licence, losses) }, losses }
    case 'verifyData':
      return { value: { ...reply, ...writeVerdict(answer, losses) }, losses }
  }
}

function writeHit(hit: LicenceSummary, losses: Loss[]): JsonValue {
  const { id, name, typeCode, issuer, lifecycle } = hit
  return {
    certificateidentifier: id,
    certificatename: name ?? '',
    certificatetypecode: typeCode,
    certificateissuingauthoritycode: issuer.code,
    certificateissuingauthorityname: issuer.name ?? '',
    certificatestatus: writeStatus(statusTable, lifecycle, losses),
  }
}

function writeLicence(licence: Licence, losses: Loss[]): JsonValue {
  const holders = joinHolders(licence.holders, ',')
  losses.push(...holders.losses)
  return {
    certificateidentifier: licence.id,
    certificatename: licence.name ?? '',
    certificatetypecode: licence.typeCode,
    certificatetypename: licence.typeName ?? '',
    certificatenumber: licence.number ?? '',
    certificateissuingauthoritycode: licence.issuer.code,
    certificateissuingauthorityname: licence.issuer.name ?? '',
    certificateissueddate: licence.issuedOn ?? '',
    certificateeffectivedate: licence.validFrom ?? '',
    certificateexpiringdate: licence.validTo ?? openEnd(licence.validToRaw, losses),
    certificateholdername: holders.value.names,
    certificateholdercode: holders.value.codes,
    certificateholdertypecode: holders.value.typeCodes,
    certificatestatus: writeStatus(statusTable, licence.lifecycle, losses),
    extend_info: writePairs(licence.fields),
  }
}

/** What the source wrote in place of an end, if a reader of this dialect takes it for the same. */
function openEnd(raw: string | null, losses: Loss[]): string {
  if (raw === null) return ''
  if (readValidTo(raw)?.raw === raw) return raw
  losses.push({ field: 'validToRaw', reason: 'no-slot' })
  return ''
}

function writeVerdict(
  answer: Extract<CanonicalAnswer, { operation: 'verifyData' }>,
  losses: Loss[],
): Pick<GjMessage, 'code' | 'message' | 'body'> {
  const { licenceId, report, validFrom, validTo } = answer
  losses.push({ field: 'parts', reason: 'no-slot' })
  if (report.fields !== undefined) losses.push({ field: 'fields', reason: 'no-slot' })
  const written = resultOf(report.code)
  if (written?.exact !== true) losses.push({ field: 'code', reason: 'narrowed' })
  // A verdict that determines nothing must not look like one that does.
  if (written === undefined) return { code: FAILED, message: verdictMessage(report.code), body: null }
  const body = {
    certificateidentifier: licenceId,
    result: written.result,
    certificatestatus: writeStatus(statusTable, report.lifecycle, losses),
    ...(validFrom === undefined || validFrom === null ? {} : { certificateeffectivedate: validFrom }),
    ...(validTo === undefined || validTo === null ? {} : { certificateexpiringdate: validTo }),
  }
  return { code: OK, message: written.exact ? SUCCESS : verdictMessage(report.code), body }
}
