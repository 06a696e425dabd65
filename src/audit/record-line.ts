import { isUtf8 } from 'node:buffer'
import type { AuditEntry, AuditRecord } from '../canonical/audit-record.js'
import { operations } from '../canonical/model.js'
import { isInstant } from './instant.js'

/** Longest line of a log, newline left out. The texts of a record are clipped, so no entry comes near it. */
export const MAX_LINE_BYTES = 16_384
/** Characters that a text from outside keeps. */
const MAX_TEXT = 256
const CLIPPED = '…'

type Check = (value: unknown) => boolean
const isText: Check = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT && value.isWellFormed()
const isTextOrNull: Check = (value) => value === null || value === '' || isText(value)
const isHash: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
const isHashOrNull: Check = (value) => value === null || isHash(value)
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const oneOf = (...values: readonly unknown[]): Check => {
  const known = new Set(values)
  return (value) => known.has(value)
}

/** Every field with its check, in RFC 8785 order (a test compares). Codes are checked by form: old logs keep old codes. */
const fields: readonly (readonly [name: keyof AuditRecord, check: Check])[] = [
  ['answerSm3', isHash],
  ['at', isInstant],
  ['caller', isTextOrNull],
  ['caseHash', isHashOrNull],
  ['code', (value) => typeof value === 'string' && /^[A-Z][A-Z_]{1,63}$/.test(value)],
  ['configVersion', isText],
  ['holderHash', isHashOrNull],
  ['index', isCount],
  ['itemCode', isTextOrNull],
  ['licenceHash', isHashOrNull],
  ['ms', isCount],
  ['operation', oneOf(null, 'explain', ...operations)],
  ['operator', oneOf(null, 'asserted', 'authenticated')],
  ['outcome', oneOf('answered', 'refused')],
  ['requestSm3', isHash],
  ['route', isTextOrNull],
  ['trace', isText],
  ['type', isTextOrNull],
]

const INDEX_AT = fields.findIndex(([name]) => name === 'index')
const entryFields = fields.filter((field): field is readonly [keyof AuditEntry, Check] => field[0] !== 'index')

/** An entry that only lacks its index: checked and turned to text before its turn in the log comes. */
export interface PreparedRecord {
  /** The record and its RFC 8785 text, without a newline. */
  at(index: number): { readonly record: AuditRecord; readonly line: string }
}

/**
 * Checks an entry and writes it as JSON. Texts that came from outside are clipped to 256 characters and freed of lone
 * surrogates, so that nobody escapes the log by sending something that it cannot hold.
 *
 * @throws TypeError for an entry that no text from outside can explain: a hash that is none, a negative duration
 */
export function prepareRecord(entry: AuditEntry): PreparedRecord {
  // Named one by one: whatever else the object may carry stays out of the log.
  const clean: AuditEntry = {
    at: entry.at,
    trace: clip(entry.trace),
    caller: clip(entry.caller),
    operation: entry.operation,
    type: clip(entry.type),
    holderHash: entry.holderHash,
    licenceHash: entry.licenceHash,
    itemCode: clip(entry.itemCode),
    caseHash: entry.caseHash,
    operator: entry.operator,
    route: clip(entry.route),
    outcome: entry.outcome,
    code: entry.code,
    requestSm3: entry.requestSm3,
    answerSm3: entry.answerSm3,
    configVersion: clip(entry.configVersion),
    ms: entry.ms,
  }
  const members: string[] = []
  for (const [name, check] of entryFields) {
    const value = clean[name]
    if (!check(value)) throw new TypeError(`not an audit entry: ${name}`)
    members.push(`"${name}":${JSON.stringify(value)}`)
  }
  const before = `{${members.slice(0, INDEX_AT).join(',')},"index":`
  const after = `,${members.slice(INDEX_AT).join(',')}}`
  return {
    at: (index) => ({ record: { index, ...clean }, line: before + index + after }),
  }
}

/** The record of a line (without its newline), or what is wrong with it. Only the canonical text of a record passes. */
export function readRecordLine(line: Uint8Array): AuditRecord | 'malformed' | 'not-canonical' {
  if (line.length > MAX_LINE_BYTES || !isUtf8(line)) return 'malformed'
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'malformed'
  }
  if (!isRecord(value)) return 'malformed'
  const members = fields.map(([name]) => `"${name}":${JSON.stringify(value[name])}`)
  return `{${members.join(',')}}` === text ? value : 'not-canonical'
}

/** Whether a value from outside is a record: every field with its form, and no other. */
export function isRecord(value: unknown): value is AuditRecord {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  if (Object.keys(value).length !== fields.length) return false
  return fields.every(([name, check]) => Object.hasOwn(value, name) && check((value as AuditRecord)[name]))
}

function clip<T extends string | null>(text: T): T {
  if (typeof text !== 'string' || (text.length <= MAX_TEXT && text.isWellFormed())) return text
  const kept = text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}${CLIPPED}`
  return kept.toWellFormed() as T
}
