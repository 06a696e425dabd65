import { type ErrorCode, errorTable, HubError } from '../../canonical/errors.js'
import type { LifecycleState } from '../../canonical/lifecycle.js'
import type { Operation } from '../../canonical/model.js'
import type { VerdictCode } from '../../canonical/verdict.js'
import { peerFailure, readMessageCode } from '../wire/message-code.js'
import type { StatusTable } from '../wire/status-table.js'

export const OK = '0'
export const NOT_FOUND = '10'

/** What a status amounts to; a state is a finding about the licence. `verifying` where verifyData differs. */
interface StatusMeaning {
  readonly error: ErrorCode
  readonly verifying?: ErrorCode
  readonly state?: LifecycleState
}

/** Head statuses. Source: EST; 12, 101-108 and 113 complain about a question that the source could not use. */
export const statuses: Readonly<Record<string, StatusMeaning>> = {
  2: { error: 'OPERATION_UNSUPPORTED' }, // 证照源未提供此服务接口
  10: { error: 'LICENCE_NOT_FOUND' }, // 未找到
  11: { error: 'ISSUER_REFUSED' }, // 身份验证不通过
  12: { error: 'ISSUER_FAILED' }, // 必填为空
  13: { error: 'OPERATION_UNSUPPORTED' }, // 类型不存在或未发布
  21: { error: 'LICENCE_WITHHELD', state: 'cancelled' }, // 废止或注销
  22: { error: 'LICENCE_WITHHELD', state: 'expired' }, // 过期
  23: { error: 'LICENCE_WITHHELD', state: 'suspended' }, // 受限使用
  99: { error: 'ISSUER_FAILED' }, // 其他异常
  100: { error: 'ISSUER_REFUSED' }, // 无权限
  101: { error: 'ISSUER_FAILED' }, // 状态配置错
  102: { error: 'ISSUER_FAILED' }, // contentType 须 base64
  103: { error: 'ISSUER_FAILED' }, // 持证主体类型不规范
  105: { error: 'ISSUER_FAILED' }, // 目录
  106: { error: 'ISSUER_FAILED' },
  107: { error: 'ISSUER_FAILED' }, // 模板
  108: { error: 'ISSUER_FAILED' },
  // The real verification wants holder and number; a question by identifier alone is one that it does not offer.
  109: { error: 'ISSUER_FAILED', verifying: 'OPERATION_UNSUPPORTED' }, // certNo 空
  110: { error: 'ISSUER_FAILED', verifying: 'OPERATION_UNSUPPORTED' }, // holderCode 空
  111: { error: 'ISSUER_FAILED', verifying: 'OPERATION_UNSUPPORTED' }, // holder 空
  113: { error: 'ISSUER_FAILED' }, // 类型代码有误
  60001: { error: 'ISSUER_FAILED' }, // ok of an operation that is not ours
}

/** What a head with another status than 0 says: a state of the licence, or a failure. */
export function readHead(status: string, message: string, operation: Operation): LifecycleState | HubError {
  const mark = readMessageCode(message)
  if (mark !== undefined) return peerFailure(mark)
  const meaning = Object.hasOwn(statuses, status) ? statuses[status] : undefined
  const verifying = operation === 'verifyData'
  if (verifying && meaning?.state !== undefined) return meaning.state
  const code = (verifying ? meaning?.verifying : undefined) ?? meaning?.error ?? 'ISSUER_FAILED'
  return new HubError(code, { subject: /^-?\d{1,9}$/.test(status) ? `status-${status}` : 'status' })
}

const written: Partial<Record<ErrorCode | VerdictCode, string>> = {
  LICENCE_NOT_FOUND: NOT_FOUND,
  OPERATION_UNSUPPORTED: '2',
  UNSUPPORTED: '2',
  PURPOSE_MISSING: '12',
  PURPOSE_INVALID: '12',
  REQUEST_INVALID: '12',
  ISSUER_REQUIRED: '12',
  TYPE_UNKNOWN: '13',
  // Not 21 to 23: those say something about the licence.
  LICENCE_WITHHELD: '100',
  NOT_AUTHORISED: '100',
  OPERATION_NOT_PERMITTED: '100',
  TYPE_NOT_LISTED: '100',
  ITEM_UNKNOWN: '100',
  PUBLIC_VERIFY_DISABLED: '100',
  HOLDER_CODE_MALFORMED: '103',
}

/** The status for one of our codes. */
export function statusOf(code: ErrorCode): string {
  const { origin, stage } = errorTable[code]
  const refused = origin === 'client' && (stage === 'auth' || stage === 'time' || stage === 'replay')
  return written[code] ?? (refused ? '11' : '99')
}

/** The status for a verdict that determines nothing: never a result. */
export function statusOfVerdict(code: VerdictCode): string {
  return written[code] ?? '99'
}

/**
 * `certificateStatus`. Source: EST which integers lead to which head status; 11 as valid is INF, and deployments
 * configure their own.
 */
export function statusTableFor(validStatuses: readonly string[]): StatusTable {
  const states: readonly (readonly [string, LifecycleState])[] = [
    // First, so that nobody can configure a cancelled licence to be valid.
    ...validStatuses.map((status) => [status, 'valid'] as const),
    ['-2', 'cancelled'],
    ['-3', 'cancelled'],
    ['-5', 'cancelled'],
    ['-8', 'cancelled'],
    ['-4', 'expired'],
    ['12', 'suspended'],
    ['13', 'suspended'],
  ]
  const [valid] = validStatuses
  return {
    read: new Map(states),
    write: {
      ...(valid === undefined ? {} : { valid }),
      suspended: '12',
      expired: '-4',
      cancelled: '-2',
      abolished: '-2',
      revoked: '-2',
      withdrawn: '-2',
      superseded: '-2',
      'transferred-out': '-2',
    },
    // Written as numbers: 012 would come back as 12, which says something.
    form: /^(?:0|-?[1-9]\d{0,8})$/,
  }
}
