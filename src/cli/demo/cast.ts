import type { DialectName } from '../../adapters/adapter.js'
import type { Text } from '../../canonical/text.js'

/** A system of the demo network. One program plays an issuer and an asker of the same dialect. */
export interface Actor {
  readonly name: string
  readonly node: string
  readonly dialect: DialectName
  readonly role: 'issuer' | 'asker'
  readonly title: Text
  /** What an issuer answers for; see `answersFor` in spokes/<name>.yaml. */
  readonly answersFor?: {
    readonly divisions?: readonly string[]
    readonly issuers?: readonly string[]
    readonly definers?: readonly string[]
  }
}

const TAX_USCC = '11100000000014445H'

// 66 (XPCC) is left out on purpose: nobody answers for it in the demo, which is what ISSUER_UNKNOWN looks like.
const NOT_CONNECTED = [
  '11',
  '12',
  '13',
  '14',
  '15',
  '21',
  '22',
  '23',
  '31',
  '32',
  '33',
  '34',
  '36',
  '41',
  '42',
  '45',
  '46',
  '50',
  '51',
  '52',
  '53',
  '54',
  '61',
  '62',
  '63',
  '64',
  '65',
]

/** Everybody in the demo, issuers and askers paired by dialect. */
export const cast: readonly Actor[] = [
  {
    name: 'hunan',
    node: '43',
    dialect: 'canonical',
    role: 'issuer',
    title: { zh: '湖南省（演示）', en: 'Hunan (demo)' },
    answersFor: { divisions: ['43'] },
  },
  {
    name: 'shandong',
    node: '37',
    dialect: 'head-data-sm2',
    role: 'issuer',
    title: { zh: '山东省（演示）', en: 'Shandong (demo)' },
    answersFor: { divisions: ['37'] },
  },
  {
    name: 'tax',
    node: 'sta',
    dialect: 'tax-gt3',
    role: 'issuer',
    title: { zh: '税务系统（演示）', en: 'tax system (demo)' },
    answersFor: { definers: [TAX_USCC] },
  },
  {
    name: 'national',
    node: 'national',
    dialect: 'gjzwfwpt',
    role: 'issuer',
    title: { zh: '国家政务服务平台（演示）', en: 'national platform (demo)' },
    // The licence on show is the market regulator's own; a ministry is claimed by its code.
    answersFor: { divisions: ['10', ...NOT_CONNECTED], issuers: ['11100000MB0143028R'] },
  },
  {
    name: 'guangdong',
    node: '44',
    dialect: 'canonical',
    role: 'asker',
    title: { zh: '广东省（演示）', en: 'Guangdong (demo)' },
  },
  {
    name: 'fujian',
    node: '35',
    dialect: 'head-data-sm2',
    role: 'asker',
    title: { zh: '福建省（演示）', en: 'Fujian (demo)' },
  },
  {
    name: 'shenzhen-tax',
    node: 'sta',
    dialect: 'tax-gt3',
    role: 'asker',
    title: { zh: '深圳税务（演示）', en: 'Shenzhen tax (demo)' },
  },
  {
    name: 'mca',
    node: 'mca',
    dialect: 'gjzwfwpt',
    role: 'asker',
    title: { zh: '民政部（演示）', en: 'civil affairs (demo)' },
  },
]

export const demoDialects: readonly DialectName[] = ['canonical', 'head-data-sm2', 'tax-gt3', 'gjzwfwpt']

/** The actor of a dialect and role; the cast has one of each. */
export function actorOf(dialect: DialectName, role: Actor['role']): Actor {
  const actor = cast.find((each) => each.dialect === dialect && each.role === role)
  if (actor === undefined) throw new Error(`no ${role} speaks ${dialect}`)
  return actor
}
