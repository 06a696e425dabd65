import { type ErrorCode, errorTable } from '../../canonical/errors.js'

// What a peer says of the licence, or of what lies behind it, means the same to us.
const SAME: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
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

const NAMED: Partial<Readonly<Record<ErrorCode, ErrorCode>>> = {
  RATE_LIMITED: 'ISSUER_BUSY',
  DRAINING: 'ISSUER_UNREACHABLE',
  OPERATION_NOT_PERMITTED: 'ISSUER_REFUSED',
  PUBLIC_VERIFY_DISABLED: 'ISSUER_REFUSED',
}

/**
 * What a code of our list in a peer's reply means for us, who asked: its complaint about our request is our spoke's
 * trouble, not our asker's. Every dialect that carries our codes reads them by this.
 */
export function imageOfPeerCode(code: ErrorCode): ErrorCode {
  if (SAME.has(code)) return code
  const { origin, stage } = errorTable[code]
  if (NAMED[code] !== undefined) return NAMED[code]
  if (stage === 'policy' || stage === 'privacy') return 'LICENCE_WITHHELD'
  const aboutUs = origin === 'client' && (stage === 'auth' || stage === 'time' || stage === 'replay')
  return aboutUs ? 'ISSUER_REFUSED' : 'ISSUER_FAILED'
}
