import { SaxesParser } from 'saxes'
import { HubError } from '../../canonical/errors.js'
import { parsePlainXml } from './xml-plain.js'

/** An element as it was read: no prefixes, no comments, white space kept. */
export interface XmlElement {
  /** Local name. */
  readonly name: string
  /** Empty when the element is in no namespace. */
  readonly namespace: string
  /** Values by local name, or by `{namespace}name` where the attribute has a namespace; declarations are left out. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** The element's own character data, CDATA sections included, joined. */
  readonly text: string
}

export interface XmlLimits {
  readonly depth: number
  /** Elements in all. */
  readonly elements: number
  /** Attributes of one element, namespace declarations included. */
  readonly attributes: number
  /** Characters of one attribute's value. */
  readonly attributeLength: number
  /** Characters of the whole document. */
  readonly length: number
}

export const XML_LIMITS: XmlLimits = {
  depth: 64,
  elements: 20_000,
  attributes: 64,
  attributeLength: 65_536,
  length: 16_777_216,
}

interface OpenElement {
  name: string
  namespace: string
  attributes: ReadonlyMap<string, string>
  children: XmlElement[]
  text: string
}

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map()
const DECLARATIONS = 'http://www.w3.org/2000/xmlns/'

/**
 * Parses XML 1.0 with namespaces in one pass. There is no DTD and there are no entities but XML's five, so nothing
 * can be fetched or grow.
 *
 * @throws HubError XML_DOCTYPE_REFUSED, XML_TOO_DEEP, MESSAGE_TOO_COMPLEX or XML_MALFORMED
 */
export function parseXml(text: string, limits: XmlLimits = XML_LIMITS): XmlElement {
  if (text.length > limits.length) throw new HubError('MESSAGE_TOO_COMPLEX')
  if (!text.isWellFormed()) throw new HubError('XML_MALFORMED')
  return parsePlainXml(text, limits) ?? parseAnyXml(text, limits)
}

function parseAnyXml(text: string, limits: XmlLimits): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const open: OpenElement[] = []
  let root: XmlElement | undefined
  let top: OpenElement | undefined
  let elements = 0
  let attributes = 0

  parser.on('error', (cause) => {
    throw new HubError('XML_MALFORMED', { cause })
  })
  parser.on('doctype', () => {
    throw new HubError('XML_DOCTYPE_REFUSED')
  })
  parser.on('processinginstruction', () => {
    throw new HubError('XML_MALFORMED', { subject: 'processing instruction' })
  })
  parser.on('xmldecl', ({ version }) => {
    // XML 1.1 allows control characters that the rest of the gateway counts on never seeing.
    if (version !== '1.0') throw new HubError('XML_MALFORMED', { subject: 'version' })
  })
  // Depth is refused here and attributes are counted below, because `opentag` comes after all of them have been read,
  // and name resolution costs more with every level.
  parser.on('opentagstart', () => {
    if (open.length >= limits.depth) throw new HubError('XML_TOO_DEEP')
    if (++elements > limits.elements) throw new HubError('MESSAGE_TOO_COMPLEX')
    attributes = 0
  })
  parser.on('attribute', ({ value }) => {
    if (++attributes > limits.attributes || value.length > limits.attributeLength) {
      throw new HubError('MESSAGE_TOO_COMPLEX')
    }
  })
  parser.on('opentag', (tag) => {
    top = {
      name: tag.local,
      namespace: tag.uri,
      attributes: attributes === 0 ? NO_ATTRIBUTES : attributesOf(tag.attributes),
      children: [],
      text: '',
    }
    open.push(top)
  })
  parser.on('text', (data) => {
    if (top !== undefined) top.text += data
  })
  parser.on('cdata', (data) => {
    if (top !== undefined) top.text += data
  })
  parser.on('closetag', () => {
    const closed = open.pop()
    top = open.at(-1)
    if (top === undefined) root = closed
    else if (closed !== undefined) top.children.push(closed)
  })
  parser.write(text).close()
  if (root === undefined) throw new HubError('XML_MALFORMED')
  return root
}

interface ReadAttribute {
  readonly local: string
  readonly uri: string
  readonly value: string
}

function attributesOf(read: Readonly<Record<string, ReadAttribute>>): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const { local, uri, value } of Object.values(read)) {
    if (uri !== DECLARATIONS) attributes.set(uri === '' ? local : `{${uri}}${local}`, value)
  }
  return attributes
}

/**
 * For replies: what cannot be parsed there is the answerer's fault, not the asker's.
 *
 * @throws HubError REPLY_MALFORMED in place of a transport or parse code of the asker's
 */
export function readingReply<T>(read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    const error = HubError.from(thrown)
    const { origin, stage } = error.entry
    if (origin !== 'client' || (stage !== 'parse' && stage !== 'transport')) throw error
    throw new HubError('REPLY_MALFORMED', { subject: error.code, cause: error })
  }
}
