import { expect, test } from 'vitest'
import { explainText } from './explain.js'
import { registryRoutes } from './registry-routes.js'
import { resolveLicence, resolveSearch } from './resolve.js'
import { compileRoutes } from './route-table.js'

const type = '11100000000013338W011'
const issuer = '11430000006122244L'
const hunan = { zh: '湖南省', en: 'Hunan' }
const knownHunan = { id: '43', name: hunan, divisions: ['430000'], issuers: [], definers: [], verticalIssuers: [] }

const configured = compileRoutes({
  spokes: [
    { name: 'hunan', node: '43', divisions: ['43'] },
    { name: 'national', node: 'national', isDefault: true },
  ],
  knownNodes: [knownHunan],
  configVersion: '5c1e90aa',
})

test('a route is told as a table: result, six rules in order, who was passed over', () => {
  expect(explainText(resolveLicence(configured, { type, issuer }), 'zh')).toBe(
    [
      '结论  → 湖南省 [hunan]',
      '规则  区划',
      '',
      ' #  规则      取值                   判定',
      ' 1  机构调整  11430000006122244L     – 没有机构调整',
      ' 2  垂直系统  11100000000013338W011  – 不由垂直系统保管',
      ' 3  指定机构  11430000006122244L     – 没有节点单独认领这个机构',
      ' 4  区划别名  430000                 – 不是别名代码',
      ' 5  区划      43                     ✔ 颁发机构的区划由该节点负责',
      ' 6  默认出口  national               – 用不着默认出口',
      '',
      '其他候选: national (仅在没有其他节点负责时使用)',
      '配置版本: 5c1e90aa',
      '',
    ].join('\n'),
  )
})

test('the same in English', () => {
  const text = explainText(resolveLicence(configured, { type, issuer }), 'en')
  expect(text).toContain('result  → Hunan [hunan]')
  expect(text).toContain('✔ the spoke answers for the issuer’s division')
  expect(text).not.toMatch(/\p{Script=Han}/u)
})

test('nobody: the code, and what was tried', () => {
  const closed = compileRoutes({ spokes: [{ name: 'a', node: '11', divisions: ['11'] }], configVersion: 'v' })
  const text = explainText(resolveLicence(closed, { type, issuer }), 'en')
  expect(text).toContain('no node answers (ISSUER_UNKNOWN); nothing is broadcast')
  expect(text).toContain('division: 430000')
})

test('a search that names nobody: ISSUER_REQUIRED', () => {
  const text = explainText(resolveSearch(configured, { issuer: null, division: null, typeCode: null }), 'zh')
  expect(text).toContain('ISSUER_REQUIRED')
})

test('a node without a spoke is named, and said not to be connected', () => {
  const closed = compileRoutes({
    spokes: [{ name: 'a', node: '11', divisions: ['11'] }],
    knownNodes: [knownHunan],
    configVersion: 'v',
  })
  const text = explainText(resolveLicence(closed, { type, issuer }), 'en')
  expect(text).toContain('result  → Hunan [43]: not connected (ISSUER_UNKNOWN)')
})

test('the registry alone names the node and says that no spoke is configured', () => {
  const decision = resolveLicence(registryRoutes({ knownNodes: [knownHunan], aliases: [] }), { type, issuer })
  expect(decision).toMatchObject({
    spoke: null,
    node: '43',
    name: hunan,
    rule: 'division',
    code: null,
    configured: false,
  })
  const text = explainText(decision, 'zh')
  expect(text).toContain('结论  → 湖南省 [43]')
  expect(text).toContain('没有配置任何节点')
})

test('rivals are named', () => {
  const torn = compileRoutes({
    spokes: [
      { name: 'a', node: '43', divisions: ['43'] },
      { name: 'b', node: '43', divisions: ['43'] },
    ],
    configVersion: 'v',
  })
  expect(explainText(resolveLicence(torn, { type, issuer }), 'en')).toContain(
    '✘ claimed by a and b at once, so nobody is asked',
  )
})
