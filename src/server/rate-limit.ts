import { isIPv6 } from 'node:net'

export interface RateLimiter {
  /**
   * Takes one token from the address's bucket.
   *
   * @param now epoch milliseconds
   * @returns 0 when the request may go on, otherwise whole seconds until it is worth trying again
   */
  take(address: string, now: number): number
}

export interface RateLimitSettings {
  /** Tokens that come back in a minute. */
  readonly perMinute: number
  /** Tokens of a full bucket; `perMinute` when absent. */
  readonly burst?: number
  /** Addresses remembered; 10,000 when absent. The one unseen for longest is forgotten first. */
  readonly addresses?: number
}

interface Bucket {
  tokens: number
  at: number
}

/** A token bucket per address, in bounded memory. */
export function createRateLimiter(settings: RateLimitSettings): RateLimiter {
  const { perMinute, burst = perMinute, addresses = 10_000 } = settings
  const perMs = perMinute / 60_000
  // A Map iterates in order of insertion, so re-inserting what is used makes its first key the oldest.
  const buckets = new Map<string, Bucket>()
  return {
    take(address, now) {
      const key = bucketKey(address)
      const bucket = buckets.get(key) ?? { tokens: burst, at: now }
      buckets.delete(key)
      buckets.set(key, bucket)
      if (buckets.size > addresses) forgetOldest(buckets)
      // A clock that was set back gives nothing and takes nothing.
      const elapsed = Math.max(0, now - bucket.at)
      bucket.tokens = Math.min(burst, bucket.tokens + elapsed * perMs)
      bucket.at = now
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1
        return 0
      }
      return Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1_000))
    },
  }
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  const oldest = buckets.keys().next()
  if (!oldest.done) buckets.delete(oldest.value)
}

/**
 * An IPv4 address, or the /64 of an IPv6 one: a subscriber has a whole /64, and could otherwise use 2^64 buckets.
 * IPv4 in IPv6 (`::ffff:…`) counts as IPv4.
 */
export function bucketKey(address: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const plain = address.split('%', 1)[0] ?? ''
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.split('::', 2)
  const left = head === '' ? [] : head.split(':')
  // An embedded IPv4 address is two groups, and always among the last four: it only matters for the count.
  const right = tail === undefined || tail === '' ? [] : tail.replace(/\d+(?:\.\d+){3}$/, '0:0').split(':')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
