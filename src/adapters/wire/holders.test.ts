import fc from 'fast-check'
import { expect, test } from 'vitest'
import { licences } from '../../../test/dialect-arbitraries.js'
import { joinHolders, readHolderCode, splitHolders } from './holders.js'

test.each([
  ['comma', '测试员乙,测试员丙', '11010519491231002X,990001199001010013', '111,111'],
  ['caret', '测试员乙^测试员丙', '11010519491231002X^990001199001010013', '111^111'],
  ['one type for all', '测试员乙^测试员丙', '11010519491231002X^990001199001010013', '111'],
  ['type plain from the code', '测试员乙,测试员丙', '11010519491231002X,990001199001010013', ''],
])('several holders: %s', (_case, names, codes, typeCodes) => {
  expect(splitHolders({ names, codes, typeCodes }, 'type')).toEqual({
    value: [
      { typeCode: '111', code: '11010519491231002X', name: '测试员乙' },
      { typeCode: '111', code: '990001199001010013', name: '测试员丙' },
    ],
    losses: [],
  })
})

test('the name of one holder is taken whole', () => {
  const joined = { names: 'A,B^C（测试）有限公司', codes: '91370000MA0000TX1C', typeCodes: '001' }
  expect(splitHolders(joined, 'type').value).toEqual([
    { typeCode: '001', code: '91370000MA0000TX1C', name: 'A,B^C（测试）有限公司' },
  ])
})

test('names that do not go with the codes are not guessed at', () => {
  const joined = { names: '测试员乙', codes: '11010519491231002X^990001199001010013', typeCodes: '111' }
  const { value, losses } = splitHolders(joined, 'type')
  expect(value.map(({ name }) => name)).toEqual([null, null])
  expect(losses).toEqual([{ field: 'holders.name', reason: 'narrowed' }])
})

test('a holder without a code is a loss', () => {
  expect(splitHolders({ names: '测试员乙', codes: '', typeCodes: '' }, 'type')).toEqual({
    value: [],
    losses: [{ field: 'holders', reason: 'no-slot' }],
  })
  expect(splitHolders({ names: '', codes: '', typeCodes: '' }, 'type')).toEqual({ value: [], losses: [] })
})

test('a type that nobody names is not made up', () => {
  expect(() => splitHolders({ names: '', codes: 'G12345678', typeCodes: '' }, 'type')).toThrow('REPLY_MALFORMED')
})

test('what is joined is what is split, or a loss', () => {
  fc.assert(
    fc.property(
      licences.map(({ holders }) => holders),
      fc.constantFrom(',' as const, '^' as const),
      (holders, separator) => {
        const joined = joinHolders(holders, separator)
        const expected = joined.losses.length === 0 ? holders : holders.map((holder) => ({ ...holder, name: null }))
        expect(splitHolders(joined.value, 'type')).toEqual({ value: expected, losses: [] })
      },
    ),
  )
})

test('the other separator serves where a name holds the first', () => {
  const [one, two] = [
    { typeCode: '111', code: '11010519491231002X', name: 'Smith, J' },
    { typeCode: '111', code: '990001199001010013', name: '测试员丙' },
  ]
  expect(joinHolders([one, two], ',').value.names).toBe('Smith, J^测试员丙')
  expect(joinHolders([one, { ...two, name: '^' }], ',').losses).toEqual([{ field: 'holders.name', reason: 'no-slot' }])
})

test('a code that holds a separator cannot be joined', () => {
  const { value, losses } = joinHolders([{ typeCode: '999', code: 'a,b', name: null }], '^')
  expect(value.codes).toBe('')
  expect(losses).toEqual([{ field: 'holders', reason: 'no-slot' }])
})

test('holder codes have the check of their kind', () => {
  expect(readHolderCode('111', '11010519491231002x', 'code')).toBe('11010519491231002X')
  expect(readHolderCode('414', 'g12345678', 'code')).toBe('g12345678')
  expect(() => readHolderCode('111', '110105194912310021', 'code')).toThrow('HOLDER_CODE_MALFORMED')
  expect(() => readHolderCode('001', '91370000MA0000TX1D', 'code')).toThrow('HOLDER_CODE_MALFORMED')
})
