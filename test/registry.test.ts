import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { encumbrances, lifecycleStates } from '../src/canonical/lifecycle.js'
import { isUscc } from '../src/canonical/uscc.js'
import { packageRoot } from '../src/config/package-root.js'
import { loadRegistry } from '../src/config/registry.js'

const folder = join(packageRoot(), 'spec/registry')
const files = ['nodes', 'ministries', 'licence-types', 'statuses'] as const
const { nodes, ministries, licenceTypes, statuses } = loadRegistry()

function read(name: string): unknown {
  return parse(readFileSync(join(folder, `${name}.yaml`), 'utf8'))
}
function schemaOf(name: string) {
  return new Ajv({ strict: false, allErrors: true }).compile(
    JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8')),
  )
}

describe('schemas', () => {
  test('every file has a schema, and every schema a file', () => {
    const present = readdirSync(folder).filter((name) => !name.endsWith('.md'))
    expect(present.sort()).toEqual(files.flatMap((name) => [`${name}.schema.json`, `${name}.yaml`]).sort())
  })
  test.each(files)('%s.yaml obeys its schema', (name) => {
    const check = schemaOf(name)
    check(read(name))
    expect(check.errors ?? []).toEqual([])
  })
  test.each(files)('the schema of %s.yaml refuses a member that it does not know', (name) => {
    const check = schemaOf(name)
    expect(check({ ...(read(name) as object), other: 1 })).toBe(false)
  })
  test('a definer is refused where nothing is vertical, and demanded where something is', () => {
    const check = schemaOf('ministries')
    const row = { id: 'xx', zh: '某部', en: 'X', uscc: null, definers: [], issuers: [], label: 'UNK', source: 'a test' }
    expect(check({ ministries: [{ ...row, vertical: false }] })).toBe(true)
    expect(check({ ministries: [{ ...row, vertical: true }] })).toBe(false)
    expect(check({ ministries: [{ ...row, vertical: false, definers: ['11100000000014445H'] }] })).toBe(false)
  })
})

describe('provenance', () => {
  test.each(files)('every row of %s.yaml has a label and a source', (name) => {
    const [rows] = Object.values(read(name) as Record<string, { label: string; source: string }[]>)
    expect(rows?.length).toBeGreaterThan(0)
    for (const { label, source } of rows ?? []) {
      expect(['EST', 'INF', 'UNK']).toContain(label)
      expect(source.length).toBeGreaterThan(0)
    }
  })
})

describe('nodes', () => {
  test('31 provinces, the XPCC and the national exchange, once each', () => {
    expect(nodes.filter(({ kind }) => kind === 'exchange').map(({ id }) => id)).toEqual(['national'])
    const provinces = nodes.filter(({ kind }) => kind === 'province').map(({ id }) => Number(id))
    const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
    expect(provinces).toEqual(
      [span(11, 15), span(21, 23), span(31, 37), span(41, 46), span(50, 54), span(61, 65), [66]].flat(),
    )
  })
  test('a province’s division begins with its id', () => {
    for (const { id, kind, division } of nodes.filter((row) => row.kind === 'province')) {
      expect([kind, division]).toEqual(['province', `${id}0000`])
    }
  })
  test('the XPCC is known by both codings and by its twelve cities', () => {
    const corps = nodes.find(({ id }) => id === '66')
    const cities = Array.from({ length: 12 }, (_, index) => `6590${String(index + 1).padStart(2, '0')}`)
    expect(corps?.aliases.map(({ division }) => division)).toEqual(['660000', '659900', ...cities])
  })
})

describe('codes', () => {
  const established = {
    mps: '11100000000013127D',
    mca: '111000000000131433',
    mnr: '11100000MB03271699',
    mohurd: '11100000000013338W',
    mot: '11100000717823004M',
    sta: '11100000000014445H',
    gacc: '11100000000014154E',
    samr: '11100000MB0143028R',
    nmpa: '11100000MB0341032Y',
    spb: '11100000717817624Y',
  }
  // Types whose definer is published by its code alone: which authority it is has not been established.
  const definersWithoutName = ['11100000000013661B', '11410800MB18523953']

  test('no authority has a code but those that are established', () => {
    const listed = ministries.flatMap(({ id, uscc }) => (uscc === null ? [] : [[id, uscc]]))
    expect(Object.fromEntries(listed)).toEqual(established)
  })
  test('no type has a code but those that were seen in public', () => {
    expect(licenceTypes.flatMap(({ code }) => code ?? []).sort()).toEqual([
      '11100000000013127D001',
      '111000000000131433001',
      '11100000000013338W001',
      '11100000000013338W009',
      '11100000000013338W011',
      '11100000000013338W032',
      '11100000000013338W050',
      '11100000000013338W064',
      '11100000000013661B006',
      '11100000717823004M004',
      '11100000MB0143028R001',
      '11100000MB03271699001',
      '11100000MB03271699022',
      '11100000MB0341032Y002',
      '11410800MB18523953004',
    ])
  })
  test('every credit code passes its check', () => {
    const codes = ministries.flatMap(({ uscc, definers, issuers }) => [
      ...(uscc === null ? [] : [uscc]),
      ...definers,
      ...issuers,
    ])
    expect(codes.filter((code) => !isUscc(code))).toEqual([])
    expect(codes.length).toBeGreaterThan(Object.keys(established).length)
  })
  test('every type’s definer passes its check, and is a listed authority or known to be nameless', () => {
    const definers = new Set(licenceTypes.flatMap(({ code }) => (code === null ? [] : [code.slice(0, 18)])))
    const authorities = new Set(ministries.map(({ uscc }) => uscc))
    expect([...definers].filter((definer) => !isUscc(definer))).toEqual([])
    expect([...definers].filter((definer) => !authorities.has(definer)).sort()).toEqual(definersWithoutName)
  })
  test('tax, customs and public security are the vertical systems, each by its own code', () => {
    const vertical = ministries.filter((row) => row.vertical)
    expect(vertical.map(({ id }) => id).sort()).toEqual(['gacc', 'mps', 'sta'])
    for (const { uscc, definers } of vertical) expect(definers).toEqual([uscc])
  })
  test('a type without a code has a name, and nothing named twice', () => {
    const nameless = licenceTypes.filter(({ code, zh }) => code === null && zh === null)
    expect(nameless).toEqual([])
    const names = licenceTypes.flatMap(({ zh }) => zh ?? [])
    expect(new Set(names).size).toBe(names.length)
  })
  test('a code that nobody established is labelled so', () => {
    for (const { uscc, label } of ministries) expect(uscc === null).toBe(label === 'UNK')
  })
})

describe('names', () => {
  test('every ministry and authority that the founding documents name is listed', () => {
    const named =
      '国务院办公厅 教育部 科技部 工业和信息化部 公安部 民政部 司法部 人力资源社会保障部 自然资源部 住房城乡建设部 ' +
      '交通运输部 商务部 文化和旅游部 国家卫生健康委 国家发展改革委 国家医保局 税务总局 海关总署 市场监管总局 ' +
      '银保监会 中国人民银行 国家移民管理局 国家档案局 国家密码局'
    const listed = new Set(ministries.map(({ zh }) => zh))
    expect(named.split(' ').filter((name) => !listed.has(name))).toEqual([])
  })
  test('every personal licence type that they name is listed', () => {
    const named =
      '出生医学证明 户口簿 居民身份证 社会保障卡 学历证 学位证 职业资格证 职业技能等级证 机动车驾驶证 机动车行驶证 结婚证 ' +
      '离婚证 不动产权证书 不动产登记证明 医保电子凭证 护照 往来港澳通行证 往来台湾通行证'
    expect(unlisted(named, ['personal', 'both'])).toEqual([])
  })
  test('every business licence type that they name is listed', () => {
    const named =
      '营业执照 生产经营许可证 检测认证 社会组织登记证 经营许可证 机关法人证书 事业单位法人证书 社会团体法人证书 ' +
      '工会法人资格证书 农村集体经济组织法人证书 城镇农村的合作经济组织法人证书 基层群众性组织法人证书 企业投资项目备案证'
    expect(unlisted(named, ['enterprise', 'both'])).toEqual([])
  })
  test('the six classes of licences are told apart', () => {
    const classes = ['document', 'attestation', 'approval', 'licence', 'online-contract', 'mortgage']
    const row = { code: null, zh: '某证', en: null, holder: 'both', label: 'UNK', source: 'a test' }
    const check = schemaOf('licence-types')
    for (const category of [...classes, null]) expect(check({ types: [{ ...row, category }] })).toBe(true)
    expect(check({ types: [{ ...row, category: 'other' }] })).toBe(false)
  })

  function unlisted(named: string, holders: readonly string[]): readonly string[] {
    const listed = new Set(licenceTypes.filter(({ holder }) => holders.includes(holder)).map(({ zh }) => zh))
    return named.split(' ').filter((name) => !listed.has(name))
  }
})

describe('statuses', () => {
  test('every reading is a canonical state, and unknown is never written as one', () => {
    const readable: readonly (string | null)[] = [...lifecycleStates.filter((state) => state !== 'unknown'), null]
    for (const { values } of statuses) {
      for (const { state, encumbrance } of values) {
        expect(readable).toContain(state)
        expect([...encumbrances, null]).toContain(encumbrance)
      }
    }
  })
  test('only values that say so are read as valid', () => {
    const valid = statuses.flatMap(({ system, values }) =>
      values.filter(({ state }) => state === 'valid').map(({ raw }) => `${system} ${raw}`),
    )
    expect(valid).toEqual([
      'mohurd-collection 01',
      'gtmap-real-estate 1',
      'linewell-names RELEASE',
      'henan-catalogue 11',
      'license-app ISSUED',
    ])
  })
  test('the eight situations of the founding document are all there', () => {
    const situations = statuses.find(({ system }) => system === 'situations')
    expect(situations?.values.map(({ raw }) => raw)).toEqual([
      '年检',
      '延期',
      '吊销',
      '注销',
      '废止',
      '暂扣',
      '抵押',
      '质押',
    ])
  })
})
