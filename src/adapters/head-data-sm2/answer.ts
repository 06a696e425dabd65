import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import { type LicenceId, licenceIdParts, parseLicenceId } from '../../canonical/licence-id.js'
import type { Lifecycle } from '../../canonical/lifecycle.js'
import type {
  CanonicalAnswer,
  CanonicalRequest,
  IssuerAnswer,
  IssuerFinding,
  Licence,
  LicenceSummary,
} from '../../canonical/model.js'
import type { VerdictCode } from '../../canonical/verdict.js'
import type { Loss, Translated } from '../adapter.js'
import { readDate, readValidTo, type ValidTo } from '../wire/dates.js'
import { FACE_PREFIX, faceName } from '../wire/face-fields.js'
import { joinHolders, splitHolders } from '../wire/holders.js'
import { readMessageCode, verdictMessage } from '../wire/message-code.js'
import { isJsonArray, isJsonObject, optionalCode, optionalText, safeName } from '../wire/read.js'
import { readStatus, type StatusTable, writeStatus } from '../wire/status-table.js'
import { findingOf, resultOf, type VerifyResult } from '../wire/verify-result.js'
import { NOT_FOUND, OK, readHead, statusOfVerdict } from './codes.js'
import type { HeadDataMessage } from './envelope.js'

const FAULT = 'REPLY_MALFORMED'
const SUCCESS = '接口调用成功'
const NOTHING_FOUND = '未找到匹配的证照信息'
/** Source: EST. */
const resultMessages: Readonly<Record<VerifyResult, string>> = {
  0: '信息正确且有效',
  1: '信息正确且未激活',
  2: '信息正确且证照暂时失效',
  3: '信息正确且证照已失效',
  4: '信息不全无法验证',
  5: '查无此信息',
  6: '请填写certData中参数',
  7: '部分信息有误或不完整',
}

/** Members of a licence. `cert_identifier`, `name` and `certno` are EST, the others INF. */
const members = new Set([
  'cert_identifier',
  'certificateName',
  'name',
  'certificateTypeCode',
  'certificateTypeName',
  'certificateNumber',
  'certno',
  'certificateIssuingAuthorityCode',
  'certificateIssuingAuthorityName',
  'certificateIssuedDate',
  'certificateEffectiveDate',
  'certificateExpiringDate',
  'certificateHolderName',
  'certificateHolderCode',
  'certificateHolderTypeCode',
  'certificateStatus',
])

export interface Answers {
  /** @throws HubError the failure that the reply reports, REPLY_MISMATCH or REPLY_MALFORMED */
  read(message: HeadDataMessage, asked: CanonicalRequest): Translated<IssuerAnswer>
  write(answer: CanonicalAnswer, asked: HeadDataMessage): Translated<HeadDataMessage>
}

/** Reads and writes answers with a deployment's own status codes. */
export function answersWith(table: StatusTable): Answers {
  return {
    read(message, asked) {
      if (message.status !== OK) return readFailure(message, asked)
      const { data, sealed } = message
      // A verdict discloses nothing, and some deployments leave it plain.
      if (sealed === null && asked.operation !== 'verifyData') return fail('data')
      if (asked.operation === 'search') return readHits(data, asked.typeCode, table)
      if (!isJsonObject(data)) return fail('data')
      return asked.operation === 'getData' ? readLicence(data, asked.licenceId, table) : readVerdict(data, asked, table)
    },
    write: (answer, asked) => writeAnswer(answer, asked, table),
  }
}

type Verifying = Extract<CanonicalRequest, { operation: 'verifyData' }>

function readFailure({ status, message }: HeadDataMessage, asked: CanonicalRequest): Translated<IssuerAnswer> {
  const says = readHead(status, message, asked.operation)
  if (!(says instanceof HubError)) {
    if (asked.operation !== 'verifyData') throw new HubError('INTERNAL')
    return verified(asked, bareFinding('found', { state: says, raw: status, encumbrances: [] }))
  }
  if (says.code !== 'LICENCE_NOT_FOUND' || asked.operation === 'getData') throw says
  if (asked.operation === 'search') return { value: { operation: 'search', found: [] }, losses: [] }
  return verified(asked, bareFinding('not-found', { state: 'unknown', raw: status, encumbrances: [] }))
}

function bareFinding(existence: IssuerFinding['existence'], lifecycle: Lifecycle): IssuerFinding {
  return { existence, lifecycle, validFrom: null, validTo: null, claims: {}, mismatch: false }
}

function verified({ licenceId }: Verifying, finding: IssuerFinding): Translated<IssuerAnswer> {
  return { value: { operation: 'verifyData', licenceId, finding }, losses: [] }
}

function readHits(data: JsonValue, typeCode: string | null, table: StatusTable): Translated<IssuerAnswer> {
  if (!isJsonArray(data)) return fail('data')
  const found = data.map((item) => (isJsonObject(item) ? readHit(item, table) : fail('data')))
  if (typeCode !== null && found.some((hit) => licenceIdParts(hit.id).type !== typeCode)) {
    throw new HubError('REPLY_MISMATCH', { subject: 'certificateTypeCode' })
  }
  return { value: { operation: 'search', found }, losses: [] }
}

function readHit(item: JsonObject, table: StatusTable): LicenceSummary {
  const id = readId(item, 'cert_identifier') ?? fail('cert_identifier')
  return { id, ...readCommon(item, id), lifecycle: readStatus(table, code(item, 'certificateStatus')) }
}

/** What a hit and a licence have in common. */
function readCommon(item: JsonObject, id: LicenceId) {
  const { type, issuer } = licenceIdParts(id)
  return {
    name: text(item, 'certificateName') ?? text(item, 'name'),
    typeCode: text(item, 'certificateTypeCode') ?? type,
    issuer: {
      code: text(item, 'certificateIssuingAuthorityCode') ?? issuer,
      name: text(item, 'certificateIssuingAuthorityName'),
    },
  }
}

function readLicence(data: JsonObject, asked: LicenceId, table: StatusTable): Translated<IssuerAnswer> {
  const id = readId(data, 'cert_identifier') ?? fail('cert_identifier')
  if (id !== asked) throw new HubError('REPLY_MISMATCH', { subject: 'cert_identifier' })
  const holders = splitHolders(
    {
      names: text(data, 'certificateHolderName') ?? '',
      codes: text(data, 'certificateHolderCode') ?? '',
      typeCodes: text(data, 'certificateHolderTypeCode') ?? '',
    },
    'certificateHolderTypeCode',
  )
  const end = readEnd(data)
  const faces = Object.keys(data).filter((name) => name.startsWith(FACE_PREFIX))
  const licence: Licence = {
    id,
    ...readCommon(data, id),
    typeName: text(data, 'certificateTypeName'),
    number: text(data, 'certificateNumber') ?? text(data, 'certno'),
    holders: holders.value,
    issuedOn: date(data, 'certificateIssuedDate'),
    validFrom: date(data, 'certificateEffectiveDate'),
    validTo: end.date,
    validToRaw: end.raw,
    lifecycle: readStatus(table, code(data, 'certificateStatus')),
    fields: Object.fromEntries(faces.map((name) => [faceName(name, FAULT), face(data, name)])),
  }
  const unknown = Object.keys(data).filter((name) => !members.has(name) && !name.startsWith(FACE_PREFIX))
  const losses: Loss[] = unknown.map((name) => ({ field: safeName(name), reason: 'no-slot' }))
  return { value: { operation: 'getData', licence }, losses: [...holders.losses, ...losses] }
}

function readVerdict(data: JsonObject, asked: Verifying, table: StatusTable): Translated<IssuerAnswer> {
  // The real reply names no licence; one that does must name the right one.
  const echoed = readId(data, 'certIdentifier')
  if (echoed !== null && echoed !== asked.licenceId) {
    throw new HubError('REPLY_MISMATCH', { subject: 'certIdentifier' })
  }
  const result = code(data, 'result') ?? fail('result')
  // It wants claims, and an identifier alone is what we have.
  if (result === '6') throw new HubError('OPERATION_UNSUPPORTED', { subject: 'result-6' })
  const raw = code(data, 'certificateStatus')
  const finding = findingOf({
    result,
    status: raw === null ? null : readStatus(table, raw),
    mark: readMessageCode(text(data, 'message') ?? ''),
    validFrom: null,
    validTo: null,
    claims: Object.keys(asked.claims),
  })
  return verified(asked, finding)
}

function readId(data: JsonObject, name: string): LicenceId | null {
  const given = text(data, name)
  if (given === null) return null
  try {
    return parseLicenceId(given)
  } catch (cause) {
    throw new HubError(FAULT, { subject: name, cause })
  }
}

function readEnd(data: JsonObject): ValidTo {
  return readValidTo(text(data, 'certificateExpiringDate') ?? '') ?? fail('certificateExpiringDate')
}

function date(data: JsonObject, name: string): string | null {
  const given = text(data, name)
  return given === null ? null : (readDate(given) ?? fail(name))
}

function face(data: JsonObject, name: string): string {
  return optionalText(data, name, safeName(name), FAULT) ?? ''
}

function text(data: JsonObject, name: string): string | null {
  return optionalText(data, name, name, FAULT)
}

function code(data: JsonObject, name: string): string | null {
  return optionalCode(data, name, name, FAULT)
}

function fail(subject: string): never {
  throw new HubError(FAULT, { subject })
}

function writeAnswer(
  answer: CanonicalAnswer,
  { operation }: HeadDataMessage,
  table: StatusTable,
): Translated<HeadDataMessage> {
  const losses: Loss[] = []
  const reply = { operation, accessId: '', accessToken: '', status: OK, message: SUCCESS, sealed: null }
  switch (answer.operation) {
    case 'search': {
      const nothing = { ...reply, status: NOT_FOUND, message: NOTHING_FOUND, data: {} }
      const data = answer.found.map((hit) => writeHit(hit, table, losses))
      return { value: answer.found.length === 0 ? nothing : { ...reply, data }, losses }
    }
    case 'getData':
      return { value: { ...reply, data: writeLicence(answer.licence, table, losses) }, losses }
    case 'verifyData': {
      const written = resultOf(answer.report.code)
      losses.push(...verdictLosses(answer, written?.exact === true))
      if (written !== undefined) {
        const data = writeVerdict(answer, written.result, written.exact, table, losses)
        return { value: { ...reply, data }, losses }
      }
      // A verdict that determines nothing must not look like one that does.
      const failed = { status: statusOfVerdict(answer.report.code), message: verdictMessage(answer.report.code) }
      return { value: { ...reply, ...failed, data: {} }, losses }
    }
  }
}

function writeHit({ id, name, typeCode, issuer, lifecycle }: LicenceSummary, table: StatusTable, losses: Loss[]) {
  return {
    cert_identifier: id,
    certificateName: name ?? '',
    certificateTypeCode: typeCode,
    certificateIssuingAuthorityCode: issuer.code,
    certificateIssuingAuthorityName: issuer.name ?? '',
    ...status(table, lifecycle, losses),
  }
}

function writeLicence(licence: Licence, table: StatusTable, losses: Loss[]): JsonValue {
  const holders = joinHolders(licence.holders, '^')
  losses.push(...holders.losses)
  const end = licence.validTo ?? openEnd(licence.validToRaw, losses)
  return {
    cert_identifier: licence.id,
    certificateName: licence.name ?? '',
    certificateTypeCode: licence.typeCode,
    certificateTypeName: licence.typeName ?? '',
    certificateNumber: licence.number ?? '',
    certificateIssuingAuthorityCode: licence.issuer.code,
    certificateIssuingAuthorityName: licence.issuer.name ?? '',
    certificateIssuedDate: licence.issuedOn ?? '',
    certificateEffectiveDate: licence.validFrom ?? '',
    certificateExpiringDate: end,
    certificateHolderName: holders.value.names,
    certificateHolderCode: holders.value.codes,
    certificateHolderTypeCode: holders.value.typeCodes,
    ...status(table, licence.lifecycle, losses),
    ...Object.fromEntries(Object.entries(licence.fields).map(([name, value]) => [FACE_PREFIX + name, value])),
  }
}

/** What the source wrote in place of an end, if a reader of this dialect takes it for the same. */
function openEnd(raw: string | null, losses: Loss[]): string {
  if (raw === null) return ''
  if (readValidTo(raw)?.raw === raw) return raw
  losses.push({ field: 'validToRaw', reason: 'no-slot' })
  return ''
}

/** The platform's statuses are integers. */
function status(table: StatusTable, lifecycle: Lifecycle, losses: Loss[]): JsonObject {
  const written = writeStatus(table, lifecycle, losses)
  return written === null ? {} : { certificateStatus: Number(written) }
}

type VerifiedAnswer = Extract<CanonicalAnswer, { operation: 'verifyData' }>

function verdictLosses({ report, validFrom, validTo }: VerifiedAnswer, exact: boolean): Loss[] {
  const losses: Loss[] = [{ field: 'parts', reason: 'no-slot' }]
  if (report.fields !== undefined) losses.push({ field: 'fields', reason: 'no-slot' })
  if ((validFrom ?? null) !== null) losses.push({ field: 'validFrom', reason: 'no-slot' })
  if ((validTo ?? null) !== null) losses.push({ field: 'validTo', reason: 'no-slot' })
  if (!exact) losses.push({ field: 'code', reason: 'narrowed' })
  return losses
}

function writeVerdict(
  { licenceId, report }: VerifiedAnswer,
  result: VerifyResult,
  exact: boolean,
  table: StatusTable,
  losses: Loss[],
): JsonObject {
  const message = exact ? resultMessages[result] : marked(report.code, resultMessages[result])
  return { result, message, certIdentifier: licenceId, ...status(table, report.lifecycle, losses) }
}

function marked(verdict: VerdictCode, message: string): string {
  return `[${verdict}] ${message}`
}
