export interface Closable {
  close(): Promise<void> | void
}

/** What was opened on the way, to be closed in the opposite order. */
export interface Opened {
  hold<T extends Closable>(part: T): T
  /** Closes everything, even past a failure, and then rejects with the first one. */
  close(): Promise<void>
}

export function openedParts(): Opened {
  const parts: Closable[] = []
  return {
    hold(part) {
      parts.push(part)
      return part
    },
    async close() {
      const failures: unknown[] = []
      for (const part of parts.splice(0).toReversed()) {
        try {
          await part.close()
        } catch (thrown) {
          failures.push(thrown)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
