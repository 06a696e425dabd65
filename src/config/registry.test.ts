import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readLicenceId } from '../canonical/licence-id.js'
import { registryRoutes } from '../routes/registry-routes.js'
import { resolveLicence } from '../routes/resolve.js'
import { packageRoot } from './package-root.js'
import { loadRegistry } from './registry.js'

const scratch = mkdtempSync(join(tmpdir(), 'hutong-registry-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** A copy of spec/registry with one file changed. */
function broken(name: string, file: string, change: (text: string) => string): string {
  const root = join(scratch, name)
  cpSync(join(packageRoot(), 'spec/registry'), join(root, 'spec/registry'), { recursive: true })
  const path = join(root, 'spec/registry', file)
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  writeFileSync(path, after)
  return root
}

test('the package root is the folder of our package.json', () => {
  expect(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).name).toBe('hutong')
})

test('the registry is read once and frozen', () => {
  const registry = loadRegistry()
  expect(loadRegistry()).toBe(registry)
  expect(Object.isFrozen(registry)).toBe(true)
  expect(Object.isFrozen(registry.nodes[0])).toBe(true)
  expect(() => {
    ;(registry.ministries[0] as { zh: string }).zh = '别的'
  }).toThrow(TypeError)
})

test('types are found by code, and those without a code are not', () => {
  const { typeByCode, licenceTypes } = loadRegistry()
  expect(typeByCode.get('11100000MB03271699022')?.zh).toBe('不动产登记证明')
  expect(typeByCode.size).toBe(licenceTypes.filter(({ code }) => code !== null).length)
})

test('a file that breaks its schema is refused by name', () => {
  const root = broken('schema', 'ministries.yaml', (text) => text.replace('vertical: false', 'vertical: perhaps'))
  expect(() => loadRegistry(root)).toThrow(/ministries\.yaml/)
})

test('a key that appears twice is refused', () => {
  expect(() => loadRegistry(broken('node', 'nodes.yaml', (text) => text.replace("id: '12'", "id: '11'")))).toThrow(
    /lists 11 twice/,
  )
  const twice = broken('type', 'licence-types.yaml', (text) =>
    text.replace('11100000000013338W032', '11100000000013338W011'),
  )
  expect(() => loadRegistry(twice)).toThrow(/lists 11100000000013338W011 twice/)
  const raw = broken('raw', 'statuses.yaml', (text) => text.replace("raw: '02'", "raw: '01'"))
  expect(() => loadRegistry(raw)).toThrow(/lists 01 twice/)
})

/** Where the built-in registry, without any configuration, says an identifier belongs. */
function nodeOf(type: string, issuer: string): string {
  const decision = resolveLicence(registryRoutes(loadRegistry()), { type, issuer })
  return `${decision.node ?? 'nobody'} by ${decision.rule ?? 'nothing'}`
}

test('the Hunan example belongs to Hunan, by its issuer’s division', () => {
  const read = readLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
  if (typeof read === 'string') throw new Error(read)
  const decision = resolveLicence(registryRoutes(loadRegistry()), read.parts)
  expect(decision).toMatchObject({
    spoke: null,
    node: '43',
    name: { zh: '湖南省', en: 'Hunan' },
    rule: 'division',
    code: null,
    configured: false,
  })
})

test.each([
  ['a tax bureau’s licence of any type', '11100000000013338W011', '114300000061231244', 'sta by vertical'],
  ['a tax type from a province', '11100000000014445H001', '11430000006122244L', 'sta by vertical'],
  ['an identity card from a province', '11100000000013127D001', '11430000006122244L', 'mps by vertical'],
  ['a licence issued by a ministry itself', '11100000000013338W001', '11100000000013338W', 'mohurd by issuer'],
  ['an issuer that is a division', '11100000MB03271699022', '340100', '34 by division'],
  ['XPCC by its own code', '11100000MB03271699022', '660000', '66 by alias'],
  ['XPCC by the other code', '11100000MB03271699022', '659900', '66 by alias'],
  ['a city of the XPCC', '11100000MB03271699022', '659012', '66 by alias'],
  ['a city of Xinjiang', '11100000MB03271699022', '650100', '65 by division'],
  ['a division nobody has', '11100000MB03271699022', '990000', 'nobody by nothing'],
])('%s', (_, type, issuer, expected) => {
  expect(nodeOf(type, issuer)).toBe(expected)
})
