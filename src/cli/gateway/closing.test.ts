import { expect, test } from 'vitest'
import { openedParts } from './closing.js'

test('everything is closed once, the last first, and past a failure, which is then told', async () => {
  const closed: string[] = []
  const parts = openedParts()
  const part = (name: string, failure?: Error) =>
    parts.hold({
      close: async () => {
        closed.push(name)
        if (failure !== undefined) throw failure
      },
    })
  part('lock')
  part('log', new Error('the disk is full'))
  part('server', new Error('second'))
  await expect(parts.close()).rejects.toThrow('second')
  expect(closed).toEqual(['server', 'log', 'lock'])
  await parts.close()
  expect(closed).toHaveLength(3)
})
