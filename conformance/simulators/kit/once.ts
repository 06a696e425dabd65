/** Remembers what has been used, for as long as its time could still be fresh. */
export interface Once {
  /** True the first time, false ever after. */
  claim(name: string): boolean
}

const KEPT_MS = 700_000

export function onceOnly(now: () => number): Once {
  const used = new Map<string, number>()
  return {
    claim(name) {
      const at = now()
      for (const [old, since] of used) {
        // Entries stand in the order of their age.
        if (at - since < KEPT_MS) break
        used.delete(old)
      }
      if (used.has(name)) return false
      used.set(name, at)
      return true
    },
  }
}
