/** 颁发机构调整: a merged or renamed authority, or the department that now holds the face data. */
export interface SuccessorRow {
  readonly from: string
  readonly to: string
}

/** The authorities passed on the way, the first one's successor first, and the one that answers now. */
export interface SuccessorChain {
  readonly passed: readonly string[]
  readonly last: string
}

export interface SuccessorProblem {
  readonly code: 'LOOP' | 'TOO_LONG' | 'AMBIGUOUS'
  readonly from: string
}

const LONGEST = 8

/**
 * Follows every chain to its end once, so that a request costs one look-up. A chain that loops, exceeds eight steps
 * or leads two ways is a problem and leads nowhere.
 */
export function followSuccessors(rows: readonly SuccessorRow[]): {
  readonly chains: ReadonlyMap<string, SuccessorChain>
  readonly problems: readonly SuccessorProblem[]
} {
  const next = new Map<string, string>()
  const problems: SuccessorProblem[] = []
  const ambiguous = new Set<string>()
  for (const { from, to } of rows) {
    if (next.has(from) && next.get(from) !== to) ambiguous.add(from)
    next.set(from, to)
  }
  for (const from of ambiguous) {
    next.delete(from)
    problems.push({ code: 'AMBIGUOUS', from })
  }
  const chains = new Map<string, SuccessorChain>()
  for (const from of next.keys()) {
    const passed: string[] = []
    let last = from
    let fault: SuccessorProblem['code'] | undefined
    for (let step = next.get(last); step !== undefined && fault === undefined; step = next.get(last)) {
      if (step === from || passed.includes(step)) fault = 'LOOP'
      else if (passed.length === LONGEST) fault = 'TOO_LONG'
      passed.push(step)
      last = step
    }
    if (fault === undefined) chains.set(from, { passed, last })
    else problems.push({ code: fault, from })
  }
  return { chains, problems }
}
