/** Life-cycle states of a licence. `unknown` is a raw status without a mapping; it is never read as valid. */
export const lifecycleStates = [
  'valid',
  'not-yet-active',
  'suspended', // 暂扣
  'expired', // 过期
  'revoked', // 吊销
  'withdrawn', // 撤销
  'cancelled', // 注销
  'abolished', // 废止
  'superseded', // 换证
  'transferred-out', // 转出
  'unknown',
] as const
export type LifecycleState = (typeof lifecycleStates)[number]

/** Encumbrances stand beside the state: a mortgaged licence is still in force. 抵押, 质押 */
export const encumbrances = ['mortgaged', 'pledged'] as const
export type Encumbrance = (typeof encumbrances)[number]

/** A licence's state as its source gave it, and as we read it. */
export interface Lifecycle {
  readonly state: LifecycleState
  /** The source's own code, always kept; null when the source gave none. */
  readonly raw: string | null
  readonly encumbrances: readonly Encumbrance[]
}

export const unknownLifecycle: Lifecycle = { state: 'unknown', raw: null, encumbrances: [] }

export function isLifecycleState(text: string): text is LifecycleState {
  return (lifecycleStates as readonly string[]).includes(text)
}

export function isEncumbrance(text: string): text is Encumbrance {
  return (encumbrances as readonly string[]).includes(text)
}
