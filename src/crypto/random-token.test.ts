import { expect, test } from 'vitest'
import { randomToken } from './random-token.js'

test('tokens are 32 hex digits, and none comes twice, across blocks too', () => {
  const tokens = Array.from({ length: 2000 }, randomToken)
  expect(tokens.filter((token) => !/^[0-9a-f]{32}$/.test(token))).toEqual([])
  expect(new Set(tokens).size).toBe(2000)
})
