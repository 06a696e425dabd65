import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bookOf, bookWith } from './book.js'
import { creditHolds, licenceCheck, licenceHolds } from './check-digits.js'

const nodes = ['hunan', 'shandong', 'tax', 'national'] as const
const all = nodes.flatMap((node) => bookOf(node).licences.map((licence) => [node, licence.id, licence] as const))

test.each([
  '1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0',
  '1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9',
  '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U',
  '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S',
])('the public identifier %s holds, and no other check character would', (id) => {
  expect(licenceHolds(id)).toBe(true)
  const others = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => licenceHolds(id.slice(0, -1) + letter))
  expect(others).toEqual([id.slice(-1)])
})

test('check characters are for capital letters and digits alone', () => {
  expect(() => licenceCheck('a')).toThrow(RangeError)
  expect(creditHolds('11100000000014445h')).toBe(false)
  expect(creditHolds('11100000000014445H')).toBe(true)
  expect(creditHolds('11100000000014446H')).toBe(false)
})

describe.each(all)('%s %s', (_node, id, licence) => {
  test('is made as an identifier must be, of the issuer and type that it names', () => {
    expect(licenceHolds(id)).toBe(true)
    expect(id.split('.').slice(5, 7)).toEqual([licence.typeCode, licence.issuer.code])
    expect(creditHolds(licence.issuer.code)).toBe(true)
    expect(creditHolds(licence.typeCode.slice(0, 18))).toBe(true)
    for (const { typeCode, code } of licence.holders) {
      expect(typeCode === '001' ? creditHolds(code) : citizenHolds(code)).toBe(true)
    }
  })
})

function citizenHolds(code: string): boolean {
  // Region 99 is assigned to nobody; the other is the example of the standard itself.
  if (!code.startsWith('99') && code !== '11010519491231002X') return false
  let sum = 0
  for (let index = 0; index < 17; index++) sum += Number(code[index]) * (2 ** (17 - index) % 11)
  return '10X98765432'[sum % 11] === code[17]
}

test('identifiers are unique, and each node has one valid licence at least', () => {
  expect(new Set(all.map(([, id]) => id)).size).toBe(all.length)
  for (const node of nodes) expect(bookOf(node).licences[0]?.earns).toBe('VALID')
})

test('the licence of the format example is valid, and its renewal not yet in force', () => {
  const [first, second] = bookOf('hunan').licences
  expect([first?.id.slice(-5), first?.earns]).toEqual(['001.U', 'VALID'])
  expect([second?.id.slice(-5), second?.earns]).toEqual(['002.S', 'NOT_YET_VALID'])
})

test('the README lists every identifier with what it earns', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| (\w+) \| `(1\.2\.156\.[0-9A-Z.]+)` \| ([A-Z_]+) \|/gm)].map(([, ...row]) =>
    row.join(' '),
  )
  expect(rows).toEqual(all.map(([node, id, { earns }]) => `${node} ${id} ${earns}`))
})

describe('a book', () => {
  const book = bookOf('hunan')
  const idOf = (earns: string) => book.licences.find((licence) => licence.earns === earns)?.id ?? ''
  test('does not find what it says that it does not hold', () => {
    expect(book.find(idOf('NOT_FOUND'))).toBeUndefined()
    expect(book.conductFor(idOf('NOT_FOUND'))).toBe('absent')
    expect(book.conductFor('1.2.156.3005.2.x')).toBe('absent')
    expect(book.conductFor(idOf('ISSUER_UNREACHABLE'))).toBe('silent')
  })
  test('finds by holder, of one type or of any', () => {
    const holder = { typeCode: '111', code: '11010519491231002X' }
    expect(book.heldBy(holder, null)).toHaveLength(2)
    expect(book.heldBy(holder, '11100000MB0143028R001')).toEqual([])
    expect(book.heldBy({ ...holder, typeCode: '001' }, null)).toEqual([])
  })
  test('has another licence than the one that is asked for', () => {
    expect(book.otherThan(idOf('VALID')).id).not.toBe(idOf('VALID'))
    expect(() => bookWith([]).otherThan('x')).toThrow()
  })
  test('is there for issuing nodes only', () => {
    expect(() => bookOf('guangdong')).toThrow('no licence book')
    expect(() => bookOf('constructor')).toThrow('no licence book')
  })
})
