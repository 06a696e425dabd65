import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** An element with its namespace resolved. */
export interface XmlElement {
  readonly local: string
  readonly namespace: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text and CDATA, in order and joined. */
  readonly text: string
}

// Entities stay as written and are resolved below, outside CDATA only: the parser itself does not tell them apart.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  cdataPropName: '#cdata',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  trimValues: false,
  ignoreDeclaration: true,
})

type Node = Readonly<Record<string, unknown>>

/** Parses a document, or returns null when it is not well-formed, has a DOCTYPE, or has another number of roots than one. */
export function parseXml(text: string): XmlElement | null {
  const document = text.trim()
  // Neither the validator nor the parser minds control characters, or text after an empty root.
  if (/<!DOCTYPE/i.test(document) || !document.endsWith('>') || hasControlCharacter(document)) return null
  // The validator is what finds unclosed tags and repeated attributes; the parser takes both.
  if (XMLValidator.validate(document) !== true) return null
  try {
    const nodes = parser.parse(document) as readonly Node[]
    const roots = nodes.filter((node) => nameOf(node) !== '#text')
    const [root] = roots
    if (root === undefined || roots.length !== 1) return null
    return elementOf(root, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]))
  } catch {
    // Too deep, a forbidden name, a prefix without a namespace: no document of ours.
    return null
  }
}

/** The only child of that name; undefined when there is none or more than one. */
export function childOf(parent: XmlElement | undefined | null, local: string): XmlElement | undefined {
  const found = parent?.children.filter((child) => child.local === local) ?? []
  return found.length === 1 ? found[0] : undefined
}

/** The text of the only child of that name; null when it is missing or empty. */
export function childText(parent: XmlElement | undefined | null, local: string): string | null {
  const text = childOf(parent, local)?.text.trim() ?? ''
  return text === '' ? null : text
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A CDATA section that may hold CDATA sections: each `]]>` inside is split between two. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

function elementOf(node: Node, outer: ReadonlyMap<string, string>): XmlElement {
  const name = nameOf(node)
  const attributes = (node[':@'] ?? {}) as Readonly<Record<string, string>>
  const scope = new Map(outer)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute === 'xmlns') scope.set('', unescaped(value))
    else if (attribute.startsWith('xmlns:')) scope.set(attribute.slice(6), unescaped(value))
  }
  const [prefix, local] = name.includes(':') ? (name.split(':') as [string, string]) : ['', name]
  const namespace = scope.get(prefix)
  if (namespace === undefined && prefix !== '') throw new Error('prefix without a namespace')
  const inner = (node[name] ?? []) as readonly Node[]
  return {
    local,
    namespace: namespace ?? '',
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, unescaped(value)])),
    children: inner.filter((child) => !nameOf(child).startsWith('#')).map((child) => elementOf(child, scope)),
    text: inner.map(textOf).join(''),
  }
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return true
  }
  return false
}

function nameOf(node: Node): string {
  return Object.keys(node).find((key) => key !== ':@') ?? ''
}

function textOf(node: Node): string {
  if ('#text' in node) return unescaped(String(node['#text']))
  const section = node['#cdata'] as readonly Node[] | undefined
  return section?.map((part) => String(part['#text'] ?? '')).join('') ?? ''
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' }

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
