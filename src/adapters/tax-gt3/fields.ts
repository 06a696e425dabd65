import { HubError } from '../../canonical/errors.js'
import type { LicenceId } from '../../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer } from '../../canonical/model.js'
import type { FieldMap, Loss } from '../adapter.js'
import { readingReply } from '../wire/xml.js'
import { writableText } from '../wire/xml-writer.js'
import { failureOf, isSuccess, type Result, resultOf, transactionOf } from './codes.js'
import { type Reading, readElements, textOf } from './elements.js'
import type { Head, TaxMessage } from './envelope.js'
import { findingShape, readFinding, writeVerdict } from './finding.js'
import { licenceLosses, lifecycleLosses, readLicence, readSummary, writeLicence, writeSummary } from './licence.js'
import { readPayload, writePayload } from './payload.js'
import { readRequest, writeRequest } from './request.js'

const reading: Reading = { code: 'REPLY_MALFORMED', strict: false }
const NOTHING_LOST: readonly Loss[] = []
const NO_EXPAND: ReadonlyMap<string, string> = new Map()
const SUCCESS: Result = { rtnCode: '0', code: '000', message: '', reason: '' }
const foundShape = { texts: new Set<string>(), lists: new Set(['zz']) }

/** The head's pairs and the elements of `taxML` ↔ our terms; the dialect's page has the table. */
export const fields: FieldMap<TaxMessage> = {
  toRequest: (message) => ({ value: readRequest(message), losses: NOTHING_LOST }),
  fromRequest: (request) => ({ value: writeRequest(request), losses: requestLosses(request) }),
  toAnswer(message, asked) {
    const { result } = message.head
    if (result === null || !isSuccess(result)) throw failureOf(result ?? NO_RESULT, message.retryAfter)
    return { value: readingReply(() => readAnswer(message.payload, asked)), losses: NOTHING_LOST }
  },
  fromAnswer(answer, asked) {
    const payload = writePayload(transactionOf(answer.operation).reply, writeAnswer(answer))
    return { value: { head: replyHead(asked, SUCCESS), payload, retryAfter: null }, losses: answerLosses(answer) }
  },
  fromError(error, trace, asked) {
    const { rtnCode, code, message, reason } = resultOf(error, trace)
    // A failure must leave whatever its subject holds.
    const result = { rtnCode, code, message: writableText(message), reason: writableText(reason) }
    const retryAfter = error.retryAfter === undefined ? null : Math.ceil(error.retryAfter)
    return { head: replyHead(asked, result), payload: '', retryAfter }
  },
}

const NO_RESULT: Result = { rtnCode: '', code: '', message: '', reason: '' }
const NO_HEAD = { tranId: '', channelId: '', tranSeq: '', tranDate: '', tranTime: '' }

function replyHead(asked: TaxMessage | null, result: Result): Head {
  return { ...(asked === null ? NO_HEAD : asked.head), result, expand: NO_EXPAND }
}

function requestLosses({ hops, deadline, purpose }: CanonicalRequest): readonly Loss[] {
  const losses: Loss[] = []
  if (hops.length > 0) losses.push({ field: 'hops', reason: 'no-slot' })
  if (deadline !== null) losses.push({ field: 'deadline', reason: 'no-slot' })
  if (purpose.operator.assurance === 'authenticated') {
    losses.push({ field: 'purpose.operator.assurance', reason: 'narrowed' })
  }
  return losses
}

function readAnswer(payload: string, asked: CanonicalRequest): IssuerAnswer {
  const root = readPayload(payload, transactionOf(asked.operation).reply, reading)
  if (asked.operation === 'verifyData') {
    const elements = readElements(root, findingShape, reading)
    sameLicence(textOf(elements, 'zzbs'), asked.licenceId)
    return { operation: 'verifyData', licenceId: asked.licenceId, finding: readFinding(elements, reading) }
  }
  const found = readElements(root, foundShape, reading).lists.get('zz') ?? []
  if (asked.operation === 'search') {
    const hits = found.map((item) => readSummary(item, reading))
    if (asked.typeCode !== null && hits.some((hit) => hit.typeCode !== asked.typeCode)) {
      throw new HubError('REPLY_MISMATCH', { subject: 'zzlxdm' })
    }
    return { operation: 'search', found: hits }
  }
  const [item, ...more] = found
  if (item === undefined || more.length > 0) throw new HubError('REPLY_MALFORMED', { subject: 'zz' })
  const licence = readLicence(item, reading)
  sameLicence(licence.id, asked.licenceId)
  return { operation: 'getData', licence }
}

function sameLicence(answered: string, asked: LicenceId): void {
  if (answered !== asked) throw new HubError('REPLY_MISMATCH', { subject: 'zzbs' })
}

/** @throws HubError REPLY_MALFORMED for what an issuing system answered and XML cannot carry */
function writeAnswer(answer: CanonicalAnswer): string {
  try {
    switch (answer.operation) {
      case 'search':
        return answer.found.map(writeSummary).join('')
      case 'getData':
        return writeLicence(answer.licence)
      case 'verifyData':
        return writeVerdict(answer)
    }
  } catch (cause) {
    throw new HubError('REPLY_MALFORMED', { subject: 'characters', cause })
  }
}

function answerLosses(answer: CanonicalAnswer): readonly Loss[] {
  switch (answer.operation) {
    case 'search':
      return answer.found.flatMap(({ lifecycle }) => lifecycleLosses(lifecycle)).slice(0, 1)
    case 'getData':
      return licenceLosses(answer.licence)
    case 'verifyData':
      return [{ field: 'parts', reason: 'no-slot' }, ...lifecycleLosses(answer.report.lifecycle)]
  }
}
