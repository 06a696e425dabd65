import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HubError } from '../../canonical/errors.js'
import { parseXml, readingReply, XML_LIMITS, type XmlElement } from './xml.js'
import { cdata, escapeText } from './xml-writer.js'

function outcome(text: string, limits = XML_LIMITS): string | XmlElement {
  try {
    return parseXml(text, limits)
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown
    return thrown.code
  }
}

const many = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, at) => part(at)).join('')
const entities = many(10, (at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`)

describe('attacks', () => {
  test.each<[name: string, text: string, code: string]>([
    ['DOCTYPE', '<!DOCTYPE a><a/>', 'XML_DOCTYPE_REFUSED'],
    ['external DTD', '<!DOCTYPE a SYSTEM "http://issuer.test/a.dtd"><a/>', 'XML_DOCTYPE_REFUSED'],
    ['external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'XML_DOCTYPE_REFUSED'],
    ['billion laughs', `<!DOCTYPE a [<!ENTITY l0 "lol">${entities}]><a>&l10;</a>`, 'XML_DOCTYPE_REFUSED'],
    ['undeclared entity', '<a>&nbsp;</a>', 'XML_MALFORMED'],
    ['undeclared entity in an attribute', '<a b="&x;"/>', 'XML_MALFORMED'],
    ['two roots', '<a/><b/>', 'XML_MALFORMED'],
    ['text after the root', '<a/>b', 'XML_MALFORMED'],
    ['CDATA after the root', '<a/><![CDATA[b]]>', 'XML_MALFORMED'],
    ['nothing', '', 'XML_MALFORMED'],
    ['no XML', '{"a":1}', 'XML_MALFORMED'],
    ['unclosed', '<a><b></a>', 'XML_MALFORMED'],
    ['cut short', '<a><b/>', 'XML_MALFORMED'],
    ['cut short in CDATA', '<a><![CDATA[b</a>', 'XML_MALFORMED'],
    ['duplicate attribute', '<a b="1" b="2"/>', 'XML_MALFORMED'],
    ['duplicate attribute by namespace', '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>', 'XML_MALFORMED'],
    ['undeclared prefix', '<x:a/>', 'XML_MALFORMED'],
    ['depth 100,000', '<a>'.repeat(100_000), 'XML_TOO_DEEP'],
    ['depth 65', `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`, 'XML_TOO_DEEP'],
    ['attribute of 1 MB', `<a b="${'x'.repeat(1 << 20)}"/>`, 'MESSAGE_TOO_COMPLEX'],
    ['100,000 attributes', `<a${many(100_000, (at) => ` b${at}=""`)}/>`, 'MESSAGE_TOO_COMPLEX'],
    ['100,000 namespaces', `<a${many(100_000, (at) => ` xmlns:b${at}="u"`)}/>`, 'MESSAGE_TOO_COMPLEX'],
    ['20,001 elements', `<a>${'<b/>'.repeat(20_000)}</a>`, 'MESSAGE_TOO_COMPLEX'],
    ['NUL', '<a>\0</a>', 'XML_MALFORMED'],
    ['NUL in CDATA', '<a><![CDATA[\0]]></a>', 'XML_MALFORMED'],
    ['NUL by reference', '<a>&#0;</a>', 'XML_MALFORMED'],
    ['control character', '<a>\u0007</a>', 'XML_MALFORMED'],
    ['control character by reference', '<a>&#7;</a>', 'XML_MALFORMED'],
    ['control character in an attribute', '<a b="\u0007"/>', 'XML_MALFORMED'],
    ['non-character', '<a><![CDATA[\uffff]]></a>', 'XML_MALFORMED'],
    ['lone surrogate', '<a>\ud800</a>', 'XML_MALFORMED'],
    ['lone surrogate by reference', '<a>&#xD800;</a>', 'XML_MALFORMED'],
    ['XML 1.1, which has more control characters', '<?xml version="1.1"?><a>&#7;</a>', 'XML_MALFORMED'],
    ['processing instruction', '<?php echo 1 ?><a/>', 'XML_MALFORMED'],
    ['style sheet', '<?xml version="1.0"?><?xml-stylesheet href="http://issuer.test/a"?><a/>', 'XML_MALFORMED'],
    ['second declaration', '<a><?xml version="1.0"?></a>', 'XML_MALFORMED'],
    ['markup in an attribute', '<a b="<c/>"/>', 'XML_MALFORMED'],
    ['attribute without quotes', '<a b=c/>', 'XML_MALFORMED'],
    ['end of CDATA in text', '<a>]]></a>', 'XML_MALFORMED'],
    ['double hyphen in a comment', '<a><!-- a--b --></a>', 'XML_MALFORMED'],
  ])('%s', (_, text, code) => {
    expect(outcome(text)).toBe(code)
  })
  test('a document over its length is not looked at', () => {
    expect(outcome('<a>xx</a>', { ...XML_LIMITS, length: 8 })).toBe('MESSAGE_TOO_COMPLEX')
  })
  test('what is within the bounds is taken', () => {
    expect(outcome(`${'<a>'.repeat(64)}${'</a>'.repeat(64)}`)).toMatchObject({ name: 'a' })
    expect(outcome(`<a>${'<b/>'.repeat(19_999)}</a>`)).toMatchObject({ name: 'a' })
    expect(outcome(`<a${many(64, (at) => ` b${at}=""`)}/>`)).toMatchObject({ name: 'a' })
  })
})

describe('reading', () => {
  test('names, namespaces, attributes, children and text', () => {
    const root = parseXml(
      '<?xml version="1.0" encoding="GBK"?><!-- c --><p:a xmlns:p="u" xmlns="d" x="1" p:y="2&amp;">t<b>1</b><!-- c -->u<b/></p:a>',
    )
    expect([root.name, root.namespace, root.text]).toEqual(['a', 'u', 'tu'])
    expect([...root.attributes]).toEqual([
      ['x', '1'],
      ['{u}y', '2&'],
    ])
    expect(root.children.map(({ name, namespace, text }) => [name, namespace, text])).toEqual([
      ['b', 'd', '1'],
      ['b', 'd', ''],
    ])
  })
  test.each([
    ['1<![CDATA[2]]>3<b/>4', '1234'],
    ['<![CDATA[a]]]]><![CDATA[>b]]>', 'a]]>b'],
    ['<![CDATA[<x>&amp;]]>', '<x>&amp;'],
    ['<![CDATA[]]><![CDATA[a]]>', 'a'],
    ['<!-- <![CDATA[ --><![CDATA[a]]>', 'a'],
    ['<![CDATA[a<!-- ]]>b<![CDATA[ -->]]>', 'a<!-- b -->'],
    ['<![CDATA[a\r\nb\rc]]>', 'a\nb\nc'],
    ['a\r\nb&#13;', 'a\nb\r'],
    ['&lt;&#x4E2D;&#20013;&quot;', '<中中"'],
    ['VA<!-- -->LID', 'VALID'],
    ['\ufffd𠀀', '\ufffd𠀀'],
  ])('%j', (inner, text) => {
    expect(parseXml(`<a>${inner}</a>`).text).toBe(text)
  })
  test('names of Object’s own mean nothing', () => {
    const root = parseXml('<__proto__ constructor="1"><toString/></__proto__>')
    expect([root.name, root.attributes.get('constructor'), root.children[0]?.name]).toEqual([
      '__proto__',
      '1',
      'toString',
    ])
  })
})

// A comment in front leaves the document to the full parser, so the two ways must agree on everything.
const token = fc.constantFrom(
  ...[
    '<a>',
    '</a>',
    '<a/>',
    '<![CDATA[',
    ']]>',
    ']]',
    '>',
    '<!--',
    '-->',
    '<?p ?>',
    '<!DOCTYPE a>',
    '&amp;',
    '&x;',
    '&lt;',
    '&quot;',
    '&#65;',
    '&',
    '&amp',
  ],
  ...[
    '\r\n',
    '\r',
    ' ',
    '\n',
    'x',
    '中',
    '"',
    '<b c="',
    '"/>',
    '\u0001',
    '<a >',
    '</a >',
    '<p:a/>',
    '<a:b>',
    '</a:b>',
    '/',
  ],
  ...['<a xmlns="u">', '<a xmlns:p="u" xmlns:q="u">', '<a xmlns=""/>', '<a xmlns:p=""/>', '<a xmlns:xml="u"/>'],
  ...['<a b="1" b="2"/>', '<a p:b="1" q:b="2"/>', '<a p:b="1" b="2"/>', '<a xmlns:p="v" xmlns:p="w"/>', '<a b = "1"/>'],
  ...[
    "<a b='1'/>",
    '<a b="1"c="2"/>',
    '<a b="\t"/>',
    '<中/>',
    '<-a/>',
    '<a b="1>"/>',
    '<xmlns:a/>',
    '<xml:a xml:lang="zh"/>',
  ],
  ...['<a xmlns:p=" u"/>', '<a:b:c/>', '<a b:c:d="1"/>', '<a/ >', '< a/>', '</ a>', '<p:a xmlns:p="u" p:c="&lt;"/>'],
  ...['<a xmlns="http://www.w3.org/XML/1998/namespace"/>', '<a xmlns:p="http://www.w3.org/2000/xmlns/"/>', '\ufeff'],
)
test('plain XML is read as the full parser reads it', () => {
  const document = fc
    .tuple(fc.constantFrom('', ' ', '\n'), fc.array(token, { maxLength: 12 }), fc.constantFrom('', ' ', 'x', '<a/>'))
    .map(([before, tokens, after]) => `${before}<a xmlns:p="u">${tokens.join('')}</a>${after}`)
  fc.assert(
    fc.property(document, (text) => {
      expect(outcome(text)).toEqual(outcome(`<!---->${text}`))
    }),
    { numRuns: 4000 },
  )
})

const small = { depth: 3, elements: 5, attributes: 2, attributeLength: 3, length: 1000 }
test.each([
  '<a><b><c/></b></a>',
  '<a><b><c><d/></c></b></a>',
  '<a><b/><b/><b/><b/></a>',
  '<a><b/><b/><b/><b/><b/></a>',
  '<a b="1" c="2"/>',
  '<a b="1" c="2" d="3"/>',
  '<a xmlns="u" b="1" c="2"/>',
  '<a b="123"/>',
  '<a b="1234"/>',
])('the bounds are the same for plain XML: %s', (text) => {
  expect(outcome(text, small)).toEqual(outcome(`<!---->${text}`, small))
})
test('what is written is read back, nested three deep', () => {
  const unit = fc.constantFrom(
    ...']]>',
    '&',
    '<',
    '\r',
    '\n',
    '\t',
    '测',
    '𠀀',
    'a',
    '&amp;',
    '<![CDATA[',
    ']]>',
    '<!--',
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 24 }), (text) => {
      const inner = `<c>${escapeText(text)}</c>`
      const outer = `<a>${cdata(`<b>${cdata(inner)}</b>`)}</a>`
      expect(parseXml(parseXml(parseXml(outer).text).text).text).toBe(text)
      expect(parseXml(`<a>${cdata(text)}</a>`).text).toBe(text)
    }),
  )
})

describe('in a reply', () => {
  const code = (thrown: HubError): string => {
    try {
      return String(
        readingReply(() => {
          throw thrown
        }),
      )
    } catch (read) {
      return read instanceof HubError ? `${read.code} ${read.subject}` : String(read)
    }
  }
  test.each([
    [new HubError('XML_TOO_DEEP'), 'REPLY_MALFORMED XML_TOO_DEEP'],
    [new HubError('CHARSET_MISMATCH'), 'REPLY_MALFORMED CHARSET_MISMATCH'],
    [new HubError('CHARSET_UNSUPPORTED'), 'REPLY_MALFORMED CHARSET_UNSUPPORTED'],
    [new HubError('REPLY_MISMATCH', { subject: 'zzbs' }), 'REPLY_MISMATCH zzbs'],
    [new HubError('ISSUER_TIMEOUT'), 'ISSUER_TIMEOUT undefined'],
  ])('%s', (thrown, read) => {
    expect(code(thrown)).toBe(read)
  })
})
