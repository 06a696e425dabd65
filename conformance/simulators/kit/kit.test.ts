import { describe, expect, test } from 'vitest'
import { agreedCode } from './agreement.js'
import { bookOf } from './book.js'
import { gbk } from './charset.js'
import { lastFlipped, sameSecret } from './equal.js'
import { compareClaim, dayInChina, groundFor, hasRunOut, isNotYetInForce } from './ground.js'
import { canonicalJson, parseJson } from './json.js'
import { onceOnly } from './once.js'
import { purposeFor, questionOf } from './question.js'
import { codeInMessage, receiptIn } from './receipt.js'
import { settingsOf } from './settings.js'
import { publicPoint, sm2Decrypt, sm2Encrypt, sm2Holds, sm2Sign, sm3Of } from './sm.js'

describe('agreedCode', () => {
  const said = { receipt: null, message: null, native: null }
  test.each([
    ['nothing is said', said, null],
    ['the result says it', { ...said, native: ['NOT_FOUND'] }, 'NOT_FOUND'],
    ['the message says it more exactly', { ...said, message: 'REVOKED', native: ['EXPIRED', 'REVOKED'] }, 'REVOKED'],
    ['the receipt says it', { ...said, receipt: 'REVOKED', native: ['EXPIRED', 'REVOKED'] }, 'REVOKED'],
    ['a failure says why', { ...said, message: 'ISSUER_UNREACHABLE' }, 'ISSUER_UNREACHABLE'],
    ['the receipt and the result differ', { ...said, receipt: 'VALID', native: ['EXPIRED'] }, 'CONTRADICTORY'],
    ['the receipt and the message differ', { ...said, receipt: 'VALID', message: 'EXPIRED' }, 'CONTRADICTORY'],
    ['a failure claims to have decided', { ...said, receipt: 'VALID' }, 'CONTRADICTORY'],
  ])('%s', (_, what, code) => {
    expect(agreedCode(what)).toBe(code)
  })
})

describe('ground', () => {
  const book = bookOf('hunan')
  const [valid, renewal, expired] = book.licences
  if (valid === undefined || renewal === undefined || expired === undefined) throw new Error('the book is empty')
  test('days are counted in China', () => {
    expect(dayInChina(Date.UTC(2026, 0, 1, 15, 59))).toBe('2026-01-01')
    expect(dayInChina(Date.UTC(2026, 0, 1, 16, 0))).toBe('2026-01-02')
  })
  test('the last day counts, and so does the first', () => {
    const lastDay = Date.UTC(2024, 1, 29, 15, 59)
    expect(hasRunOut(expired, lastDay)).toBe(false)
    expect(hasRunOut(expired, lastDay + 60_000)).toBe(true)
    expect(hasRunOut({ ...expired, validTo: null }, lastDay + 60_000)).toBe(false)
    expect(isNotYetInForce(renewal, Date.UTC(2099, 11, 31, 15, 59))).toBe(true)
    expect(isNotYetInForce(renewal, Date.UTC(2099, 11, 31, 16, 0))).toBe(false)
  })
  test.each([
    ['name', '安管人员考核合格证（演示）', 'match'],
    ['number', '湘建安A(2023)0000403', 'match'],
    ['number', '湘建安A（2023）0000403', 'mismatch'],
    ['holderName', '测试员乙', 'match'],
    ['holderCode', '11010519491231002x', 'match'],
    ['validTo', '20991231', 'match'],
    ['validTo', '2099-12-30', 'mismatch'],
    ['issuedOn', '2023/05/21', 'match'],
    ['GANGWEI', '企业主要负责人', 'match'],
    ['GANGWEI', '项目负责人', 'mismatch'],
    ['XUELI', '本科', 'unknown'],
    ['constructor', 'x', 'unknown'],
  ])('the claim %s = %s: %s', (name, value, result) => {
    expect(compareClaim(valid, name, value)).toBe(result)
  })
  test('a lie calls anything valid, and another licence is another', () => {
    expect(groundFor(book, expired.id, 'lie', '01')).toMatchObject({
      licence: { id: expired.id, status: '01', validTo: null },
    })
    expect(groundFor(book, valid.id, 'other-licence', '01')).toMatchObject({ licence: { id: renewal.id } })
    expect(groundFor(book, 'unheard of', null, '01')).toBe('absent')
  })
})

test('GBK is written by the table that the platform reads by', () => {
  const text = '电子证照 A&B（测试）1〔2024〕'
  expect(new TextDecoder('gbk', { fatal: true }).decode(gbk(text))).toBe(text)
  expect(gbk('中').toString('hex')).toBe('d6d0')
  expect(gbk('𠮷').toString()).toBe('?')
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(gbk(text))).toThrow()
})

test('canonical JSON sorts by code units and drops what is undefined', () => {
  expect(canonicalJson({ b: [1, { z: null, a: '"\u0001' }], a: '中', é: undefined, Z: true })).toBe(
    '{"Z":true,"a":"中","b":[1,{"a":"\\"\\u0001","z":null}]}',
  )
  expect(parseJson(Buffer.from([0x22, 0xd6, 0xd0, 0x22]))).toBeUndefined()
  expect(parseJson(Buffer.from('\ufeff{}'))).toBeUndefined()
})

test('what was used once stays used, until nobody could take it for fresh', () => {
  let now = 0
  const once = onceOnly(() => now)
  expect([once.claim('a'), once.claim('a'), once.claim('b')]).toEqual([true, false, true])
  now = 699_999
  expect(once.claim('a')).toBe(false)
  now = 700_000
  expect(once.claim('a')).toBe(true)
})

test('secrets', () => {
  expect(sameSecret('hutong-test-1', 'hutong-test-1')).toBe(true)
  expect(sameSecret('hutong-test-2', 'hutong-test-1')).toBe(false)
  expect(sameSecret(undefined, '')).toBe(false)
  expect([lastFlipped('xA'), lastFlipped('xB')]).toEqual(['xB', 'xA'])
})

test('a question', () => {
  const id = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
  const question = questionOf({ operation: 'verifyData', licenceId: id, purpose: { category: 'hotel' } }, 'fujian')
  expect(question.purpose).toEqual({ ...purposeFor('fujian', id), category: 'hotel' })
  expect(purposeFor('fujian', id).caseNumber).toBe(purposeFor('mca', id).caseNumber)
  expect(purposeFor('fujian', id).caseNumber).not.toBe(purposeFor('fujian', `${id}x`).caseNumber)
  expect(questionOf({ operation: 'getData', licenceId: id, tamper: 'no-purpose' }, 'mca').purpose).toBeNull()
  expect(() => questionOf({ operation: 'getData', licenceId: id, claims: { name: 1 } }, 'mca')).toThrow('claims.name')
})

test('codes in replies', () => {
  expect(codeInMessage('[ISSUER_UNREACHABLE] 联系不上')).toBe('ISSUER_UNREACHABLE')
  expect(codeInMessage('see [VALID]')).toBeNull()
  expect(codeInMessage(null)).toBeNull()
  const receipt = { code: 'VALID' }
  const header = Buffer.from(JSON.stringify(receipt)).toString('base64url')
  const reply = { status: 200, headers: { 'hutong-receipt': header }, body: Buffer.alloc(0) }
  expect(receiptIn(reply, null)).toEqual(receipt)
  expect(receiptIn({ ...reply, headers: { 'hutong-receipt': '*' } }, null)).toBeNull()
  expect(receiptIn({ ...reply, headers: {} }, { receipt })).toEqual(receipt)
})

test('settings name the member that is wrong', () => {
  const settings = settingsOf({ port: 70_000, keys: { a: 1 }, part: { text: '' } })
  expect(() => settings.port('port', 0)).toThrow('config.port must be a port')
  expect(() => settings.texts('keys')).toThrow('config.keys.a must be a text')
  expect(() => settings.part('part').text('text')).toThrow('config.part.text must be a text')
  expect(settings.port('missing', 7)).toBe(7)
})

describe('SM2 and SM3', () => {
  const privateKey = '3'.repeat(64)
  test('SM3 of abc is the standard’s example', () => {
    expect(sm3Of(Buffer.from('abc')).toString('hex')).toBe(
      '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
    )
  })
  test('a signature holds for its message, key and the default user id alone', () => {
    const message = Buffer.from('谁制发、谁核验')
    const signature = sm2Sign(message, privateKey)
    expect(sm2Holds(message, signature, publicPoint(privateKey))).toBe(true)
    expect(sm2Holds(Buffer.from('x'), signature, publicPoint(privateKey))).toBe(false)
    expect(sm2Holds(message, sm2Sign(message, privateKey, ''), publicPoint(privateKey))).toBe(false)
    expect(sm2Holds(message, signature.subarray(1), publicPoint(privateKey))).toBe(false)
    expect(sm2Holds(message, signature, 'no point')).toBe(false)
  })
  test('what is sealed to a key opens with it, and with no other', () => {
    const sealed = sm2Encrypt(Buffer.from('{"结果":0}'), publicPoint(privateKey))
    expect(sealed).toMatch(/^04[0-9a-f]+$/)
    expect(sm2Decrypt(sealed.toUpperCase(), privateKey)?.toString()).toBe('{"结果":0}')
    expect(sm2Decrypt(sealed, '4'.repeat(64))).toBeNull()
    expect(sm2Decrypt(`${sealed.slice(0, -1)}${sealed.endsWith('0') ? '1' : '0'}`, privateKey)).toBeNull()
    expect(sm2Decrypt('not hex', privateKey)).toBeNull()
  })
})
