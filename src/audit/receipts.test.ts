import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditEntry, keyMap, NUMBER_KEY, ORIGIN, openTestLog, testKey } from '../../test/audit-fixtures.js'
import { canonicalJson } from '../canonical/canonical-json.js'
import type { Receipt } from '../canonical/receipt.js'
import { answerSm3 } from './answer-digest.js'
import { checkpointSigner } from './checkpoint.js'
import { leafHash } from './merkle.js'
import { parseReceiptNumber } from './receipt-number.js'
import { issueReceipt, receiptFaultTexts, verifyReceipt } from './receipts.js'

const key = testKey('gateway-1')
const keys = keyMap(key)
const answer = Buffer.from(
  canonicalJson({ verdict: 'VALID', code: 'VALID', nested: { b: 1, a: [1, 2] }, 名称: '营业执照' }),
)
let dir: string
let receipt: Receipt
/** A receipt of another record of the same log. */
let other: Receipt

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hutong-receipts-'))
  const log = await openTestLog(join(dir, 'audit'), key)
  const issue = (appended: Parameters<typeof issueReceipt>[0]['appended']) =>
    issueReceipt({ appended, origin: log.origin, signing: key.signing, numberKey: NUMBER_KEY })
  const appended = await Promise.all(
    Array.from({ length: 11 }, (_, nth) => log.append({ ...auditEntry(nth), answerSm3: answerSm3(answer) })),
  )
  receipt = await issue(appended[5] ?? fail())
  other = await issue(appended[8] ?? fail())
  await log.close()
})
afterAll(() => rm(dir, { recursive: true, force: true }))

function fail(): never {
  throw new Error('no such record')
}
const faultsOf = (value: unknown) => verifyReceipt(value, keys).failures.map(({ fault }) => fault)
/** As it arrives somewhere else. */
const copy = (changes: object = {}): Record<string, unknown> => ({
  ...(JSON.parse(JSON.stringify(receipt)) as object),
  ...changes,
})

test('a receipt says what the record says, and holds', () => {
  const { index, answerSm3, requestSm3, at, code, route, configVersion } = receipt.proof.record
  expect(receipt).toMatchObject({
    v: 1,
    log: ORIGIN,
    keyId: 'gateway-1',
    index,
    answerSm3,
    requestSm3,
    at,
    code,
    route,
    configVersion,
  })
  expect(parseReceiptNumber(receipt.no, NUMBER_KEY)).toEqual({ date: '20261123', index: 5 })
  expect(verifyReceipt(copy(), keys)).toMatchObject({ holds: true, failures: [], answer: 'not-given' })
})

test('the signature covers the RFC 8785 form of the body, in base64', () => {
  const { signature, proof, ...body } = receipt
  expect(key.verifying.verify(Buffer.from(canonicalJson(body)), Buffer.from(signature, 'base64'))).toBe(true)
  expect(Object.keys(proof).sort()).toEqual(['checkpoint', 'path', 'record'])
})

test('the order of members and spaces on the way do not matter', () => {
  const turned = Object.fromEntries(Object.entries(receipt).reverse())
  expect(verifyReceipt(JSON.parse(JSON.stringify(turned, null, 2)), keys).holds).toBe(true)
})

test('a refused exchange, and one that nobody answered, have receipts too', async () => {
  const log = await openTestLog(join(dir, 'refusals'), key)
  const appended = await log.append({
    ...auditEntry(0),
    outcome: 'refused',
    code: 'ISSUER_TIMEOUT',
    route: null,
    caller: null,
    operation: null,
  })
  await log.close()
  const refused = await issueReceipt({ appended, origin: ORIGIN, signing: key.signing, numberKey: NUMBER_KEY })
  expect(verifyReceipt(refused, keys).holds).toBe(true)
})

describe('every single change is refused, with its reason', () => {
  const changes: readonly [string, unknown, string][] = [
    ['v', 2, 'malformed'],
    ['no', 'HT20261123-0000006-AAAA', 'signature-invalid number-differs'],
    ['at', '2026-11-23T08:00:05.001Z', 'signature-invalid record-differs'],
    ['requestSm3', 'f'.repeat(64), 'signature-invalid record-differs'],
    ['answerSm3', 'f'.repeat(64), 'signature-invalid record-differs'],
    ['code', 'REVOKED', 'signature-invalid record-differs'],
    ['route', 'shandong', 'signature-invalid record-differs'],
    ['route', null, 'signature-invalid record-differs'],
    ['configVersion', 'c-2', 'signature-invalid record-differs'],
    ['log', 'other.example/audit', 'signature-invalid log-differs'],
    ['index', 6, 'signature-invalid number-differs record-differs'],
    ['keyId', 'gateway-2', 'key-unknown'],
    ['signature', Buffer.alloc(64, 1).toString('base64'), 'signature-invalid'],
  ]
  test.each(changes)('%s: %j', (field, value, faults) => {
    expect(faultsOf(copy({ [field]: value })).join(' ')).toBe(faults)
  })

  test('the table has every member', () => {
    expect(new Set([...changes.map(([field]) => field), 'proof'])).toEqual(new Set(Object.keys(receipt)))
  })

  test.each(Object.keys(auditEntry(0)))('proof.record.%s', (field) => {
    const record: Record<string, unknown> = { ...receipt.proof.record, [field]: other.proof.record[field as 'at'] }
    if (record[field] === receipt.proof.record[field as 'at']) {
      const plain: Record<string, unknown> = {
        caller: 'fujian',
        operation: 'getData',
        type: null,
        holderHash: 'a'.repeat(64),
        itemCode: null,
        operator: null,
        route: 'tax',
        outcome: 'refused',
        code: 'REVOKED',
        answerSm3: 'a'.repeat(64),
        configVersion: 'c-9',
        ms: 99,
      }
      record[field] = plain[field]
    }
    expect(record[field]).not.toBe(receipt.proof.record[field as 'at'])
    expect(faultsOf(copy({ proof: { ...receipt.proof, record } }))).toContain('not-included')
  })

  test('proof.record.index', () => {
    expect(faultsOf(copy({ proof: { ...receipt.proof, record: { ...receipt.proof.record, index: 6 } } }))).toEqual([
      'record-differs',
      'not-included',
    ])
  })

  test('the path: each element, its order, its length', () => {
    const { path } = receipt.proof
    const variants = [
      ...path.map((_, at) => path.with(at, Buffer.alloc(32, at).toString('base64'))),
      path.toReversed(),
      path.slice(1),
      [...path, path[0]],
      [],
    ]
    for (const changed of variants)
      expect(faultsOf(copy({ proof: { ...receipt.proof, path: changed } }))).toEqual(['not-included'])
  })

  test('the checkpoint: every character', () => {
    const { checkpoint } = receipt.proof
    for (let at = 0; at < checkpoint.length; at++) {
      const letter = checkpoint[at] === 'A' ? 'B' : 'A'
      const changed = checkpoint.slice(0, at) + letter + checkpoint.slice(at + 1)
      const faults = faultsOf(copy({ proof: { ...receipt.proof, checkpoint: changed } }))
      expect(faults.length, `character ${at}`).toBe(1)
      expect(faults[0], `character ${at}`).toMatch(/^checkpoint-/)
    }
  })

  test('the signature: every character', () => {
    for (let at = 0; at < receipt.signature.length; at++) {
      const letter = receipt.signature[at] === 'A' ? 'B' : 'A'
      const signature = receipt.signature.slice(0, at) + letter + receipt.signature.slice(at + 1)
      expect(faultsOf(copy({ signature })).length, `character ${at}`).toBe(1)
    }
  })

  test('a part of another receipt of the same log', () => {
    expect(faultsOf(copy({ proof: other.proof }))).toContain('record-differs')
    expect(faultsOf(copy({ signature: other.signature }))).toEqual(['signature-invalid'])
    expect(faultsOf(copy({ proof: { ...receipt.proof, path: other.proof.path } }))).toEqual(['not-included'])
  })

  test('a checkpoint of another log of the same gateway', async () => {
    const foreign = await checkpointSigner('other.example/audit', key.signing)(11, leafHash(Buffer.of()))
    expect(faultsOf(copy({ proof: { ...receipt.proof, checkpoint: foreign } }))).toEqual([
      'log-differs',
      'not-included',
    ])
  })

  test('a receipt that someone signed with a key of his own', async () => {
    const stranger = testKey('gateway-1')
    const appended = { record: receipt.proof.record, path: receipt.proof.path, checkpoint: receipt.proof.checkpoint }
    const forged = await issueReceipt({ appended, origin: ORIGIN, signing: stranger.signing, numberKey: NUMBER_KEY })
    expect(faultsOf(forged)).toEqual(['signature-invalid'])
  })
})

describe('what is no receipt', () => {
  test.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'receipt'],
    ['null', () => null, 'receipt'],
    ['a text', () => JSON.stringify(receipt), 'receipt'],
    ['a list', () => [receipt], 'receipt'],
    ['an empty object', () => ({}), 'v'],
    ['a member more', () => copy({ note: 'VALID' }), 'unknown member'],
    [
      '__proto__ as a member',
      () => JSON.parse(JSON.stringify(receipt).replace('{', '{"__proto__":{},')),
      'unknown member',
    ],
    ['a text for the index', () => copy({ index: '5' }), 'index'],
    ['a text that is no time', () => copy({ at: '2026-13-01T00:00:00.000Z' }), 'at'],
    ['a signature in base64url', () => copy({ signature: `${'-_'.repeat(43)}==` }), 'signature'],
    ['a signature of 70 bytes', () => copy({ signature: Buffer.alloc(70).toString('base64') }), 'signature'],
    ['no proof', () => copy({ proof: undefined }), 'proof'],
    ['a proof with a member more', () => copy({ proof: { ...receipt.proof, root: '' } }), 'proof.unknown member'],
    [
      'a record with a member more',
      () => copy({ proof: { ...receipt.proof, record: { ...receipt.proof.record, name: '' } } }),
      'proof.record',
    ],
    [
      'a path beyond all trees',
      () => copy({ proof: { ...receipt.proof, path: Array(54).fill(receipt.proof.path[0]) } }),
      'proof.path',
    ],
    ['a path of numbers', () => copy({ proof: { ...receipt.proof, path: [1, 2] } }), 'proof.path'],
    [
      'a checkpoint beyond measure',
      () => copy({ proof: { ...receipt.proof, checkpoint: 'x'.repeat(70_000) } }),
      'proof.checkpoint',
    ],
  ])('%s', (_, make, field) => {
    const check = verifyReceipt(make(), keys)
    expect(check).toMatchObject({ holds: false, receipt: null, failures: [{ fault: 'malformed', field }] })
  })

  test('one that lacks a member', () => {
    for (const member of Object.keys(receipt)) {
      const { [member]: _, ...rest } = copy()
      expect(verifyReceipt(rest, keys), member).toMatchObject({
        holds: false,
        failures: [{ fault: 'malformed', field: member }],
      })
    }
  })
})

describe('with the answer', () => {
  const check = (body: Uint8Array) => verifyReceipt(copy(), keys, { answer: body })
  test('as it was sent, with the receipt inside, and written anew', () => {
    expect(check(answer)).toMatchObject({ holds: true, answer: 'matches' })
    const value = JSON.parse(answer.toString()) as object
    expect(check(Buffer.from(JSON.stringify({ ...value, receipt })))).toMatchObject({ holds: true, answer: 'matches' })
    expect(
      check(Buffer.from(JSON.stringify({ receipt, ...Object.fromEntries(Object.entries(value).reverse()) }, null, 2))),
    ).toMatchObject({ holds: true })
  })

  test('another answer', () => {
    const changed = Buffer.from(answer.toString().replaceAll('VALID', 'REVOKED'))
    expect(check(changed)).toMatchObject({
      holds: false,
      answer: 'differs',
      failures: [{ fault: 'answer-differs', field: 'answerSm3' }],
    })
    expect(check(Buffer.of()).answer).toBe('differs')
  })
})

test('every fault has its words in both languages', () => {
  for (const { zh, en } of Object.values(receiptFaultTexts)) {
    expect(zh).toMatch(/[\u4e00-\u9fff]/)
    expect(en).toMatch(/^[ -~]+$/)
  }
})
