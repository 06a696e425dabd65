import { HubError } from '../../canonical/errors.js'
import type { LifecycleState } from '../../canonical/lifecycle.js'
import { peerFailure, readMessageCode } from '../wire/message-code.js'
import type { StatusTable } from '../wire/status-table.js'

/** EST-secondary: the interface knows these two, and sub-codes whose numbers are UNK. */
export const OK = '200'
export const FAILED = '300'

const SUB_CODE = /^(?:catalog|res|api|db)-\d{3}$/
const LEADING_SUB_CODE = /^(?:catalog|res|api|db)-\d{3}(?!\d)/

/** The failure that a reply with another code than 200 amounts to. */
export function replyFailure(code: string, message: string): HubError {
  const mark = readMessageCode(message)
  if (mark !== undefined) return peerFailure(mark)
  const subCode = SUB_CODE.test(code) ? code : LEADING_SUB_CODE.exec(message)?.[0]
  return new HubError('ISSUER_FAILED', { subject: subCode ?? 'code' })
}

const states: readonly (readonly [string, LifecycleState])[] = [
  ['01', 'valid'], // 有效
  ['02', 'suspended'], // 暂扣
  ['03', 'withdrawn'], // 撤销
  ['04', 'cancelled'], // 注销
  ['05', 'expired'], // 失效
  ['06', 'transferred-out'], // 办理转出
  ['07', 'revoked'], // 吊销
]

/** `certificatestatus`. Source: EST in one ministry's collection interface, INF here; 99 is 其他. */
export const statusTable: StatusTable = {
  read: new Map(states),
  write: {
    valid: '01',
    suspended: '02',
    withdrawn: '03',
    cancelled: '04',
    abolished: '04',
    expired: '05',
    superseded: '05',
    'transferred-out': '06',
    revoked: '07',
    'not-yet-active': '99',
  },
  form: /^[0-9A-Za-z_-]{1,32}$/,
}
