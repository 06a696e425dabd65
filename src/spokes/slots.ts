import { HubError } from '../canonical/errors.js'

/** A concurrency limit with a bounded queue, first come first served. */
export interface Slots {
  readonly busy: number
  readonly waiting: number
  /** Takes a free slot at once, or says no. */
  take(): boolean
  /**
   * Waits for a slot, which is then taken.
   * @throws HubError ISSUER_BUSY when the queue is full, DEADLINE_EXCEEDED after `ms`, CALLER_GONE on `signal`
   */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  release(): void
  /** Resolves when nothing is taken and nobody waits. */
  idle(): Promise<void>
}

export function createSlots(limit: number, queueLimit: number): Slots {
  let busy = 0
  // A Set keeps the order of arrival and lets a waiter who leaves early be removed in constant time.
  const queue = new Set<() => void>()
  const idleWaiters: (() => void)[] = []

  return {
    get busy() {
      return busy
    },
    get waiting() {
      return queue.size
    },
    take() {
      if (busy >= limit) return false
      busy++
      return true
    },
    wait(ms, signal) {
      if (queue.size >= queueLimit) return Promise.reject(new HubError('ISSUER_BUSY', { retryAfter: 1 }))
      return new Promise((resolve, reject) => {
        const leave = () => {
          queue.delete(enter)
          clearTimeout(timer)
          signal?.removeEventListener('abort', onAbort)
        }
        const enter = () => {
          leave()
          resolve()
        }
        const giveUp = (error: HubError) => {
          leave()
          reject(error)
          settleIdle()
        }
        const onAbort = () => giveUp(new HubError('CALLER_GONE'))
        const timer = setTimeout(() => giveUp(new HubError('DEADLINE_EXCEEDED')), ms)
        signal?.addEventListener('abort', onAbort, { once: true })
        queue.add(enter)
      })
    },
    release() {
      const [next] = queue
      // The slot passes from hand to hand, so that a newcomer cannot overtake the queue.
      if (next !== undefined) return next()
      busy--
      settleIdle()
    },
    idle() {
      return new Promise((resolve) => {
        idleWaiters.push(resolve)
        settleIdle()
      })
    },
  }

  function settleIdle(): void {
    if (busy > 0 || queue.size > 0) return
    for (const resolve of idleWaiters.splice(0)) resolve()
  }
}
