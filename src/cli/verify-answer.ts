import { isEncumbrance, isLifecycleState } from '../canonical/lifecycle.js'
import { isVerdictCode, type VerdictReport, verdictParts, verdictTable } from '../canonical/verdict.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'

/** A gateway's verdict, or its refusal; `body` is the answer parsed, `text` the answer as it came. */
export type VerifyAnswer =
  | {
      readonly text: string
      readonly body: unknown
      readonly report: VerdictReport
      readonly receiptNo: string | null
    }
  | {
      readonly body: unknown
      readonly error: { readonly code: string; readonly subject?: string }
    }

/**
 * Reads what `POST /v1/public/verify` answered. Whatever is not wholly a verdict is none: an exit code 0 must never
 * come of some other server's JSON.
 *
 * @throws CliError ANSWER_UNREADABLE
 */
export function readVerifyAnswer(text: string): VerifyAnswer {
  const body = parse(text)
  if (isObject(body)) {
    const { error, receipt, ...report } = body
    if (isObject(error) && typeof error['code'] === 'string') {
      const { code, subject } = error
      return { body, error: typeof subject === 'string' ? { code, subject } : { code } }
    }
    if (isReport(report)) {
      const no = isObject(receipt) ? receipt['no'] : null
      return { text, body, report, receiptNo: typeof no === 'string' ? no : null }
    }
  }
  throw new CliError(
    'ANSWER_UNREADABLE',
    { zh: '收到的答复不是网关的核验结论', en: 'the answer is not a gateway’s verdict' },
    { zh: '检查 --hub 指向的是不是网关', en: 'check that --hub names a gateway' },
    exitCode.unconfirmed,
  )
}

type Members = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Members {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isReport(value: Members): value is Members & VerdictReport {
  const { code, verdict, group, parts, lifecycle, fields = {} } = value
  if (typeof code !== 'string' || !isVerdictCode(code)) return false
  const entry = verdictTable[code]
  return (
    verdict === entry.verdict &&
    group === entry.group &&
    isObject(parts) &&
    verdictParts.every((name) => isPart(parts[name])) &&
    isLifecycle(lifecycle) &&
    isObject(fields) &&
    Object.values(fields).every((result) => result === 'match' || result === 'mismatch' || result === 'unknown')
  )
}

function isPart(part: unknown): boolean {
  if (!isObject(part)) return false
  const { value, reason, evidence } = part
  return (
    ['VALID', 'INVALID', 'UNDETERMINED', 'NOT_CHECKED'].includes(value as string) &&
    isTextOrNull(reason) &&
    (evidence === null ||
      (isObject(evidence) && typeof evidence['source'] === 'string' && typeof evidence['asOf'] === 'string'))
  )
}

function isLifecycle(value: unknown): boolean {
  if (!isObject(value)) return false
  const { state, raw, encumbrances } = value
  return (
    typeof state === 'string' &&
    isLifecycleState(state) &&
    isTextOrNull(raw) &&
    Array.isArray(encumbrances) &&
    encumbrances.every((each) => typeof each === 'string' && isEncumbrance(each))
  )
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}
