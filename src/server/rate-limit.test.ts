import { expect, test } from 'vitest'
import { bucketKey, createRateLimiter } from './rate-limit.js'

const T0 = 1_700_000_000_000
const takeMany = (times: number, take: () => number) => Array.from({ length: times }, take)

test('lets a burst through, then one for each token that comes back', () => {
  const limiter = createRateLimiter({ perMinute: 6, burst: 3 })
  expect(takeMany(4, () => limiter.take('192.0.2.1', T0))).toEqual([0, 0, 0, 10])
  expect(limiter.take('192.0.2.1', T0 + 4_000)).toBe(6)
  expect(limiter.take('192.0.2.1', T0 + 10_000)).toBe(0)
  expect(limiter.take('192.0.2.1', T0 + 10_000)).toBe(10)
})

test('what it tells to wait is long enough, and asking early costs nothing', () => {
  const limiter = createRateLimiter({ perMinute: 7, burst: 1 })
  let now = T0
  limiter.take('192.0.2.1', now)
  for (let round = 0; round < 50; round++) {
    const wait = limiter.take('192.0.2.1', now)
    expect(wait).toBeGreaterThanOrEqual(1)
    limiter.take('192.0.2.1', now + 500)
    now += wait * 1_000
    expect(limiter.take('192.0.2.1', now)).toBe(0)
  }
})

test('a bucket never holds more than its burst, and a clock set back gives nothing', () => {
  const limiter = createRateLimiter({ perMinute: 60, burst: 2 })
  expect(takeMany(3, () => limiter.take('192.0.2.1', T0))).toEqual([0, 0, 1])
  expect(takeMany(3, () => limiter.take('192.0.2.1', T0 + 3_600_000))).toEqual([0, 0, 1])
  expect(limiter.take('192.0.2.1', T0)).toBe(1)
  expect(limiter.take('192.0.2.1', T0 + 1_000)).toBe(0)
})

test('addresses do not share a bucket, except within one IPv6 /64', () => {
  const limiter = createRateLimiter({ perMinute: 1 })
  expect(limiter.take('192.0.2.1', T0)).toBe(0)
  expect(limiter.take('192.0.2.2', T0)).toBe(0)
  expect(limiter.take('::ffff:192.0.2.2', T0)).toBe(60)
  expect(limiter.take('2001:db8::1', T0)).toBe(0)
  expect(limiter.take('2001:db8:0:0:ffff::2', T0)).toBe(60)
  expect(limiter.take('2001:db8:0:1::1', T0)).toBe(0)
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0000:0001:0:0:0:1', '2001:db8:0:1::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['1::', '1:0:0:0::/64'],
  ['', ''],
])('%s counts as %s', (address, key) => {
  expect(bucketKey(address)).toBe(key)
})

test('memory is bounded: the address unseen for longest is forgotten, one in use is not', () => {
  const limiter = createRateLimiter({ perMinute: 1, addresses: 3 })
  for (const address of ['a', 'b', 'c']) limiter.take(address, T0)
  expect(limiter.take('a', T0), 'still known, and now the newest').toBe(60)
  limiter.take('d', T0)
  expect(limiter.take('a', T0)).toBe(60)
  expect(limiter.take('b', T0), 'forgotten').toBe(0)
})
