import type { JsonObject, JsonValue } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import type { UsePurpose } from '../../canonical/purpose.js'
import type { Loss, Translated } from '../adapter.js'
import { unwrapJson } from '../wire/json-exchange.js'
import { needsCase, nonItemNames, nonItemOf } from '../wire/purpose-names.js'
import { isJsonObject, optionalCode, safeName, shortText } from '../wire/read.js'

const CAUSE_LIMIT = 200
const CASE_LIMIT = 100
const OPERATOR_LIMIT = 60
const NO_CASE = '无'
const NO_ONE = '无'
// The dialect has no slot for either, and this text is printed over the copy, so it stays legible. The last one counts.
const ENDING = /^([\s\S]*)；办件编号：([^；]*)；经办人：([^；]+)$/

const known = new Set([
  'certificateSystemName',
  'certificateCallCategory',
  'certificateMatterName',
  'certificateEventCode',
  'certificateCopyCause',
])

/**
 * Reads `useCause`, an object or a text that holds one.
 *
 * @param accessId stands for the operator where the text names none
 * @throws HubError PURPOSE_MISSING, PURPOSE_INVALID or REQUEST_INVALID
 */
export function readUseCause(value: JsonValue | undefined, accessId: string): Translated<UsePurpose> {
  if (value === undefined || value === null || value === '') throw new HubError('PURPOSE_MISSING')
  const cause = objectOf(value)
  const organisation = required(cause, 'certificateSystemName', 200)
  const text = required(cause, 'certificateCopyCause', CAUSE_LIMIT)
  const [, reason = text, caseText = NO_CASE, operator] = ENDING.exec(text) ?? []
  const caseNumber = caseText === NO_CASE || caseText === '' ? null : caseText
  const matter = readMatter(cause)
  if (caseNumber === null && needsCase(matter.category)) {
    throw new HubError('PURPOSE_INVALID', { subject: 'certificateCopyCause' })
  }
  if (reason === '') throw new HubError('PURPOSE_INVALID', { subject: 'certificateCopyCause' })
  const id = operator === undefined || operator === NO_ONE ? accessId : operator
  return {
    value: { organisation, operator: { id, name: null, assurance: 'asserted' }, ...matter, caseNumber, reason },
    losses: id !== operator ? [{ field: 'purpose.operator.id', reason: 'defaulted' }] : [],
  }
}

function objectOf(value: JsonValue): JsonObject {
  let cause: JsonValue
  try {
    cause = unwrapJson(value)
  } catch {
    // Free text, as some callers send it, says why but not for which matter.
    throw new HubError('PURPOSE_INVALID', { subject: 'useCause' })
  }
  if (!isJsonObject(cause)) throw new HubError('PURPOSE_INVALID', { subject: 'useCause' })
  for (const name of Object.keys(cause)) {
    if (!known.has(name)) throw new HubError('REQUEST_INVALID', { subject: safeName(name) })
  }
  return cause
}

function readMatter(cause: JsonObject): Pick<UsePurpose, 'category' | 'itemCode' | 'itemName'> {
  const name = shortText(cause, 'certificateMatterName', 200)
  const call = optionalCode(cause, 'certificateCallCategory')
  if (call === '0') return { category: 'item', itemCode: required(cause, 'certificateEventCode', 100), itemName: name }
  if (call !== '1') throw new HubError('PURPOSE_INVALID', { subject: 'certificateCallCategory' })
  const category = nonItemOf(name ?? '')
  if (category === undefined) throw new HubError('PURPOSE_INVALID', { subject: 'certificateMatterName' })
  return { category, itemCode: null, itemName: null }
}

function required(cause: JsonObject, name: string, limit: number): string {
  const text = shortText(cause, name, limit)
  if (text === null) throw new HubError('PURPOSE_INVALID', { subject: name })
  return text
}

/** Writes `useCause`; what its 200 characters do not hold is added to `losses`. */
export function writeUseCause(purpose: UsePurpose, losses: Loss[]): JsonObject {
  const { organisation, operator, category, itemCode, itemName, caseNumber, reason } = purpose
  const isItem = category === 'item'
  const caseText = carried(caseNumber ?? NO_CASE, CASE_LIMIT) && caseNumber !== NO_CASE ? caseNumber : null
  if (caseText !== caseNumber) losses.push({ field: 'purpose.caseNumber', reason: 'no-slot' })
  const named = operator.id !== NO_ONE && carried(operator.id, OPERATOR_LIMIT)
  if (!named) losses.push({ field: 'purpose.operator.id', reason: 'no-slot' })
  const ending = `；办件编号：${caseText ?? NO_CASE}；经办人：${named ? operator.id : NO_ONE}`
  const room = CAUSE_LIMIT - ending.length
  if (reason.length > room) losses.push({ field: 'purpose.reason', reason: 'narrowed' })
  return {
    certificateSystemName: organisation,
    certificateCallCategory: isItem ? '0' : '1',
    certificateMatterName: isItem ? (itemName ?? '') : nonItemNames[category],
    certificateEventCode: isItem ? (itemCode ?? '') : '',
    // Not slice alone: it could leave half of a character outside the BMP.
    certificateCopyCause: reason.slice(0, room).toWellFormed().replace(/�$/, '') + ending,
  }
}

function carried(text: string, limit: number): boolean {
  return text !== '' && text.length <= limit && !text.includes('；')
}
