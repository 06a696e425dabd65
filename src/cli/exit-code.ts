import type { VerdictGroup } from '../canonical/verdict.js'

/** Exit codes of every command but `conformance`, which has its own table. */
export const exitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  /** Genuine but not usable: expired, suspended, cancelled … */
  genuineButUnusable: 3,
  rejected: 4,
  unconfirmed: 5,
  /** Configuration or doctor found something wrong. */
  misconfigured: 6,
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

const ofGroup: Readonly<Record<VerdictGroup, ExitCode>> = {
  ok: exitCode.ok,
  gr: exitCode.genuineButUnusable,
  no: exitCode.rejected,
  un: exitCode.unconfirmed,
}

export function exitCodeOf(group: VerdictGroup): ExitCode {
  return ofGroup[group]
}
