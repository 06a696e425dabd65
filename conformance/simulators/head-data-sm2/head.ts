import { at, parseJson } from '../kit/json.js'

/** A status of the head, with the words that the platform prints for it. */
export interface HeadStatus {
  readonly status: number
  readonly message: string
}

export const headStatuses = {
  ok: { status: 0, message: '接口调用成功' },
  notOffered: { status: 2, message: '证照源未提供此服务接口' },
  notFound: { status: 10, message: '未找到匹配的证照信息' },
  wrongCredentials: { status: 11, message: '身份验证不通过' },
  missing: { status: 12, message: '必填项为空' },
  unknownType: { status: 13, message: '证照类型不存在或未发布' },
  cancelled: { status: 21, message: '该电子证照已废止或注销' },
  expired: { status: 22, message: '该电子证照已过期' },
  restricted: { status: 23, message: '该电子证照受限使用' },
  failed: { status: 99, message: '系统异常' },
  noRight: { status: 100, message: '该用户无访问该证的权限！请先申请' },
} as const satisfies Record<string, HeadStatus>

/** What the platform's integers for a licence's status say, or undefined for one that it only stores. */
export type PlatformState = 'valid' | 'cancelled' | 'expired' | 'restricted'
const states: Readonly<Record<string, PlatformState>> = {
  '11': 'valid',
  '-2': 'cancelled',
  '-3': 'cancelled',
  '-5': 'cancelled',
  '-8': 'cancelled',
  '-4': 'expired',
  '12': 'restricted',
  '13': 'restricted',
}

export function platformState(status: string): PlatformState | undefined {
  return states[status]
}

/** `useCause` and `certData` come as an object or as a text that holds one. */
export function objectOrText(value: unknown): unknown {
  return typeof value === 'string' ? parseJson(Buffer.from(value)) : value
}

export function headOf(message: unknown): { readonly status: string; readonly message: string } {
  return { status: String(at(message, 'head', 'status') ?? ''), message: String(at(message, 'head', 'message') ?? '') }
}
