import { type ErrorCode, errorTable, isErrorCode } from '../canonical/errors.js'
import type { LifecycleState } from '../canonical/lifecycle.js'
import type { ClaimResult } from '../canonical/model.js'
import type { Text } from '../canonical/text.js'
import {
  isVerdictCode,
  type VerdictGroup,
  type VerdictPart,
  type VerdictPartName,
  type VerdictReport,
  verdictParts,
  verdictTable,
} from '../canonical/verdict.js'
import { oneLine, type Terminal } from './terminal.js'

const markOfGroup: Readonly<Record<VerdictGroup, string>> = { ok: '✔', gr: '○', no: '✘', un: '△' }
const markOfValue: Readonly<Record<VerdictPart['value'], string>> = {
  VALID: '✔',
  INVALID: '✘',
  UNDETERMINED: '?',
  NOT_CHECKED: '–',
}

const partNames: Readonly<Record<VerdictPartName, Text>> = {
  integrity: { zh: '内容完整性', en: 'integrity' },
  status: { zh: '当前状态', en: 'status' },
  identity: { zh: '制发单位', en: 'issuer' },
  seal: { zh: '电子印章', en: 'seal' },
}
const notCheckedWord: Text = { zh: '未检查', en: 'not checked' }
const passedWord: Text = { zh: '通过', en: 'passed' }
const claimWords: Readonly<Record<ClaimResult, Text>> = {
  match: { zh: '一致', en: 'agrees' },
  mismatch: { zh: '不一致', en: 'differs' },
  unknown: { zh: '未核对', en: 'not compared' },
}
const stateNames: Readonly<Record<LifecycleState, Text>> = {
  valid: { zh: '有效', en: 'in force' },
  'not-yet-active': { zh: '尚未生效', en: 'not in force yet' },
  suspended: { zh: '暂扣', en: 'suspended' },
  expired: { zh: '过期', en: 'expired' },
  revoked: { zh: '吊销', en: 'revoked' },
  withdrawn: { zh: '撤销', en: 'withdrawn' },
  cancelled: { zh: '注销', en: 'cancelled' },
  abolished: { zh: '废止', en: 'abolished' },
  superseded: { zh: '换证', en: 'replaced' },
  'transferred-out': { zh: '转出', en: 'transferred out' },
  unknown: { zh: '没有对照', en: 'no mapping' },
}

/** The verdict as an officer reads it: the word, what it means, what was checked, what to do. */
export function showVerdict(terminal: Terminal, report: VerdictReport): void {
  const entry = verdictTable[report.code]
  const paint = painter(terminal, report.group)
  terminal.data(paint(`${markOfGroup[report.group]} ${terminal.text(entry.word)}  ${report.code}`))
  terminal.data(`  ${terminal.text(entry.line)}`)
  terminal.data(`  → ${terminal.text(entry.action)}`)
  for (const name of verdictParts) terminal.data(`  ${partLine(terminal, name, report.parts[name])}`)
  const { state, raw, encumbrances } = report.lifecycle
  if (raw !== null) {
    terminal.data(
      `  ${terminal.text({ zh: '制发单位原状态码', en: 'the issuer’s own status' })} ${oneLine(raw)} (${terminal.text(stateNames[state])})`,
    )
  }
  for (const encumbrance of encumbrances) {
    terminal.data(
      `  ${terminal.text(encumbrance === 'mortgaged' ? { zh: '已抵押', en: 'mortgaged' } : { zh: '已质押', en: 'pledged' })}`,
    )
  }
  for (const [field, result] of Object.entries(report.fields ?? {})) {
    terminal.data(
      `  ${result === 'match' ? '✔' : result === 'mismatch' ? '✘' : '?'} ${oneLine(field)}  ${terminal.text(claimWords[result])}`,
    )
  }
}

function partLine(terminal: Terminal, name: VerdictPartName, part: VerdictPart): string {
  const mark = markOfValue[part.value]
  const label = terminal.text(partNames[name])
  if (part.value === 'NOT_CHECKED') return `${mark} ${label}  ${terminal.text(notCheckedWord)}`
  const who = part.evidence === null ? '' : `  ${oneLine(`${part.evidence.source} ${part.evidence.asOf}`)}`
  return `${mark} ${label}  ${part.reason === null ? terminal.text(passedWord) : reasonText(terminal, part.reason)}${who}`
}

function reasonText(terminal: Terminal, reason: string): string {
  if (isVerdictCode(reason)) return `${terminal.text(verdictTable[reason].word)} (${reason})`
  if (isErrorCode(reason)) return `${terminal.text(errorTable[reason].cause)} (${reason})`
  return oneLine(reason)
}

function painter(terminal: Terminal, group: VerdictGroup): (text: string) => string {
  const { green, red, yellow, bold, dim } = terminal.colour
  return {
    ok: (text: string) => bold(green(text)),
    no: (text: string) => bold(red(text)),
    un: (text: string) => bold(yellow(text)),
    gr: (text: string) => bold(dim(text)),
  }[group]
}

/** An error of the closed list, with its cause and the next step. */
export function showError(terminal: Terminal, code: ErrorCode, subject?: string): void {
  const { cause, next } = errorTable[code]
  terminal.say(
    `${terminal.errorColour.red('✘')} ${code}  ${terminal.text(cause)}${subject === undefined ? '' : `: ${oneLine(subject)}`}`,
  )
  terminal.say(`  → ${terminal.text(next)}`)
}
