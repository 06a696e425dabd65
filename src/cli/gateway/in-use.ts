/** Counts what is under way, so that what it needs is not closed under it. */
export interface InUse {
  during<T>(work: () => Promise<T>): Promise<T>
  /** Counts something that ends later; ends it once, however often it is called. */
  begin(): () => void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

export function createInUse(): InUse {
  let count = 0
  let waiting: (() => void)[] = []

  return {
    async during(work) {
      const end = begin()
      try {
        return await work()
      } finally {
        end()
      }
    },
    begin,
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }

  function begin(): () => void {
    let ended = false
    count++
    return () => {
      if (ended) return
      ended = true
      count--
      if (count > 0) return
      for (const resolve of waiting) resolve()
      waiting = []
    }
  }
}
