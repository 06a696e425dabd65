import type { Text } from '../canonical/text.js'
import type { RouteCandidate, RouteDecision, RouteRule, StepOutcome } from './route-decision.js'

const ruleNames: Readonly<Record<RouteRule, Text>> = {
  successor: { zh: '机构调整', en: 'successor' },
  vertical: { zh: '垂直系统', en: 'vertical system' },
  issuer: { zh: '指定机构', en: 'issuer by code' },
  alias: { zh: '区划别名', en: 'alias' },
  division: { zh: '区划', en: 'division' },
  default: { zh: '默认出口', en: 'way out' },
}

const marks: Readonly<Record<StepOutcome, string>> = {
  rewritten: '✔',
  matched: '✔',
  unconnected: '△',
  ambiguous: '✘',
  overridden: '–',
  none: '–',
}

const words = {
  heads: { zh: ['#', '规则', '取值', '判定'], en: ['#', 'rule', 'value', 'outcome'] },
  result: { zh: '结论', en: 'result' },
  rule: { zh: '规则', en: 'rule' },
  passed: { zh: '其他候选', en: 'passed over' },
  tried: { zh: '试过', en: 'tried' },
  version: { zh: '配置版本', en: 'configuration' },
  none: {
    zh: '找不到负责的节点（ISSUER_UNKNOWN）；不广播',
    en: 'no node answers (ISSUER_UNKNOWN); nothing is broadcast',
  },
  required: {
    zh: '须指明制发单位、区划或垂直系统的证照类型（ISSUER_REQUIRED）；不广播',
    en: 'name an issuer, a division or a vertical type (ISSUER_REQUIRED); nothing is broadcast',
  },
  unconnected: { zh: '没有接入（ISSUER_UNKNOWN）', en: 'not connected (ISSUER_UNKNOWN)' },
  unconfigured: {
    zh: '按内置登记表；没有配置任何节点，不会发出请求',
    en: 'by the built-in registry; no spoke is configured, so nothing would be sent',
  },
} as const

/** The decision as a table for people: where it goes, every rule in order, and who was passed over. */
export function explainText(decision: RouteDecision, lang: keyof Text): string {
  const { steps, candidates, rule, tried, configured, configVersion } = decision
  const table = [
    words.heads[lang],
    ...steps.map((step, index) => [
      String(index + 1),
      ruleNames[step.rule][lang],
      step.value ?? '–',
      `${marks[step.outcome]} ${step.note[lang]}`,
    ]),
  ]
  const others = candidates.filter(({ spoke, node, chosen }) => !chosen && !(spoke === null && node === decision.node))
  const lines = [
    `${words.result[lang]}  → ${resultOf(decision, lang)}`,
    ...(rule === null ? [] : [`${words.rule[lang]}  ${ruleNames[rule][lang]}`]),
    '',
    ...columns(table).map((line) => ` ${line}`),
    '',
    ...others.map((candidate) => `${words.passed[lang]}: ${nameOf(candidate, lang)} (${candidate.why[lang]})`),
    ...(tried.length === 0 || !configured ? [] : [`${words.tried[lang]}: ${tried.join(' · ')}`]),
    configured ? `${words.version[lang]}: ${configVersion}` : words.unconfigured[lang],
  ]
  return `${lines.join('\n')}\n`
}

function resultOf(decision: RouteDecision, lang: keyof Text): string {
  const { spoke, node, code, configured } = decision
  if (code === 'ISSUER_REQUIRED') return words.required[lang]
  if (spoke === null && node === null) return words.none[lang]
  const name = nameOf(decision, lang)
  return spoke === null && configured ? `${name}: ${words.unconnected[lang]}` : name
}

function nameOf({ spoke, node, name }: Pick<RouteCandidate, 'spoke' | 'node' | 'name'>, lang: keyof Text): string {
  const who = name?.[lang] ?? spoke ?? node ?? '–'
  const code = spoke ?? node
  return code === null || code === who ? who : `${who} [${code}]`
}

/** Pads cells to the widest of their column; the last column is left as it is. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)),
      )
      .join('  '),
  )
}

/** Cells that a terminal draws: two for Chinese characters and full-width punctuation. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    width +=
      (point >= 0x2e80 && point <= 0xa4cf) ||
      (point >= 0xf900 && point <= 0xfaff) ||
      (point >= 0xff00 && point <= 0xff60)
        ? 2
        : 1
  }
  return width
}
