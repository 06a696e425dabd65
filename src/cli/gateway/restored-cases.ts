import { type CaseScope, createCaseScope } from '../../policy/case-scope.js'
import type { HashOf } from './compile-runtime.js'
import type { House } from './house.js'

/** Records of the audit log that 一事一查 is rebuilt from at start; older cases begin anew. */
const RESTORED_RECORDS = 20_000

/** Which case was used for whom, as the last records of the audit log tell it. */
export async function restoredCaseScope({ audit, now }: House, hash: HashOf): Promise<CaseScope> {
  const scope = createCaseScope({ now, hash })
  for (let index = Math.max(0, audit.size - RESTORED_RECORDS); index < audit.size; index++) {
    const record = await audit.record(index)
    if (record !== null) scope.restore(record)
  }
  return scope
}
