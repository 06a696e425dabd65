import { type ErrorCode, HubError, isErrorCode } from '../../canonical/errors.js'
import { isVerdictCode, type VerdictCode, verdictTable } from '../../canonical/verdict.js'
import { imageOfPeerCode } from './peer-code.js'

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

/** The failures that a peer's undetermined verdicts amount to. */
const OF_VERDICT: Partial<Readonly<Record<VerdictCode, ErrorCode>>> = {
  NOT_AUTHORISED: 'LICENCE_WITHHELD',
  UNSUPPORTED: 'OPERATION_UNSUPPORTED',
}

/**
 * The failure that a peer's code amounts to for us, who asked: its complaint about our request is our spoke's trouble,
 * not our asker's. A code that changes travels on as the subject, so none is lost.
 */
export function peerFailure(code: MessageCode): HubError {
  const image = isErrorCode(code) ? imageOfPeerCode(code) : (OF_VERDICT[code] ?? 'ISSUER_FAILED')
  return image === code ? new HubError(image) : new HubError(image, { subject: code })
}
