import type { AuditRecord } from '../canonical/audit-record.js'
import { canonicalJson } from '../canonical/canonical-json.js'
import type { Receipt, ReceiptBody } from '../canonical/receipt.js'
import type { Text } from '../canonical/text.js'
import { answerSm3 } from './answer-digest.js'
import { fromBase64, toBase64 } from './base64.js'
import { type CheckpointFault, isOrigin, MAX_CHECKPOINT_CHARS, verifyCheckpoint } from './checkpoint.js'
import { isInstant } from './instant.js'
import { SIGNATURE_BYTES, type SigningKey, type VerifyingKeys } from './keys.js'
import { HASH_BYTES, leafHash, verifyInclusion } from './merkle.js'
import { readReceiptNumber, receiptDate, receiptNumber } from './receipt-number.js'
import { isRecord } from './record-line.js'

/** A record with its inclusion path (base64, from the leaf up) and the checkpoint that the path leads to. */
export interface Included {
  readonly record: AuditRecord
  readonly path: readonly string[]
  readonly checkpoint: string
}

export interface IssueParts {
  readonly appended: Included
  /** Origin of the log that the record is in. */
  readonly origin: string
  readonly signing: SigningKey
  /** Key of the receipt numbers' check characters; the same for the life of the log. */
  readonly numberKey: Uint8Array
}

/** Signs what a record says as a receipt, with the proof of its place in the log. */
export async function issueReceipt({ appended, origin, signing, numberKey }: IssueParts): Promise<Receipt> {
  const { record, path, checkpoint } = appended
  const body: ReceiptBody = {
    v: 1,
    no: receiptNumber(record.index, record.at, numberKey),
    at: record.at,
    requestSm3: record.requestSm3,
    answerSm3: record.answerSm3,
    code: record.code,
    route: record.route,
    configVersion: record.configVersion,
    log: origin,
    index: record.index,
    keyId: signing.keyId,
  }
  const signature = toBase64(await signing.sign(signedBytes(body)))
  const { v, no, at, requestSm3, answerSm3, code, route, configVersion, log, index, keyId } = body
  const proof = { record, path, checkpoint }
  return { v, no, at, requestSm3, answerSm3, code, route, configVersion, log, index, keyId, signature, proof }
}

/** Why a receipt does not hold. */
export type ReceiptFault =
  | 'malformed'
  | 'key-unknown'
  | 'signature-invalid'
  | 'number-differs'
  | 'record-differs'
  | CheckpointFault
  | 'log-differs'
  | 'not-included'
  | 'answer-differs'

export interface ReceiptFailure {
  readonly fault: ReceiptFault
  /** The member concerned, dotted; null when the fault is of no single one. */
  readonly field: string | null
  readonly text: Text
}

export interface ReceiptCheck {
  readonly holds: boolean
  /** Everything that is wrong with it; empty when it holds. */
  readonly failures: readonly ReceiptFailure[]
  /** Null when it is not a receipt at all. To be believed only if it holds. */
  readonly receipt: Receipt | null
  /** Whether an answer was compared with the receipt. */
  readonly answer: 'matches' | 'differs' | 'not-given'
}

export const receiptFaultTexts: Readonly<Record<ReceiptFault, Text>> = {
  malformed: { zh: '不是回执的形式', en: 'not in the form of a receipt' },
  'key-unknown': { zh: '不认识签名的密钥', en: 'the signing key is not known' },
  'signature-invalid': {
    zh: '回执的签名不成立：回执被改动',
    en: 'the signature of the receipt does not hold: it was altered',
  },
  'number-differs': { zh: '回执编号与内容不符', en: 'the number of the receipt does not fit its content' },
  'record-differs': { zh: '审计记录与回执内容不符', en: 'the audit record differs from the receipt' },
  'checkpoint-malformed': { zh: '检查点的形式不对', en: 'the checkpoint is malformed' },
  'checkpoint-key-unknown': {
    zh: '检查点不是由所认识的密钥签名的',
    en: 'the checkpoint is not signed by a known key',
  },
  'checkpoint-signature-invalid': { zh: '检查点的签名不成立', en: 'the signature of the checkpoint does not hold' },
  'log-differs': { zh: '检查点属于另一个日志', en: 'the checkpoint belongs to another log' },
  'not-included': {
    zh: '证明路径不成立：记录不在检查点所签的日志里',
    en: 'the path does not hold: the record is not in the log that the checkpoint signs',
  },
  'answer-differs': { zh: '答复内容与回执不符', en: 'the answer is not the one that the receipt is for' },
}

export interface ReceiptOptions {
  /** The body of the answer, with or without its `receipt` member. */
  readonly answer?: Uint8Array
}

/**
 * Checks a receipt offline: its form, the signature, its number, its record field by field, the inclusion of the record
 * in the log, the checkpoint, and, where given, the answer. Takes anything; `keys` holds the gateway's public keys, old ones included.
 *
 * It says that the gateway answered so, not that the log was never rewritten: for that, compare its checkpoint with the
 * log (`verifyAuditLog`).
 */
export function verifyReceipt(value: unknown, keys: VerifyingKeys, options: ReceiptOptions = {}): ReceiptCheck {
  const wrong = misshapen(value)
  if (wrong !== null) {
    return { holds: false, failures: [failure('malformed', wrong)], receipt: null, answer: 'not-given' }
  }
  const receipt = value as Receipt
  const differs = options.answer !== undefined && answerSm3(options.answer) !== receipt.answerSm3
  const failures = [
    ...signatureFaults(receipt, keys),
    ...numberFaults(receipt),
    ...recordFaults(receipt),
    ...proofFaults(receipt, keys),
    ...(differs ? [failure('answer-differs', 'answerSm3')] : []),
  ]
  const answer = options.answer === undefined ? 'not-given' : differs ? 'differs' : 'matches'
  return { holds: failures.length === 0, failures, receipt, answer }
}

function signatureFaults(receipt: Receipt, keys: VerifyingKeys): readonly ReceiptFailure[] {
  const { signature, proof: _, ...body } = receipt
  const key = keys.get(receipt.keyId)
  if (key === undefined) return [failure('key-unknown', 'keyId')]
  const bytes = fromBase64(signature)
  return bytes !== null && key.verify(signedBytes(body), bytes) ? [] : [failure('signature-invalid', 'signature')]
}

function numberFaults({ no, at, index }: Receipt): readonly ReceiptFailure[] {
  const read = readReceiptNumber(no)
  return read?.index === index && read.date === receiptDate(at) ? [] : [failure('number-differs', 'no')]
}

const sharedFields = ['at', 'requestSm3', 'answerSm3', 'code', 'route', 'configVersion', 'index'] as const

function recordFaults(receipt: Receipt): readonly ReceiptFailure[] {
  return sharedFields
    .filter((field) => receipt[field] !== receipt.proof.record[field])
    .map((field) => failure('record-differs', `proof.record.${field}`))
}

function proofFaults({ log, proof }: Receipt, keys: VerifyingKeys): readonly ReceiptFailure[] {
  const { record, path, checkpoint } = proof
  const verified = verifyCheckpoint(checkpoint, keys)
  if (typeof verified === 'string') return [failure(verified, 'proof.checkpoint')]
  const { origin, size, root } = verified.head
  const hashes = path.map(fromBase64).filter((hash) => hash !== null)
  const leaf = leafHash(Buffer.from(canonicalJson(record), 'utf8'))
  const included = hashes.length === path.length && verifyInclusion(leaf, record.index, size, hashes, root)
  return [
    ...(origin === log ? [] : [failure('log-differs', 'log')]),
    ...(included ? [] : [failure('not-included', 'proof.path')]),
  ]
}

/** What the signature covers. */
function signedBytes(body: ReceiptBody): Uint8Array {
  return Buffer.from(canonicalJson(body), 'utf8')
}

type Check = (value: unknown) => boolean
const isText =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= max && value.isWellFormed()
const isHash: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
const isBase64Of =
  (length: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= 128 && fromBase64(value)?.length === length
/** Sibling hashes of the tallest tree that an index can have. */
const MAX_PATH = 53

const bodyForm: Readonly<Record<Exclude<keyof Receipt, 'proof'>, Check>> = {
  v: (value) => value === 1,
  no: (value) => typeof value === 'string' && value.length <= 32 && readReceiptNumber(value) !== null,
  at: isInstant,
  requestSm3: isHash,
  answerSm3: isHash,
  code: isText(64),
  route: (value) => value === null || isText(256)(value),
  configVersion: isText(256),
  log: (value) => typeof value === 'string' && isOrigin(value),
  index: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  keyId: isText(256),
  signature: isBase64Of(SIGNATURE_BYTES),
}

const proofForm: Readonly<Record<keyof Receipt['proof'], Check>> = {
  record: isRecord,
  path: (value) => Array.isArray(value) && value.length <= MAX_PATH && value.every(isBase64Of(HASH_BYTES)),
  checkpoint: isText(MAX_CHECKPOINT_CHARS),
}

/** The first member that is missing, unknown or of the wrong form; null when there is none. */
function misshapen(value: unknown): string | null {
  if (!isObject(value)) return 'receipt'
  const { proof, ...body } = value
  const wrong = wrongMember(body, bodyForm)
  if (wrong !== null) return wrong
  const inner = isObject(proof) ? wrongMember(proof, proofForm) : ''
  return inner === null ? null : inner === '' ? 'proof' : `proof.${inner}`
}

function wrongMember(value: Readonly<Record<string, unknown>>, form: Readonly<Record<string, Check>>): string | null {
  const missing = Object.entries(form).find(([name, check]) => !Object.hasOwn(value, name) || !check(value[name]))
  if (missing !== undefined) return missing[0]
  // A name from outside is not repeated: it could be anything.
  return Object.keys(value).every((name) => Object.hasOwn(form, name)) ? null : 'unknown member'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function failure(fault: ReceiptFault, field: string | null): ReceiptFailure {
  return { fault, field, text: receiptFaultTexts[fault] }
}
