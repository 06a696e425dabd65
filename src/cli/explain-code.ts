import { type ErrorCode, errorTable, isErrorCode } from '../canonical/errors.js'
import { isVerdictCode, type VerdictCode, verdictTable } from '../canonical/verdict.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import type { Terminal } from './terminal.js'

/** A verdict or error code, however it was typed. Where both lists have a code, the verdict is meant. */
export function codeNamed(text: string): VerdictCode | ErrorCode | undefined {
  const upper = text.toUpperCase().replaceAll('-', '_')
  return isVerdictCode(upper) || isErrorCode(upper) ? upper : undefined
}

export function explainCode(terminal: Terminal, code: VerdictCode | ErrorCode): ExitCode {
  if (terminal.json) terminal.result({ code, ...(isVerdictCode(code) ? verdictTable[code] : errorTable[code]) })
  else if (isVerdictCode(code)) explainVerdict(terminal, code)
  else explainError(terminal, code)
  return exitCode.ok
}

function explainVerdict(terminal: Terminal, code: VerdictCode): void {
  const entry = verdictTable[code]
  terminal.data(`${code}  ${terminal.text(entry.word)}  (${entry.verdict})`)
  terminal.data(`  ${terminal.text(entry.line)}`)
  terminal.data(`  → ${terminal.text(entry.action)}`)
}

function explainError(terminal: Terminal, code: ErrorCode): void {
  const { cause, next, origin, stage, status, retryable } = errorTable[code]
  const retry = retryable ? terminal.text({ zh: '  可重试', en: '  retryable' }) : ''
  terminal.data(`${code}  HTTP ${status}  ${origin}/${stage}${retry}`)
  terminal.data(`  ${terminal.text(cause)}`)
  terminal.data(`  → ${terminal.text(next)}`)
}

const MOST_SUGGESTED = 3

/** For something that looks like a code and is none, with those that share a word with it; undefined for anything else. */
export function unknownCode(text: string): CliError | undefined {
  if (!/^[A-Za-z]{2,}(?:[_-][A-Za-z]+)*$/.test(text)) return undefined
  const words = text
    .toUpperCase()
    .split(/[_-]/)
    .filter((word) => word.length > 3)
  const codes = [...Object.keys(verdictTable), ...Object.keys(errorTable)]
  const alike = codes.filter((code) => words.some((word) => code.split('_').includes(word))).slice(0, MOST_SUGGESTED)
  const list = alike.length > 0 ? alike.map((code) => `hutong explain ${code}`).join(' · ') : 'spec/errors.md'
  return new CliError(
    'CODE_UNKNOWN',
    { zh: '没有这个代码', en: 'there is no such code' },
    { zh: list, en: list },
    exitCode.usage,
  )
}
