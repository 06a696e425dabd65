import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../canonical/canonical-json.js'
import { sm3Hex } from '../crypto/sm3.js'
import { answerSm3 } from './answer-digest.js'

const bytes = (text: string) => Buffer.from(text, 'utf8')

test('a JSON object that carries its receipt: its RFC 8785 form, without the receipt', () => {
  const wanted = sm3Hex(bytes('{"a":[1,{"x":"é","y":null}],"b":"\\n","名":true}'))
  expect(answerSm3(bytes('{"a":[1,{"x":"é","y":null}],"b":"\\n","名":true}'))).toBe(wanted)
  expect(answerSm3(bytes('{"a":[1,{"x":"é","y":null}],"b":"\\n","receipt":{},"名":true}'))).toBe(wanted)
  expect(
    answerSm3(bytes(' {"名" : true, "receipt": {"no": 1}, "b":"\\u000a",\n"a":[1,{"y":null,"x":"\\u00e9"}]}\r\n')),
  ).toBe(wanted)
})

test('a body that is written as RFC 8785 already: the hash of its bytes', () => {
  const body = bytes(canonicalJson({ b: [1e21, 0.1, -5], '10': 'x', '9': '\u20ac\n', 名: { z: null, a: true } }))
  expect(answerSm3(body)).toBe(sm3Hex(body))
})

test('only the receipt of the whole is left out, not one further in', () => {
  expect(answerSm3(bytes('{"data":{"receipt":1}}'))).toBe(sm3Hex(bytes('{"data":{"receipt":1}}')))
})

test('what looks like names, numbers and braces inside of texts is text', () => {
  const text = '{"a":"\\"x\\": 1.0 {","b":"\\\\","c":"007"}'
  expect(answerSm3(bytes(` ${text.slice(0, -1)},"receipt":1}`))).toBe(sm3Hex(bytes(text)))
})

test('a JSON object without a receipt is its bytes', () => {
  expect(answerSm3(bytes('{"b": 1, "a": 2}'))).toBe(sm3Hex(bytes('{"b": 1, "a": 2}')))
})

describe('everything else is taken as bytes', () => {
  test.each([
    ['XML', '<answer><code>VALID</code></answer>'],
    ['nothing', ''],
    ['a list', '[1, 2]'],
    ['a bare text', '"x" '],
    ['broken JSON', '{"a": 1'],
    ['a name twice', '{"verdict": "VALID", "verdict": "INVALID"}'],
    ['a name twice, once escaped', '{"a": 1, "\\u0061": 2}'],
    ['a name twice further in', '{"x": [{"a": 1, "a": 2}]}'],
    ['a number that a double cannot hold', '{"n": 12345678901234567890}'],
    ['a number too large', '{"n": 1e999}'],
    ['a number in another form', '{"n": 1.0}'],
    ['minus zero', '{"n": -0}'],
    ['a lone surrogate', '{"s": "\\ud800"}'],
    ['a byte order mark', '\ufeff{"a": 1}'],
  ])('%s', (_, text) => {
    expect(answerSm3(bytes(text))).toBe(sm3Hex(bytes(text)))
  })

  test('bytes that are not UTF-8', () => {
    const body = Buffer.from([0x7b, 0x20, 0xff, 0x7d])
    expect(answerSm3(body)).toBe(sm3Hex(body))
  })

  test('an object nested beyond the stack', () => {
    const body = bytes(`{"a": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`)
    expect(answerSm3(body)).toBe(sm3Hex(body))
  })
})
