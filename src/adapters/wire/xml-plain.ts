import type { XmlElement, XmlLimits } from './xml.js'

interface Open {
  readonly name: string
  readonly namespace: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  text: string
}

/** Namespaces declared on one element, and the scope around it. */
interface Scope {
  readonly declared: ReadonlyMap<string, string>
  readonly outer: Scope | null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 refuses, and CR, which it changes
const NOT_PLAIN = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/
const DECLARATION = /^<\?xml version="1\.0"(?: encoding="[A-Za-z][\w.-]*")?\?>/
const TAG =
  /<(\/?)((?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*))((?:[ \n\t]+[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?="[^"<&\n\t]*")*)[ \n\t]*(\/?)>/y
const ATTRIBUTE = /([A-Za-z_][\w.-]*)(?::([A-Za-z_][\w.-]*))?="([^"]*)"/g
const BLANK = /^[ \n\t]*$/
const CDATA = '<![CDATA['
const REFERENCE = /&(amp|lt|gt|quot|apos);/g
const OTHER_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos);)/
const references: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map()

/**
 * Reads the plain XML that systems write: ASCII names, double quotes, CDATA, the five named references in text, no
 * comments or instructions, and nothing out of bounds. It refuses nothing: for anything else, faulty or only rare, it
 * returns undefined, and the full parser decides. It jumps from tag to tag where the full parser looks at each
 * character, and again at every level of a nested envelope; that was most of the cost of a translation.
 */
export function parsePlainXml(text: string, limits: XmlLimits): XmlElement | undefined {
  if (NOT_PLAIN.test(text)) return undefined
  const open: { readonly element: Open; readonly qualified: string; readonly scope: Scope | null }[] = []
  let root: Open | undefined
  let elements = 0
  let at = DECLARATION.exec(text)?.[0].length ?? 0
  for (let next = text.indexOf('<', at); next >= 0; next = text.indexOf('<', at)) {
    const top = open.at(-1)
    if (next > at && !takeText(top?.element, text.slice(at, next))) return undefined
    if (text.startsWith(CDATA, next)) {
      const end = text.indexOf(']]>', next)
      if (top === undefined || end < 0) return undefined
      top.element.text += text.slice(next + CDATA.length, end)
      at = end + 3
      continue
    }
    TAG.lastIndex = next
    const tag = TAG.exec(text)
    if (tag === null) return undefined
    const [all, closes, qualified = '', prefix = '', name = '', written = '', empty] = tag
    at = next + all.length
    if (closes === '/') {
      if (top?.qualified !== qualified || written !== '' || empty === '/') return undefined
      open.pop()
      continue
    }
    if (++elements > limits.elements || open.length >= limits.depth) return undefined
    if (top === undefined && root !== undefined) return undefined
    let scope = top?.scope ?? null
    let attributes = NO_ATTRIBUTES
    if (written !== '') {
      const read = readAttributes(written, scope, limits)
      if (read === undefined) return undefined
      ;({ scope, attributes } = read)
    }
    const namespace = resolve(prefix, scope)
    if (namespace === undefined) return undefined
    const element: Open = { name, namespace, attributes, children: [], text: '' }
    if (top === undefined) root = element
    else top.element.children.push(element)
    if (empty !== '/') open.push({ element, qualified, scope })
  }
  return open.length === 0 && BLANK.test(text.slice(at)) ? root : undefined
}

function takeText(element: Open | undefined, data: string): boolean {
  if (element === undefined) return BLANK.test(data)
  if (data.includes(']]>') || OTHER_REFERENCE.test(data)) return false
  element.text += data.includes('&') ? data.replace(REFERENCE, (_, name: string) => references[name] ?? '') : data
  return true
}

function readAttributes(
  written: string,
  outer: Scope | null,
  limits: XmlLimits,
): { readonly scope: Scope | null; readonly attributes: ReadonlyMap<string, string> } | undefined {
  const declared = new Map<string, string>()
  const plain: (readonly [prefix: string, name: string, value: string])[] = []
  let count = 0
  for (const [, first = '', second, value = ''] of written.matchAll(ATTRIBUTE)) {
    if (++count > limits.attributes || value.length > limits.attributeLength) return undefined
    if (first !== 'xmlns') plain.push(second === undefined ? ['', first, value] : [first, second, value])
    else if (!declare(declared, second ?? '', value)) return undefined
  }
  const scope = declared.size === 0 ? outer : { declared, outer }
  const attributes = new Map<string, string>()
  for (const [prefix, name, value] of plain) {
    const namespace = prefix === '' ? '' : resolve(prefix, scope)
    if (namespace === undefined) return undefined
    const key = namespace === '' ? name : `{${namespace}}${name}`
    if (attributes.has(key)) return undefined
    attributes.set(key, value)
  }
  return { scope, attributes }
}

/** False for what is reserved, empty or declared before: rare enough to be left to the full parser. */
function declare(declared: Map<string, string>, prefix: string, uri: string): boolean {
  const reserved = prefix.toLowerCase().startsWith('xml') || uri.startsWith('http://www.w3.org/XML/') || uri === XMLNS
  if (reserved || uri.trim() !== uri || uri === '' || declared.has(prefix)) return false
  declared.set(prefix, uri)
  return true
}

const XMLNS = 'http://www.w3.org/2000/xmlns/'

function resolve(prefix: string, scope: Scope | null): string | undefined {
  for (let each = scope; each !== null; each = each.outer) {
    const uri = each.declared.get(prefix)
    if (uri !== undefined) return uri
  }
  return prefix === '' ? '' : undefined
}
