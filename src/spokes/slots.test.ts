import { expect, test } from 'vitest'
import { createSlots } from './slots.js'

test('takes up to its limit, then queues in order of arrival', async () => {
  const slots = createSlots(1, 2)
  const order: string[] = []
  expect([slots.take(), slots.take()]).toEqual([true, false])
  const first = slots.wait(60_000).then(() => order.push('first'))
  const second = slots.wait(60_000).then(() => order.push('second'))
  await expect(slots.wait(60_000)).rejects.toMatchObject({ code: 'ISSUER_BUSY', retryAfter: 1 })
  slots.release()
  await first
  expect([slots.busy, slots.waiting]).toEqual([1, 1])
  expect(slots.take(), 'a newcomer cannot overtake').toBe(false)
  slots.release()
  await second
  expect(order).toEqual(['first', 'second'])
  slots.release()
  expect([slots.busy, slots.waiting]).toEqual([0, 0])
})

test('a waiter leaves at its deadline or when its caller is gone, and gives up its place', async () => {
  const slots = createSlots(1, 2)
  slots.take()
  const caller = new AbortController()
  const gone = slots.wait(60_000, caller.signal)
  const late = slots.wait(1)
  caller.abort()
  await expect(gone).rejects.toMatchObject({ code: 'CALLER_GONE' })
  await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  expect(slots.waiting).toBe(0)
  const idle = slots.idle()
  slots.release()
  await idle
  expect(slots.busy).toBe(0)
})
