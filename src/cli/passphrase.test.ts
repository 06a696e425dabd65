import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { readPassphrase } from './passphrase.js'
import { createTerminal } from './terminal.js'

test('the echo is off before the question can be seen, and on again after the answer', async () => {
  const events: string[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => events.push(on ? 'echo off' : 'echo on'),
  })
  const err = new Writable({
    write(chunk, _encoding, done) {
      events.push(String(chunk))
      if (String(chunk) === 'Passphrase: ') input.write('hutong-test-pass\r')
      done()
    },
  })
  const plain = { json: false, colour: false, errorColour: false, attended: true, debug: false } as const
  const terminal = createTerminal({ ...plain, lang: 'en', interactive: true, input, out: err, err })
  expect(await readPassphrase(terminal, undefined)).toBe('hutong-test-pass')
  expect(events).toEqual(['echo off', 'Passphrase: ', 'echo on', '\n'])
})
