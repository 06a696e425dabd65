import { expect, test } from 'vitest'
import { followSuccessors } from './successors.js'

test('a chain is followed to its end, and remembers what it passed', () => {
  const { chains, problems } = followSuccessors([
    { from: 'A', to: 'B' },
    { from: 'B', to: 'C' },
  ])
  expect(problems).toEqual([])
  expect(chains.get('A')).toEqual({ passed: ['B', 'C'], last: 'C' })
  expect(chains.get('B')).toEqual({ passed: ['C'], last: 'C' })
  expect(chains.has('C')).toBe(false)
})

test('loops are refused, also by those that only lead into one', () => {
  const { chains, problems } = followSuccessors([
    { from: 'A', to: 'B' },
    { from: 'B', to: 'C' },
    { from: 'C', to: 'B' },
    { from: 'D', to: 'D' },
  ])
  expect(problems.map(({ code, from }) => `${code} ${from}`)).toEqual(['LOOP A', 'LOOP B', 'LOOP C', 'LOOP D'])
  expect(chains.size).toBe(0)
})

test('eight steps are followed, nine are refused', () => {
  const rows = Array.from({ length: 9 }, (_, index) => ({ from: `N${index}`, to: `N${index + 1}` }))
  const { chains, problems } = followSuccessors(rows)
  expect(problems).toEqual([{ code: 'TOO_LONG', from: 'N0' }])
  expect(chains.get('N1')?.passed).toHaveLength(8)
})

test('an authority with two successors is ambiguous; the same row twice is not', () => {
  const { chains, problems } = followSuccessors([
    { from: 'A', to: 'B' },
    { from: 'A', to: 'C' },
    { from: 'D', to: 'E' },
    { from: 'D', to: 'E' },
  ])
  expect(problems).toEqual([{ code: 'AMBIGUOUS', from: 'A' }])
  expect(chains.get('D')?.last).toBe('E')
})
