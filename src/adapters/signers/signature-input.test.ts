import fc from 'fast-check'
import { parseDictionary, serializeInnerList } from 'structured-headers'
import { expect, test } from 'vitest'
import { readSignature, readSignatureInput } from './signature-input.js'

const LIST = '("@method" "content-digest")'
const TAIL = ';created=1700000000;expires=1700000300;nonce="0123456789abcdef";keyid="asker-1";tag="hutong"'

test('reads label, components and parameters', () => {
  expect(readSignatureInput(`hutong=${LIST}${TAIL}`)).toEqual({
    label: 'hutong',
    params: LIST + TAIL,
    components: ['"@method"', '"content-digest"'],
    created: 1700000000,
    expires: 1700000300,
    nonce: '0123456789abcdef',
    keyId: 'asker-1',
    tag: 'hutong',
    alg: undefined,
  })
})

test.each([
  ['no parameters', '()'],
  ['a number where a text belongs', '();keyid=1;nonce=2;tag=3'],
  ['a text where a number belongs', '();created="1700000000";expires="x"'],
])('%s: what is not there is undefined', (_name, value) => {
  expect(readSignatureInput(`a=${value}`)).toMatchObject({
    created: undefined,
    expires: undefined,
    nonce: undefined,
    keyId: undefined,
    tag: undefined,
  })
})

test.each([
  ['nothing', ''],
  ['a bare list', LIST],
  ['no label', `=${LIST}`],
  ['a capital label', `Hutong=${LIST}`],
  ['a label too long', `${'a'.repeat(65)}=${LIST}`],
  ['an item in place of a list', 'hutong="@method"'],
  ['a list left open', 'hutong=("@method"'],
  ['two members', `a=${LIST}, b=${LIST}`],
  ['the same member twice', `hutong=${LIST}${TAIL}, hutong=${LIST}${TAIL}`],
  ['a second list', `hutong=${LIST}${LIST}`],
  ['blanks in front', ` hutong=${LIST}`],
  ['a blank before a parameter', `hutong=${LIST}; created=1`],
  ['a parameter twice', `hutong=${LIST};created=1;created=2`],
  ['a parameter without a value', `hutong=${LIST};created`],
  ['a decimal', `hutong=${LIST};created=1.5`],
  ['a leading zero', `hutong=${LIST};created=01`],
  ['a number too long', `hutong=${LIST};created=1234567890123456`],
  ['a token', `hutong=${LIST};tag=hutong`],
  ['an escape', `hutong=${LIST};tag="hu\\"tong"`],
  ['a text left open', `hutong=${LIST};tag="hutong`],
  ['a line break', `hutong=${LIST};tag="hu\ntong"`],
  ['a line break behind', `hutong=${LIST}${TAIL}\n`],
  ['letters outside ASCII', `hutong=${LIST};tag="互通"`],
  ['over the limit', `hutong=${LIST};nonce="${'a'.repeat(1100)}"`],
])('refuses %s', (_name, field) => {
  expect(() => readSignatureInput(field)).toThrow('[SIGNATURE_INVALID]')
})

test('agrees with a parser of structured fields on whatever that parser would write', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
  const item = fc.tuple(fc.oneof(name, fc.constantFrom('@method', '@path')), fc.constant(new Map()))
  const parameters = fc.record({
    created: fc.integer({ min: 0, max: 2_000_000_000 }),
    nonce: fc.stringMatching(/^[A-Za-z0-9]{1,30}$/),
    keyid: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
  })
  fc.assert(
    fc.property(name, fc.array(item, { maxLength: 6 }), parameters, (label, items, given) => {
      const text = serializeInnerList([items, new Map(Object.entries(given))])
      const read = readSignatureInput(`${label}=${text}`)
      expect(read).toMatchObject({
        label,
        params: text,
        created: given.created,
        nonce: given.nonce,
        keyId: given.keyid,
      })
      expect(read.components).toEqual(items.map(([value]) => `"${value}"`))
    }),
  )
})

test('reads nothing that a parser of structured fields refuses or understands otherwise', () => {
  const piece = fc.constantFrom('a', '=', '(', ')', '"x"', '"', ' ', ';', 'created=', '1', 'tag=', ',', '\\', 'req')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const field = `a=(${pieces.join('')}`
      expect(ourWay(field) === undefined || ourWay(field) === theirWay(field)).toBe(true)
    }),
    { numRuns: 5000 },
  )
})

/** The member in canonical form, or undefined when it is refused. Components are judged later, by their values. */
function ourWay(field: string): string | undefined {
  try {
    const { label, params, components } = readSignatureInput(field)
    const known = components.every((component) => /^"[a-z@-]+"(?:;req)?$/.test(component))
    return known ? `${label}=${params}` : undefined
  } catch {
    return undefined
  }
}

function theirWay(field: string): string | undefined {
  try {
    const [[label, list] = []] = [...parseDictionary(field)]
    return Array.isArray(list?.[0]) ? `${label}=${serializeInnerList(list as never)}` : undefined
  } catch {
    return undefined
  }
}

const BASE64 = `${'A'.repeat(85)}Q==`

test('reads the label and 64 bytes of a signature', () => {
  expect(readSignature(`hutong=:${BASE64}:`)).toEqual({ label: 'hutong', base64: BASE64 })
  expect(Buffer.from(BASE64, 'base64')).toHaveLength(64)
})

test.each([
  ['nothing', ''],
  ['no colons', `hutong=${BASE64}`],
  ['63 bytes', `hutong=:${'A'.repeat(84)}:`],
  ['65 bytes', `hutong=:${'A'.repeat(86)}A=:`],
  ['DER, 70 bytes', `hutong=:${Buffer.alloc(70, 0x30).toString('base64')}:`],
  ['hexadecimal', `hutong=:${'0'.repeat(128)}:`],
  ['bits behind the last byte', `hutong=:${'A'.repeat(85)}B==:`],
  ['base64url', `hutong=:${'_'.repeat(85)}Q==:`],
  ['no padding', `hutong=:${'A'.repeat(85)}Q:`],
  ['a blank inside', `hutong=:${'A'.repeat(40)} ${'A'.repeat(45)}Q==:`],
  ['two members', `hutong=:${BASE64}:, other=:${BASE64}:`],
  ['the same member twice', `hutong=:${BASE64}:, hutong=:${BASE64}:`],
  ['a parameter', `hutong=:${BASE64}:;a=1`],
])('refuses a signature of %s', (_name, field) => {
  expect(() => readSignature(field)).toThrow('[SIGNATURE_INVALID]')
})
