import { Pool } from 'undici'
import { parseEndpoint } from '../canonical/endpoint.js'
import { HubError } from '../canonical/errors.js'
import { type BreakerSettings, type BreakerState, openBreaker } from './breaker.js'
import { exchange } from './exchange.js'
import { createSlots } from './slots.js'
import { type SpokeTls, tlsConnection } from './spoke-tls.js'
import type { SpokeReply, SpokeRequest } from './wire.js'

export interface SpokeLinkOptions {
  /** `https://host[:port][/path]`, or http on loopback. */
  readonly endpoint: string
  readonly tls?: SpokeTls
  /** What one call to this spoke may take at most, in milliseconds. */
  readonly deadlineMs: number
  /** Calls under way at once, and connections. */
  readonly concurrency: number
  /** Calls that may wait for a turn. */
  readonly queue: number
  readonly breaker: BreakerSettings
  /** Bytes of a reply's body; 4 MiB when absent. */
  readonly replyBytes?: number
  /** Epoch milliseconds. */
  readonly now?: () => number
  readonly onBreaker?: (state: BreakerState) => void
}

export interface SpokeLink {
  /** Path of the endpoint, to be put before the dialect's own. */
  readonly mount: string
  /**
   * Sends one idempotent read. `request.target` is the whole path, mount included.
   *
   * @param deadline epoch milliseconds; nothing of the call lives on after it, on either side
   * @throws HubError ISSUER_UNREACHABLE, ISSUER_TIMEOUT, ISSUER_BUSY, ISSUER_CIRCUIT_OPEN, DEADLINE_EXCEEDED,
   * REPLY_TOO_LARGE, REPLY_MALFORMED, CALLER_GONE, DRAINING
   */
  send(request: SpokeRequest, deadline: number, signal?: AbortSignal): Promise<SpokeReply>
  breaker(): BreakerState
  underWay(): number
  waiting(): number
  /** Takes no more calls, lets those under way end, which their deadlines bound, then closes every connection. */
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 2_000
const REPLY_BYTES = 4 * 1024 * 1024
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The connection to one system. It shares nothing with another spoke's, so a slow one slows nobody else.
 *
 * @throws EndpointError when the endpoint or its trust material cannot be used safely
 */
export function openSpokeLink(options: SpokeLinkOptions): SpokeLink {
  const { concurrency, deadlineMs, replyBytes = REPLY_BYTES, now = Date.now } = options
  const endpoint = parseEndpoint(options.endpoint)
  const pool = new Pool(endpoint.origin, {
    connections: concurrency,
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(endpoint.secure ? tlsConnection(options.tls ?? {}) : {}) },
  })
  const transport = { dispatch: pool.dispatch.bind(pool) }
  const slots = createSlots(concurrency, options.queue)
  const patient = Math.min(1_000, deadlineMs / 2)
  const breaker = openBreaker<[SpokeRequest, number, AbortSignal | undefined], SpokeReply>({
    settings: options.breaker,
    onChange: (state) => options.onBreaker?.(state),
    async call(request, patienceMs, signal) {
      const reply = await exchange(transport, request, patienceMs, replyBytes, signal)
      if (isOutage(reply)) throw new OutageReply(reply)
      return reply
    },
    counts(error, _request, patienceMs) {
      if (!(error instanceof HubError)) return true
      // A caller in too much of a hurry must not be able to cut the spoke off for everybody else.
      if (error.code === 'ISSUER_TIMEOUT') return patienceMs >= patient
      return error.code === 'ISSUER_UNREACHABLE' || error.code === 'REPLY_MALFORMED'
    },
  })
  let closing: Promise<void> | undefined

  return {
    mount: endpoint.mount,
    breaker: breaker.state,
    underWay: () => slots.busy,
    waiting: () => slots.waiting,
    async send(request, deadline, signal) {
      if (closing !== undefined) throw new HubError('DRAINING')
      admit(deadline, signal)
      if (!slots.take()) await slots.wait(patience(deadline), signal)
      // A probe is everybody's: it runs to its end even when the caller who happened to carry it hangs up.
      const probing = breaker.state() === 'half-open'
      const reply = carry(request, deadline, signal, probing)
      return probing ? unlessGone(reply, signal) : reply
    },
    close() {
      closing ??= shut()
      return closing
    },
  }

  /** Holds a slot, and gives it back. */
  async function carry(
    request: SpokeRequest,
    deadline: number,
    signal: AbortSignal | undefined,
    probing: boolean,
  ): Promise<SpokeReply> {
    try {
      admit(deadline, signal)
      checkHost(request, endpoint.authority)
      return await breaker.run(request, patience(deadline), probing ? undefined : signal)
    } catch (thrown) {
      if (thrown instanceof OutageReply) return thrown.reply
      throw thrown
    } finally {
      slots.release()
    }
  }

  function patience(deadline: number): number {
    return Math.min(deadline - now(), LONGEST_TIMER_MS)
  }

  function admit(deadline: number, signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new HubError('CALLER_GONE')
    const left = patience(deadline)
    if (!(left > 0)) throw new HubError('DEADLINE_EXCEEDED')
    const state = breaker.state()
    if (state === 'open' || (state === 'half-open' && left < patient)) {
      throw new HubError('ISSUER_CIRCUIT_OPEN', { retryAfter: breaker.retryAfter() })
    }
  }

  async function shut(): Promise<void> {
    await slots.idle()
    breaker.close()
    await pool.destroy()
  }
}

/** Carries a reply past the breaker, which reads rejections only. */
class OutageReply extends Error {
  readonly reply: SpokeReply
  constructor(reply: SpokeReply) {
    super('outage')
    this.reply = reply
  }
}

/**
 * A front or a balancer that says its system is away. A signed reply was made by the system itself: a gateway that
 * answers 503 for somebody behind it is alive, and 500 is how SOAP carries every fault.
 */
function isOutage({ status, headers }: SpokeReply): boolean {
  return status >= 502 && status <= 504 && headers['signature'] === undefined
}

function unlessGone<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new HubError('CALLER_GONE'))
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * undici writes the field itself, from the endpoint. A request that names another host was made for another spoke; sent
 * on, it would also replace the name that the peer's certificate must carry, which only configuration may say.
 */
function checkHost({ headers: { host } }: SpokeRequest, authority: string): void {
  if (host !== undefined && host.toLowerCase() !== authority) throw new HubError('INTERNAL', { subject: 'host' })
}
