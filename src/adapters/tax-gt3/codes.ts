import { type ErrorCode, errorTable, HubError } from '../../canonical/errors.js'
import type { LifecycleState, lifecycleStates } from '../../canonical/lifecycle.js'
import type { Operation } from '../../canonical/model.js'
import { peerFailure, readMessageCode } from '../wire/message-code.js'

/** What names an operation on this wire. All of it is ours (INF): no tax interface for licences is public. */
export interface Transaction {
  readonly operation: 'search' | 'getData' | 'verifyData'
  readonly tranId: string
  /** `xmlbh` of the request's payload, and its title. */
  readonly request: Payload
  readonly reply: Payload
}

export interface Payload {
  readonly id: string
  readonly title: string
}

function transaction(operation: Transaction['operation'], letters: string, word: string): Transaction {
  return {
    operation,
    tranId: `SWZJ.HUTONG.DZZZ.${letters}`,
    request: { id: `HTDZZZ${letters}QQ`, title: `电子证照${word}请求` },
    reply: { id: `HTDZZZ${letters}FH`, title: `电子证照${word}返回` },
  }
}

const search = transaction('search', 'JS', '检索')
const getData = transaction('getData', 'CX', '查询')
const verifyData = transaction('verifyData', 'HY', '核验')
const transactions = { search, getData, verifyData } as const

/** @throws HubError OPERATION_UNSUPPORTED */
export function transactionOf(operation: Operation): Transaction {
  if (operation === 'search' || operation === 'getData' || operation === 'verifyData') return transactions[operation]
  throw new HubError('OPERATION_UNSUPPORTED', { subject: operation })
}

/** @throws HubError REQUEST_INVALID when there is no id, OPERATION_UNSUPPORTED when it is none of ours */
export function transactionNamed(tranId: string): Transaction {
  if (tranId === '') throw new HubError('REQUEST_INVALID', { subject: 'tran_id' })
  const found = Object.values(transactions).find((each) => each.tranId === tranId)
  if (found === undefined) throw new HubError('OPERATION_UNSUPPORTED', { subject: 'tran_id' })
  return found
}

// 01-04, 06, 07 and 99 are the numbers of the housing ministry's collection interface (EST there), the rest is ours.
const stateOfStatus: ReadonlyMap<string, LifecycleState> = new Map([
  ['01', 'valid'],
  ['02', 'suspended'],
  ['03', 'withdrawn'],
  ['04', 'cancelled'],
  ['05', 'expired'],
  ['06', 'transferred-out'],
  ['07', 'revoked'],
  ['08', 'abolished'],
  ['09', 'superseded'],
  ['10', 'not-yet-active'],
  ['99', 'unknown'],
])
const statusOfState = new Map([...stateOfStatus].map(([status, state]) => [state, status]))

/** A status without a mapping is unknown, never valid. */
export function readStatus(status: string): LifecycleState {
  return stateOfStatus.get(status) ?? 'unknown'
}

export function statusOf(state: (typeof lifecycleStates)[number]): string {
  return statusOfState.get(state) ?? '99'
}

/** EST: an access error. Which kind is UNK. */
const ACCESS = '012'

// Failures beside 012 are ours: `H` and two digits, as long as the system's own, and none of them.
const readings: ReadonlyMap<string, ErrorCode> = new Map([
  [ACCESS, 'ISSUER_REFUSED'],
  ['H01', 'ISSUER_FAILED'],
  ['H02', 'ISSUER_REFUSED'],
  ['H03', 'LICENCE_WITHHELD'],
  ['H04', 'OPERATION_UNSUPPORTED'],
  ['H05', 'ISSUER_UNKNOWN'],
  ['H06', 'ISSUER_UNREACHABLE'],
  ['H07', 'ISSUER_TIMEOUT'],
  ['H08', 'LICENCE_NOT_FOUND'],
  ['H09', 'ISSUER_BUSY'],
  ['H10', 'ISSUER_FAILED'],
])

const written: Partial<Readonly<Record<ErrorCode, string>>> = {
  OPERATION_NOT_PERMITTED: ACCESS,
  ISSUER_REFUSED: ACCESS,
  PURPOSE_MISSING: 'H01',
  PURPOSE_INVALID: 'H01',
  ISSUER_REQUIRED: 'H01',
  RECEIPT_UNKNOWN: 'H01',
  LICENCE_WITHHELD: 'H03',
  OPERATION_UNSUPPORTED: 'H04',
  ISSUER_UNKNOWN: 'H05',
  ROUTE_LOOP: 'H05',
  TOO_MANY_HOPS: 'H05',
  ISSUER_UNREACHABLE: 'H06',
  ISSUER_CIRCUIT_OPEN: 'H06',
  DRAINING: 'H06',
  ISSUER_TIMEOUT: 'H07',
  DEADLINE_EXCEEDED: 'H07',
  LICENCE_NOT_FOUND: 'H08',
  ISSUER_BUSY: 'H09',
  RATE_LIMITED: 'H09',
}

/** The dialect's `Code` for one of ours. */
export function wireCodeOf(code: ErrorCode): string {
  const { origin, stage } = errorTable[code]
  return written[code] ?? (origin === 'client' ? codeOfStage(stage) : stage === 'policy' ? 'H03' : 'H10')
}

function codeOfStage(stage: (typeof errorTable)[ErrorCode]['stage']): string {
  switch (stage) {
    case 'auth':
      return ACCESS
    case 'time':
    case 'replay':
      return 'H02'
    case 'policy':
      return 'H03'
    case 'transport':
    case 'parse':
    case 'schema':
      return 'H01'
    default:
      return 'H10'
  }
}

/** What a reply says of its outcome. */
export interface Result {
  readonly rtnCode: string
  readonly code: string
  readonly message: string
  readonly reason: string
}

/** EST: both must say so. */
export function isSuccess({ rtnCode, code }: Result): boolean {
  return rtnCode === '0' && code === '000'
}

/** The failure that a reply reports; section 4 of the dialect's page gives the order. */
export function failureOf({ rtnCode, code, message, reason }: Result, retryAfter: number | null): HubError {
  const wait = retryAfter === null ? {} : { retryAfter }
  const mark = readMessageCode(message.trimStart()) ?? readMessageCode(reason.trimStart())
  if (mark !== undefined) {
    const failure = peerFailure(mark)
    return new HubError(failure.code, {
      ...wait,
      ...(failure.subject === undefined ? {} : { subject: failure.subject }),
    })
  }
  const fault = /\bBEA-\d{4,8}\b/.exec(reason) ?? /\bBEA-\d{4,8}\b/.exec(message)
  if (fault !== null) return new HubError('ISSUER_FAILED', { ...wait, subject: fault[0] })
  const read = readings.get(code) ?? (rtnCode === '9' ? 'ISSUER_REFUSED' : 'ISSUER_FAILED')
  return new HubError(read, wait)
}

const readingOfHttp: Readonly<Record<number, ErrorCode>> = {
  401: 'ISSUER_REFUSED',
  403: 'ISSUER_REFUSED',
  429: 'ISSUER_BUSY',
  503: 'ISSUER_UNREACHABLE',
  504: 'ISSUER_TIMEOUT',
}

/** The failure of a reply that is not the dialect's: a fault of the bus, or a page of some front. */
export function failureOfHttp(status: number, retryAfter: number | null): HubError {
  return new HubError(readingOfHttp[status] ?? 'ISSUER_FAILED', retryAfter === null ? {} : { retryAfter })
}

/** What we write for a failure, for a program first and a person second. */
export function resultOf(error: HubError, trace: string): Result {
  const { cause, next } = error.entry
  const subject = error.subject === undefined ? '' : `「${error.subject}」`
  return {
    rtnCode: '9',
    code: wireCodeOf(error.code),
    message: `[${error.code}] ${cause.zh}${subject}`,
    reason: `${next.zh} | ${cause.en}; ${next.en} | trace ${trace}`,
  }
}
