import { afterEach, expect, test } from 'vitest'
import { type Breaker, type BreakerState, openBreaker } from './breaker.js'

type Call = [outcome: Promise<string>]
const breakers: Breaker<Call, string>[] = []
afterEach(() => {
  for (const breaker of breakers.splice(0)) breaker.close()
})

function breaker(resetMs: number) {
  const states: BreakerState[] = []
  let halfOpen: (() => void) | undefined
  const opened = openBreaker<Call, string>({
    settings: { minimumCalls: 2, failurePercent: 50, resetMs },
    call: (outcome) => outcome,
    counts: (error) => (error as Error).message === 'sick',
    onChange: (state) => {
      states.push(state)
      if (state === 'half-open') halfOpen?.()
    },
  })
  breakers.push(opened)
  return { opened, states, halfOpen: new Promise<void>((resolve) => (halfOpen = resolve)) }
}

const fail = (message: string): Call => [Promise.reject(new Error(message))]

test('what is no fault of the system never opens it', async () => {
  const { opened, states } = breaker(60_000)
  for (let i = 0; i < 20; i++) await expect(opened.run(...fail('cancelled'))).rejects.toThrow('cancelled')
  expect([opened.state(), states]).toEqual(['closed', []])
})

test('an open one says how long to wait, in whole seconds', async () => {
  const { opened } = breaker(60_000)
  for (let i = 0; i < 2; i++) await expect(opened.run(...fail('sick'))).rejects.toThrow('sick')
  await expect(opened.run(Promise.resolve('well'))).rejects.toMatchObject({
    code: 'ISSUER_CIRCUIT_OPEN',
    retryAfter: 60,
  })
})

test('a straggler that was cancelled while it is half-open does not close it', async () => {
  const { opened, states, halfOpen } = breaker(30)
  let cancel: ((error: Error) => void) | undefined
  const straggler = opened.run(new Promise((_resolve, reject) => (cancel = reject)))
  for (let i = 0; i < 2; i++) await expect(opened.run(...fail('sick'))).rejects.toThrow('sick')
  expect(states).toEqual(['open'])
  await halfOpen
  cancel?.(new Error('cancelled'))
  await expect(straggler).rejects.toThrow('cancelled')
  expect(states).toEqual(['open', 'half-open', 'open'])
})

test('closing twice does no harm to the others', async () => {
  const [first, second] = [breaker(60_000), breaker(60_000)]
  first.opened.close()
  first.opened.close()
  for (let i = 0; i < 2; i++) await expect(second.opened.run(...fail('sick'))).rejects.toThrow('sick')
  expect(second.opened.state()).toBe('open')
})
