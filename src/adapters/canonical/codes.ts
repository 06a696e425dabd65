import { type ErrorCode, HubError, isErrorCode } from '../../canonical/errors.js'
import type { VerdictCode } from '../../canonical/verdict.js'
import { imageOfPeerCode } from '../wire/peer-code.js'

const OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'ISSUER_REFUSED',
  403: 'ISSUER_REFUSED',
  429: 'ISSUER_BUSY',
  503: 'ISSUER_UNREACHABLE',
  504: 'ISSUER_TIMEOUT',
}

export interface PeerError {
  readonly code: unknown
  readonly subject: unknown
  readonly tried: unknown
  readonly status: number
  readonly retryAfter: number | null
}

/** The failure that a peer's error reply amounts to. A code that changes travels on as the subject. */
export function peerError({ code, subject, tried, status, retryAfter }: PeerError): HubError {
  const wait = retryAfter === null ? {} : { retryAfter }
  if (typeof code !== 'string' || !isErrorCode(code)) {
    const name = nameOf(code, /^[A-Z][A-Z0-9_]{1,39}$/)
    return new HubError(OF_STATUS[status] ?? 'ISSUER_FAILED', { ...wait, ...(name === null ? {} : { subject: name }) })
  }
  const image = imageOfPeerCode(code)
  if (image !== code) return new HubError(image, { ...wait, subject: code })
  const named = nameOf(subject, /^[A-Za-z@][A-Za-z0-9_.@-]{0,79}$/)
  return new HubError(code, { ...wait, ...(named === null ? {} : { subject: named }), tried: triedOf(tried) })
}

// Texts of a peer reach our log and our asker, so only what looks like a name is passed on.
function nameOf(value: unknown, grammar: RegExp): string | null {
  return typeof value === 'string' && grammar.test(value) ? value : null
}

function triedOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, 16).filter((item) => typeof item === 'string' && /^[\w .:→-]{1,120}$/.test(item))
}

// For each undetermined verdict that is a failure for us: the failure, and those that say the same more exactly.
const FAILURES: Partial<Record<VerdictCode, readonly [ErrorCode, ...ErrorCode[]]>> = {
  ISSUER_UNREACHABLE: [
    'ISSUER_UNREACHABLE',
    'ISSUER_TIMEOUT',
    'ISSUER_CIRCUIT_OPEN',
    'ISSUER_BUSY',
    'ISSUER_FAILED',
    'DEADLINE_EXCEEDED',
  ],
  ISSUER_UNKNOWN: ['ISSUER_UNKNOWN'],
  UNSUPPORTED: ['OPERATION_UNSUPPORTED'],
  NOT_AUTHORISED: ['LICENCE_WITHHELD', 'ISSUER_REFUSED'],
}

/**
 * The failure that a peer's verdict amounts to, told by the reasons of its parts where they agree with it; undefined
 * for a verdict that is a finding. No reason can make an undetermined verdict a negative one.
 */
export function failureOfVerdict(code: VerdictCode, reasons: readonly (string | null)[]): HubError | undefined {
  const failures = FAILURES[code]
  if (failures === undefined) return undefined
  const reason = reasons.find((text) => text !== null && isErrorCode(text) && failures.includes(imageOfPeerCode(text)))
  return reason === undefined ? new HubError(failures[0]) : peerError({ ...NO_DETAIL, code: reason })
}

const NO_DETAIL: PeerError = { code: null, subject: null, tried: null, status: 200, retryAfter: null }
