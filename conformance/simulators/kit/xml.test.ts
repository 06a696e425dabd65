import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { cdata, childOf, childText, escaped, parseXml } from './xml.js'

describe('what fast-xml-parser does by itself', () => {
  const parser = new XMLParser()
  test('it takes an unclosed tag; its validator does not', () => {
    expect(parser.parse('<a><b>1</b>')).toEqual({ a: { b: 1 } })
    expect(XMLValidator.validate('<a><b>1</b>')).not.toBe(true)
  })
  test('it takes two roots; its validator sees them only when they are not empty', () => {
    expect(parser.parse('<a>x</a><b>y</b>')).toEqual({ a: 'x', b: 'y' })
    expect(XMLValidator.validate('<a>x</a><b>y</b>')).not.toBe(true)
    expect(parser.parse('<a/><b/>')).toEqual({ a: '', b: '' })
    expect(XMLValidator.validate('<a/><b/>')).toBe(true)
  })
  test('of a repeated attribute it takes the last; its validator refuses it', () => {
    expect(new XMLParser({ ignoreAttributes: false }).parse('<a x="1" x="2"/>')).toEqual({ a: { '@_x': '2' } })
    expect(XMLValidator.validate('<a x="1" x="2"/>')).not.toBe(true)
  })
  test.each([
    ['text after the root', '<a/>text'],
    ['a control character', '<a>\u0001</a>'],
    ['a prefix without a namespace', '<p:a/>'],
  ])('neither it nor its validator minds %s', (_, text) => {
    expect(() => parser.parse(text)).not.toThrow()
    expect(XMLValidator.validate(text)).toBe(true)
  })
  test.each([
    ['0012', 12],
    ['1e5', 100000],
    ['0x1A', 26],
    ['1.10', 1.1],
  ])('it turns %s into %s', (written, read) => {
    expect(parser.parse(`<number>${written}</number>`)).toEqual({ number: read })
  })
  test('without parseTagValue and parseAttributeValue it leaves values alone', () => {
    const strict = new XMLParser({ parseTagValue: false, parseAttributeValue: false, ignoreAttributes: false })
    expect(strict.parse('<number serial="0x1A">0012</number>')).toEqual({
      number: { '#text': '0012', '@_serial': '0x1A' },
    })
  })
  test('without processEntities it leaves entities as they are written', () => {
    expect(new XMLParser({ processEntities: false }).parse('<a>x &amp; y</a>')).toEqual({ a: 'x &amp; y' })
  })
})

describe('parseXml', () => {
  test('keeps text as text and resolves namespaces by their name', () => {
    const root = parseXml('<?xml version="1.0"?><p:a xmlns:p="urn:p" xmlns="urn:d"><b>0012</b></p:a>')
    expect(root).toMatchObject({ local: 'a', namespace: 'urn:p' })
    expect(childOf(root, 'b')).toMatchObject({ namespace: 'urn:d', text: '0012' })
  })
  test('joins text, entities and CDATA; entities inside CDATA are text', () => {
    const text = 'A & B ]]> <c/> &lt; 中'
    expect(parseXml(`<a>${escaped(text)}</a>`)?.text).toBe(text)
    expect(parseXml(`<a>${cdata(text)}</a>`)?.text).toBe(text)
    expect(parseXml('<a>&#20013;&#x4e2d;<![CDATA[&lt;]]></a>')?.text).toBe('中中&lt;')
  })
  test('CDATA in CDATA in CDATA comes back', () => {
    const inner = `<a>${cdata('x ]]> y')}</a>`
    const outer = `<b>${cdata(`<c>${cdata(inner)}</c>`)}</b>`
    const c = parseXml(parseXml(outer)?.text ?? '')
    expect(parseXml(c?.text ?? '')?.text).toBe('x ]]> y')
  })
  test.each([
    ['an unclosed tag', '<a><b></a>'],
    ['two roots', '<a>x</a><b>y</b>'],
    ['two empty roots', '<a/><b/>'],
    ['text after the root', '<a/>text'],
    ['text before the root', 'text<a/>'],
    ['a control character', '<a>\u0001</a>'],
    ['no root', 'text'],
    ['nothing', ''],
    ['a repeated attribute', '<a x="1" x="2"/>'],
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
    ['a prefix without a namespace', '<p:a/>'],
    ['too many levels', `${'<a>'.repeat(2000)}${'</a>'.repeat(2000)}`],
  ])('refuses %s', (_, text) => {
    expect(parseXml(text)).toBeNull()
  })
  test('a child that occurs twice is none', () => {
    expect(childText(parseXml('<a><b>1</b><b>2</b></a>'), 'b')).toBeNull()
    expect(childText(parseXml('<a><b> 1 </b></a>'), 'b')).toBe('1')
  })
})
