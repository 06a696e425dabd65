import { EventEmitter } from 'node:events'
import CircuitBreaker from 'opossum'
import { HubError } from '../canonical/errors.js'

export type BreakerState = 'closed' | 'open' | 'half-open'

export interface BreakerSettings {
  /** Calls in ten seconds below which nothing opens it. */
  readonly minimumCalls: number
  /** Share of failed calls above which it opens. */
  readonly failurePercent: number
  /** Milliseconds until one call may probe. */
  readonly resetMs: number
}

export interface Breaker<A extends unknown[], R> {
  /** @throws HubError ISSUER_CIRCUIT_OPEN, or what the call throws */
  run(...args: A): Promise<R>
  state(): BreakerState
  /** Whole seconds until a probe is let through. */
  retryAfter(): number
  /** Ends its timers and listeners; calls under way finish. */
  close(): void
}

export interface BreakerOptions<A extends unknown[], R> {
  readonly settings: BreakerSettings
  call(...args: A): Promise<R>
  /** Whether a rejection says that the system is in trouble, rather than the caller or ourselves. */
  counts(error: unknown, ...args: A): boolean
  onChange(state: BreakerState): void
}

const WINDOW_MS = 10_000
const BUCKETS = 10

// One clock for the windows of all breakers: two intervals a breaker are what makes many idle ones costly.
const clock = new EventEmitter()
clock.setMaxListeners(0)
let ticking: NodeJS.Timeout | undefined
let listeners = 0

/** Why these options and no others: docs/decisions/opossum-defaults.md. */
export function openBreaker<A extends unknown[], R>(options: BreakerOptions<A, R>): Breaker<A, R> {
  const { settings, onChange } = options
  let openedAt = 0
  let closed = false
  keepClock()
  const circuit: CircuitBreaker<A, R> = new CircuitBreaker<A, R>(options.call, {
    timeout: false,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    rollingCountTimeout: WINDOW_MS,
    rollingCountBuckets: BUCKETS,
    rotateBucketController: clock,
    volumeThreshold: settings.minimumCalls,
    errorThresholdPercentage: settings.failurePercent,
    resetTimeout: settings.resetMs,
    // A filtered error counts as a success, and one success closes a half-open breaker. A straggler that its caller
    // cancelled proves nothing about the system, so while half-open nothing is filtered.
    errorFilter: (error: unknown, ...args: unknown[]) => !circuit.halfOpen && !options.counts(error, ...(args as A)),
  })
  circuit.on('open', () => {
    openedAt = performance.now()
    onChange('open')
  })
  circuit.on('halfOpen', () => onChange('half-open'))
  circuit.on('close', () => onChange('closed'))

  const retryAfter = () => Math.max(1, Math.ceil((openedAt + settings.resetMs - performance.now()) / 1000))
  return {
    retryAfter,
    async run(...args) {
      try {
        return await circuit.fire(...args)
      } catch (thrown) {
        if ((thrown as { code?: unknown } | null)?.code !== 'EOPENBREAKER') throw thrown
        throw new HubError('ISSUER_CIRCUIT_OPEN', { retryAfter: retryAfter() })
      }
    },
    state: () => (circuit.opened ? 'open' : circuit.halfOpen ? 'half-open' : 'closed'),
    close() {
      if (closed) return
      closed = true
      circuit.shutdown()
      releaseClock()
    },
  }
}

function keepClock(): void {
  listeners++
  ticking ??= setInterval(() => clock.emit('rotate'), WINDOW_MS / BUCKETS).unref()
}

function releaseClock(): void {
  listeners--
  if (listeners > 0) return
  clearInterval(ticking)
  ticking = undefined
}
