import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { packageRoot } from '../src/config/package-root.js'
import { compileUseList, type UseListEntry } from '../src/policy/use-list.js'

const schema = JSON.parse(readFileSync(join(packageRoot(), 'spec/config/use-list.schema.json'), 'utf8'))
const check = new Ajv({ strict: false }).compile<{ uses: UseListEntry[] }>(schema)

const row: UseListEntry = {
  spoke: 'guangdong',
  category: 'item',
  item: { code: 'GD-TEST-0001', name: '安全生产许可证核发（测试）' },
  types: ['11100000000013338W011'],
  operations: ['getData', 'verifyData'],
  fields: ['number', 'holderName', 'holderCode', 'GANGWEI'],
}

test('what the schema takes, the list compiles without a problem', () => {
  const uses = [
    row,
    { ...row, category: 'inspection', fields: ['number'], reason: '监督检查（测试）' },
    { ...row, category: 'hotel', item: null, fields: [] },
    { ...row, spoke: 'public', category: 'public', item: null, operations: ['verifyData'], fields: [] },
  ]
  expect(check({ uses })).toBe(true)
  expect(compileUseList(uses).problems).toEqual([])
})

test.each<[string, object]>([
  ['an item row without an item', { item: null }],
  ['a type with a wildcard', { types: ['*'] }],
  ['no type', { types: [] }],
  ['an operation that the gateway does not offer', { operations: ['getFile'] }],
  ['a category that does not exist', { category: 'other' }],
  ['a holder’s name without its code', { fields: ['holderName'] }],
  ['the name of public verification for a spoke', { spoke: 'public' }],
  ['public verification for a spoke', { category: 'public', item: null, operations: ['verifyData'], fields: [] }],
  ['public verification with data', { spoke: 'public', category: 'public', item: null, operations: ['verifyData'] }],
  ['a member that does not exist', { consent: true }],
])('the schema refuses %s', (_, change) => {
  expect(check({ uses: [{ ...row, ...change }] })).toBe(false)
})
