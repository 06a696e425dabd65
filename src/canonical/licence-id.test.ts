import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../test/vectors.js'
import { checkCharacter, legacyCheckCharacter } from './check-character.js'
import { HubError } from './errors.js'
import { formatLicenceId, LICENCE_ROOT, licenceIdParts, parseLicenceId, readLicenceId } from './licence-id.js'

const valid = readVectors('identifiers/licence-id.valid.txt')
const legacy = readVectors('identifiers/licence-id.legacy.txt')
const invalid = readVectors('identifiers/licence-id.invalid.txt')

function codeOf(input: unknown): string {
  try {
    parseLicenceId(input)
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown.code
    throw thrown
  }
  return 'accepted'
}

test.each(valid)('accepts %s', (text) => {
  expect(parseLicenceId(text)).toBe(text)
  expect(readLicenceId(text)).toMatchObject({ check: 'ok' })
})

test.each(legacy)('accepts %s and says that its check character deviates', (text) => {
  expect(parseLicenceId(text)).toBe(text)
  expect(readLicenceId(text)).toMatchObject({ check: 'ok-legacy' })
})

test.each(invalid)('refuses %j', (text) => {
  expect(codeOf(text)).toMatch(/^LICENCE_ID_(MALFORMED|CHARACTER_REFUSED|CHECK_FAILED)$/)
})

test.each([
  ['LICENCE_ID_CHECK_FAILED', '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.V'],
  ['LICENCE_ID_CHARACTER_REFUSED', '1.2.156.3005.2.11100000000013338W011.11430000006122244L.0624_001.001.U'],
  ['LICENCE_ID_CHARACTER_REFUSED', '1.2.156.3005.2.11100000000013338w011.11430000006122244L.20230000403.001.U'],
  ['LICENCE_ID_MALFORMED', '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001'],
  ['LICENCE_ID_MALFORMED', undefined],
  ['LICENCE_ID_MALFORMED', null],
  ['LICENCE_ID_MALFORMED', 1.2],
  ['LICENCE_ID_MALFORMED', { toString: () => valid[0] }],
  ['LICENCE_ID_MALFORMED', `${valid[0]}\n`],
])('%s for %j', (code, input) => {
  expect(codeOf(input)).toBe(code)
})

test('no error repeats the identifier, which leads to a person', () => {
  for (const text of invalid) {
    try {
      parseLicenceId(text)
    } catch (thrown) {
      expect(String(thrown)).not.toContain('20230000403')
      expect(thrown).toMatchObject({ subject: 'licenceId' })
    }
  }
  expect.assertions(invalid.length * 2)
})

test('names the parts, the definer apart from the issuer', () => {
  expect(licenceIdParts(parseLicenceId(valid[0]))).toEqual({
    type: '11100000000013338W011',
    definer: '11100000000013338W',
    issuer: '11430000006122244L',
    serial: '20230000403',
    version: '001',
    check: 'U',
  })
})

describe('for any parts', () => {
  const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const text = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength })
  const digits = (length: number) =>
    fc.string({ unit: fc.constantFrom(...alphabet.slice(0, 10)), minLength: length, maxLength: length })
  const parts = fc.record({
    type: fc.tuple(text(18, 18), digits(3)).map(([definer, number]) => definer + number),
    issuer: text(2, 18),
    serial: text(1, 40),
    version: digits(3),
  })

  test('what is written is read back', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const id = formatLicenceId(given)
        expect(licenceIdParts(id)).toMatchObject(given)
        expect(readLicenceId(id)).toMatchObject({ check: 'ok' })
      }),
    )
  })

  test('one wrong character is never taken for the standard form', () => {
    fc.assert(
      fc.property(parts, fc.nat(), fc.constantFrom(...alphabet), (given, place, character) => {
        const id = formatLicenceId(given)
        const at = LICENCE_ROOT.length + 1 + (place % (id.length - LICENCE_ROOT.length - 1))
        fc.pre(id[at] !== '.' && id[at] !== character)
        const read = readLicenceId(id.slice(0, at) + character + id.slice(at + 1))
        expect(typeof read === 'string' ? read : read.check).not.toBe('ok')
      }),
    )
  })

  test('the two check characters are defined exactly for capital letters and digits', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), (body) => {
        const defined = /^[0-9A-Z]*$/.test(body)
        expect(checkCharacter(body) !== undefined).toBe(defined)
        expect(legacyCheckCharacter(body) !== undefined).toBe(defined)
      }),
    )
  })
})

test('arbitrary text never escapes as anything but a code', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
      expect(codeOf(text)).toMatch(/^LICENCE_ID_/)
    }),
  )
})
