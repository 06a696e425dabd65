import { type ErrorCode, type ErrorEntry, errorTable, HubError, isErrorCode } from '../../canonical/errors.js'
import { isVerdictCode, type VerdictCode, verdictTable } from '../../canonical/verdict.js'

/**
 * Our own codes travel in another dialect's message slot as `[CODE] text`, so that a gateway behind it gets back what
 * the dialect's coarser codes would lose. A system that knows nothing of us sees a readable message.
 */
export type MessageCode = ErrorCode | VerdictCode

const MARK = /^\[([A-Z][A-Z_]{2,39})\]/

/** The code at the head of a message; undefined when there is none of ours. */
export function readMessageCode(message: string): MessageCode | undefined {
  const code = MARK.exec(message)?.[1]
  return code !== undefined && (isErrorCode(code) || isVerdictCode(code)) ? code : undefined
}

/** `[CODE] 中文 / English (subject …) (trace …)`. */
export function failureMessage({ code, entry, subject }: HubError, trace: string): string {
  const zh = `${entry.cause.zh}；${entry.next.zh}`
  const en = `${entry.cause.en}; ${entry.next.en}`
  return `[${code}] ${zh} / ${en}${subject === undefined ? '' : ` (subject ${subject})`}${traced(trace)}`
}

/** `[CODE] 中文 / English`, for a verdict that the dialect has no code for. */
export function verdictMessage(code: VerdictCode, trace = ''): string {
  const { zh, en } = verdictTable[code].word
  return `[${code}] ${zh} / ${en}${traced(trace)}`
}

function traced(trace: string): string {
  return trace === '' ? '' : ` (trace ${trace})`
}

// What a peer says of the licence, or of what lies behind it, means the same to us.
const SAME: ReadonlySet<string> = new Set<ErrorCode>([
  'OPERATION_UNSUPPORTED',
  'ISSUER_UNKNOWN',
  'ISSUER_UNREACHABLE',
  'ISSUER_TIMEOUT',
  'ISSUER_CIRCUIT_OPEN',
  'ISSUER_BUSY',
  'ISSUER_REFUSED',
  'ISSUER_FAILED',
  'LICENCE_NOT_FOUND',
  'LICENCE_WITHHELD',
  'ROUTE_LOOP',
  'TOO_MANY_HOPS',
  'DEADLINE_EXCEEDED',
])

const NAMED: Readonly<Record<string, ErrorCode>> = {
  RATE_LIMITED: 'ISSUER_BUSY',
  DRAINING: 'ISSUER_UNREACHABLE',
  OPERATION_NOT_PERMITTED: 'ISSUER_REFUSED',
  PUBLIC_VERIFY_DISABLED: 'ISSUER_REFUSED',
  NOT_AUTHORISED: 'LICENCE_WITHHELD',
  UNSUPPORTED: 'OPERATION_UNSUPPORTED',
}

/**
 * The failure that a peer's code amounts to for us, who asked: its complaint about our request is our spoke's trouble,
 * not our asker's. A code that changes travels on as the subject, so none is lost.
 */
export function peerFailure(code: MessageCode): HubError {
  if (SAME.has(code)) return new HubError(code as ErrorCode)
  const image = NAMED[code] ?? (isErrorCode(code) ? imageOf(errorTable[code]) : 'ISSUER_FAILED')
  return new HubError(image, { subject: code })
}

function imageOf({ origin, stage }: ErrorEntry): ErrorCode {
  if (stage === 'policy' || stage === 'privacy') return 'LICENCE_WITHHELD'
  const aboutUs = origin === 'client' && (stage === 'auth' || stage === 'time' || stage === 'replay')
  return aboutUs ? 'ISSUER_REFUSED' : 'ISSUER_FAILED'
}
