import { HubError } from '../../canonical/errors.js'
import { type Envelope, nativeTarget, type WireHeaders, type WireReply, type WireRequest } from '../adapter.js'
import { decodeXmlText } from '../wire/charset.js'
import { parseXml, readingReply, type XmlElement } from '../wire/xml.js'
import { cdata, element, optionalElement } from '../wire/xml-writer.js'
import { failureOfHttp, isSuccess, type Result } from './codes.js'
import { type Elements, type Reading, readElements, refuse, textOf } from './elements.js'

/** The head of document 2. Texts are empty when the element is absent. */
export interface Head {
  readonly tranId: string
  readonly channelId: string
  /** 32 hex digits, in the writer's case. */
  readonly tranSeq: string
  /** `yyyyMMdd` */
  readonly tranDate: string
  /** `HHmmssSSS` */
  readonly tranTime: string
  /** Null in a request. */
  readonly result: Result | null
  /** `expand` pairs in their order. */
  readonly expand: ReadonlyMap<string, string>
}

/** A message of this dialect: the head, and document 3 (`taxML`) as text that nobody has read yet. */
export interface TaxMessage {
  readonly head: Head
  /** Empty in a failure. */
  readonly payload: string
  /** Seconds, of a failure; null when nobody knows. */
  readonly retryAfter: number | null
}

const PATH = '/services/Gt3AipWebService'
const XML_TYPE = /^(?:text|application)\/xml(?:\s*;|\s*$)/i
const CONTENT_TYPE = 'text/xml; charset=UTF-8'
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
const SERVICE = 'http://www.chinatax.gov.cn/spec/'
const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const OPENING =
  `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Body>` +
  `<spec:service xmlns:spec="${SERVICE}">`
const CLOSING = '</spec:service></soapenv:Body></soapenv:Envelope>'

const requestReading: Reading = { code: 'REQUEST_INVALID', strict: false }
const replyReading: Reading = { code: 'REPLY_MALFORMED', strict: false }

/** SOAP around `service` around `taxML`, each the text of the one outside; EST but for the path. */
export const envelope: Envelope<TaxMessage> = {
  readRequest(wire) {
    const target = nativeTarget(wire)
    if (target.startsWith(`${PATH}?`)) throw new HubError('REQUEST_INVALID', { subject: 'query' })
    if (target !== PATH) throw new HubError('ENDPOINT_UNKNOWN')
    if (wire.method !== 'POST') throw new HubError('METHOD_NOT_ALLOWED')
    if (!isXml(wire.headers)) throw new HubError('CONTENT_TYPE_UNSUPPORTED')
    const body = bodyOf(parseXml(decodeXmlText(wire.body, wire.headers['content-type'])))
    return readService(serviceIn(body) ?? missing(requestReading, 'service'), requestReading, null)
  },
  writeRequest(message, mount): WireRequest {
    const headers = { 'content-type': CONTENT_TYPE, soapaction: '""' }
    return { method: 'POST', target: mount + PATH, mount, headers, body: bytesOf(message) }
  },
  readReply(wire) {
    const retryAfter = retryAfterOf(wire.headers)
    const message = readingReply(() => readReplyBody(wire, retryAfter))
    const { result } = message.head
    if (result === null) throw new HubError('REPLY_MALFORMED', { subject: 'rtn_code' })
    if (isSuccess(result) && !isOk(wire)) throw new HubError('REPLY_MALFORMED', { subject: 'status' })
    return message
  },
  writeReply(message): WireReply {
    const { retryAfter } = message
    const type = { 'content-type': CONTENT_TYPE }
    const headers = retryAfter === null ? type : { ...type, 'retry-after': String(retryAfter) }
    // EST: such systems answer 200 whatever happened; the failure stands in the body.
    return { status: 200, headers, body: bytesOf(message) }
  },
}

/** @throws HubError by the status, for a reply that is not an envelope of this dialect */
function readReplyBody(wire: WireReply, retryAfter: number | null): TaxMessage {
  let body: XmlElement | undefined
  try {
    if (isXml(wire.headers)) body = bodyOf(parseXml(decodeXmlText(wire.body, wire.headers['content-type'])))
  } catch (thrown) {
    if (isOk(wire)) throw thrown
  }
  const service = body === undefined ? undefined : serviceIn(body)
  if (service !== undefined) return readService(service, replyReading, retryAfter)
  const isFault = body?.children.some(({ name, namespace }) => name === 'Fault' && namespace === SOAP) ?? false
  throw isFault || !isOk(wire) ? failureOfHttp(wire.status, retryAfter) : new HubError('REPLY_MALFORMED')
}

function isOk({ status }: WireReply): boolean {
  return status >= 200 && status < 300
}

function isXml(headers: WireHeaders): boolean {
  const encoding = headers['content-encoding']
  return XML_TYPE.test(headers['content-type'] ?? '') && (encoding === undefined || encoding === 'identity')
}

function bodyOf(root: XmlElement): XmlElement | undefined {
  return root.name === 'Envelope' && root.namespace === SOAP ? onlyChild(root, 'Body', SOAP) : undefined
}

function serviceIn(body: XmlElement | undefined): XmlElement | undefined {
  return body === undefined ? undefined : onlyChild(body, 'service', SERVICE)
}

// Two of them would be two messages, and who reads which is how such envelopes are forged.
function onlyChild(parent: XmlElement, name: string, namespace: string): XmlElement | undefined {
  const found = parent.children.filter((child) => child.name === name && child.namespace === namespace)
  return found.length === 1 ? found[0] : undefined
}

function missing({ code }: Reading, subject: string): never {
  throw new HubError(code, { subject })
}

const serviceShape = { texts: new Set(['body']), lists: new Set(['head']) }
const headShape = {
  texts: new Set(['tran_id', 'channel_id', 'tran_seq', 'tran_date', 'tran_time', 'rtn_code']),
  lists: new Set(['rtn_msg', 'expand']),
}
const resultShape = { texts: new Set(['Code', 'Message', 'Reason']) }
const pairShape = { texts: new Set(['name', 'value']) }

function readService(outer: XmlElement, reading: Reading, retryAfter: number | null): TaxMessage {
  const service = parseXml(outer.text.trim())
  if (service.name !== 'service' || service.namespace !== SERVICE) missing(reading, 'service')
  const { texts, lists } = readElements(service, serviceShape, reading)
  const [head, ...more] = lists.get('head') ?? []
  if (head === undefined || more.length > 0) return missing(reading, 'head')
  return { head: readHead(head, reading), payload: (texts.get('body') ?? '').trim(), retryAfter }
}

function readHead(element: XmlElement, reading: Reading): Head {
  const elements = readElements(element, headShape, reading)
  const { texts, lists } = elements
  return {
    tranId: texts.get('tran_id') ?? '',
    channelId: texts.get('channel_id') ?? '',
    tranSeq: texts.get('tran_seq') ?? '',
    tranDate: texts.get('tran_date') ?? '',
    tranTime: texts.get('tran_time') ?? '',
    result: readResult(elements, reading),
    expand: readExpand(lists.get('expand') ?? [], reading),
  }
}

function readResult(head: Elements, reading: Reading): Result | null {
  const rtnCode = head.texts.get('rtn_code')
  if (rtnCode === undefined) return null
  const [detail, ...more] = head.lists.get('rtn_msg') ?? []
  if (more.length > 0) refuse(head, 'rtn_msg')
  const texts = detail === undefined ? undefined : readElements(detail, resultShape, reading).texts
  const [code = '', message = '', reason = ''] = ['Code', 'Message', 'Reason'].map((name) => texts?.get(name) ?? '')
  return { rtnCode, code, message, reason }
}

function readExpand(pairs: readonly XmlElement[], reading: Reading): ReadonlyMap<string, string> {
  const expand = new Map<string, string>()
  for (const pair of pairs) {
    const elements = readElements(pair, pairShape, reading)
    const name = textOf(elements, 'name')
    if (expand.has(name)) refuse(elements, 'expand')
    expand.set(name, elements.texts.get('value') ?? '')
  }
  return expand
}

function retryAfterOf(headers: WireHeaders): number | null {
  const value = headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(value) ? Number(value) : null
}

function bytesOf({ head, payload }: TaxMessage): Uint8Array {
  const service =
    `<service xmlns="${SERVICE}" xmlns:xsi="${XSI}"><head>${writeHead(head)}</head>` +
    `<body>${payload === '' ? '' : cdata(payload)}</body></service>`
  return Buffer.from(OPENING + cdata(service) + CLOSING)
}

function writeHead({ tranId, channelId, tranSeq, tranDate, tranTime, result, expand }: Head): string {
  let text =
    optionalElement('tran_id', tranId) +
    optionalElement('channel_id', channelId) +
    optionalElement('tran_seq', tranSeq) +
    optionalElement('tran_date', tranDate) +
    optionalElement('tran_time', tranTime)
  if (result !== null) {
    const { rtnCode, code, message, reason } = result
    const detail = element('Code', code) + element('Message', message) + element('Reason', reason)
    text += `${element('rtn_code', rtnCode)}<rtn_msg>${detail}</rtn_msg>`
  }
  for (const [name, value] of expand) {
    text += `<expand>${element('name', name)}${element('value', value)}</expand>`
  }
  return text
}
