import type { Text } from '../canonical/text.js'
import type { RouteRule, StepOutcome } from './route-decision.js'

const overridden: Text = { zh: '前面的规则已经决定', en: 'an earlier rule has decided' }
const unconnected: Text = {
  zh: '属于登记表所列节点，但没有接入',
  en: 'belongs to a node of the registry that has no spoke',
}
const never: Text = { zh: '不适用', en: 'does not apply' }

function row(none: Text, matched: Text, rest: Partial<Record<StepOutcome, Text>> = {}): Record<StepOutcome, Text> {
  return { none, matched, overridden, unconnected, ambiguous: never, rewritten: never, ...rest }
}

/** What each rule says, by what came of it. */
export const notes: Readonly<Record<RouteRule, Readonly<Record<StepOutcome, Text>>>> = {
  successor: row({ zh: '没有机构调整', en: 'no successor is listed' }, never, {
    rewritten: { zh: '颁发机构已调整，由承接机构答复', en: 'the authority has a successor, which answers now' },
  }),
  vertical: row(
    { zh: '不由垂直系统保管', en: 'no vertical system keeps it' },
    { zh: '由垂直系统保管，先于区划', en: 'a vertical system keeps it, before any division' },
    {
      unconnected: {
        zh: '由垂直系统保管，该系统没有接入',
        en: 'a vertical system keeps it, and that system has no spoke',
      },
    },
  ),
  issuer: row(
    { zh: '没有节点单独认领这个机构', en: 'no spoke claims this authority by its code' },
    { zh: '该机构由节点单独认领', en: 'a spoke claims this authority by its code' },
  ),
  alias: row(
    { zh: '不是别名代码', en: 'not an alias of another division' },
    { zh: '别名代码，按所指的区划', en: 'an alias of another division' },
    { unconnected: { zh: '别名所指的节点没有接入', en: 'an alias of a node that has no spoke' } },
  ),
  division: row(
    { zh: '没有节点认领这个区划', en: 'no spoke claims this division' },
    { zh: '颁发机构的区划由该节点负责', en: 'the spoke answers for the issuer’s division' },
    { unconnected: { zh: '区划属于该节点，但没有接入', en: 'the division belongs to a node that has no spoke' } },
  ),
  default: row(
    { zh: '没有配置默认出口', en: 'no default way out is configured' },
    { zh: '由默认出口转达', en: 'the default way out passes it on' },
    { overridden: { zh: '用不着默认出口', en: 'the default way out is not needed' } },
  ),
}

/** Names the rivals, so that whoever reads the explanation knows which files to look at. */
export function ambiguous(rivals: readonly string[]): Text {
  const list = rivals.join('、')
  return { zh: `${list} 同时认领，因此谁也不问`, en: `claimed by ${rivals.join(' and ')} at once, so nobody is asked` }
}

/** Why a candidate is where it is. */
export const candidateWhy: {
  readonly unconnected: Text
  readonly rival: Text
  readonly passed: Readonly<Record<RouteRule, Text>>
} = {
  unconnected,
  rival: { zh: '与其他节点认领冲突', en: 'its claim collides with another spoke’s' },
  passed: {
    successor: never,
    vertical: { zh: '垂直系统规则没有选中它', en: 'the vertical rule did not choose it' },
    issuer: { zh: '单独认领排在垂直系统之后', en: 'a claim by code comes after vertical systems' },
    alias: { zh: '别名排在垂直系统和单独认领之后', en: 'an alias comes after vertical systems and claims by code' },
    division: { zh: '区划排在前述规则之后', en: 'a division comes after the rules before it' },
    default: { zh: '仅在没有其他节点负责时使用', en: 'only where no other spoke answers' },
  },
}
