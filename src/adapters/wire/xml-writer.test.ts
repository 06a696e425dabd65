import { describe, expect, test } from 'vitest'
import { cdata, element, escapeText, optionalElement, writableText } from './xml-writer.js'

test('text is escaped, and a CR kept as one', () => {
  expect(escapeText('a<b>&"\'\r\n]]>')).toBe('a&lt;b&gt;&amp;"\'&#13;\n]]&gt;')
})

test('an element without a text is left out only where it may be', () => {
  expect([element('a', ''), optionalElement('a', ''), optionalElement('a', null), optionalElement('a', 'x')]).toEqual([
    '<a></a>',
    '',
    '',
    '<a>x</a>',
  ])
})

test('the end of a CDATA section inside one is split', () => {
  expect(cdata('a]]>b')).toBe('<![CDATA[a]]]]><![CDATA[>b]]>')
  expect(cdata(']]>]]>')).toBe('<![CDATA[]]]]><![CDATA[>]]]]><![CDATA[>]]>')
})

describe('what XML cannot carry is refused', () => {
  test.each(['\0', '\u0001', '\u000b', '\u001f', '\ufffe', '\uffff', '\ud800', 'a\udc00'])('%j', (text) => {
    expect(() => escapeText(text)).toThrow('[REQUEST_INVALID]')
    expect(() => cdata(text)).toThrow('[REQUEST_INVALID]')
    expect(writableText(text)).toMatch(/^a?\ufffd$/)
  })
  test('and what it can is not', () => {
    expect(escapeText('\t\n\u007f\u0085\ud7ff\ue000\ufffd𠀀')).toBe('\t\n\u007f\u0085\ud7ff\ue000\ufffd𠀀')
  })
})
