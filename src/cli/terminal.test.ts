import { expect, test } from 'vitest'
import { oneLine } from './terminal.js'

test.each([
  ['plain 湖南 text', 'plain 湖南 text'],
  ['two\nlines\r\n', 'two\ufffdlines\ufffd\ufffd'],
  ['\u001b[31mred\u0007', '\ufffd[31mred\ufffd'],
  ['a\u202eb\u200b\u2066', 'a\ufffdb\ufffd\ufffd'],
  ['\u0085\u2028\u2029\u0000', '\ufffd\ufffd\ufffd\ufffd'],
])('%j is shown as one line that cannot move the cursor', (text, shown) => {
  expect(oneLine(text)).toBe(shown)
})
