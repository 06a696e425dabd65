import { cdata, childOf, escaped, parseXml, type XmlElement } from '../kit/xml.js'
import { DATASPEC, SOAP, SPEC, XSI } from './names.js'

/** The head's elements of a request, in the order in which they are written. */
export interface Head {
  readonly tranId: string
  readonly channelId: string
  /** Null leaves the element out. */
  readonly tranSeq: string | null
  readonly tranDate: string
  readonly tranTime: string
}

/** What a reply's head adds. */
export interface Return {
  readonly rtnCode: string
  readonly code: string
  readonly reason: string
}

/** The payload document. */
export function taxML(code: string, title: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><taxML xsi:type="${code}" xmlbh="${code}" bbh="1.0" xmlmc="${title}" xmlns="${DATASPEC}" xmlns:xsi="${XSI}">${content}</taxML>`
}

/** The `service` document; a payload stands in its body as CDATA. */
export function serviceDocument(
  head: Head,
  payload: string | null,
  { expand, returned }: { readonly expand?: readonly (readonly [string, string])[]; readonly returned?: Return },
): string {
  const sequence = head.tranSeq === null ? '' : element('tran_seq', head.tranSeq)
  const common =
    element('tran_id', head.tranId) +
    element('channel_id', head.channelId) +
    sequence +
    element('tran_date', head.tranDate) +
    element('tran_time', head.tranTime)
  const pairs = (expand ?? []).map(
    ([name, value]) => `<expand>${element('name', name)}${element('value', value)}</expand>`,
  )
  const outcome =
    returned === undefined
      ? ''
      : `${element('rtn_code', returned.rtnCode)}<rtn_msg>${element('Code', returned.code)}<Message/>${element('Reason', returned.reason)}</rtn_msg>`
  const body = payload === null ? '<body/>' : `<body>${cdata(payload)}</body>`
  return `<service xmlns="${SPEC}" xmlns:xsi="${XSI}"><head>${common}${outcome}${pairs.join('')}</head>${body}</service>`
}

/** The SOAP message around a `service` document. */
export function soapMessage(service: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Body><spec:service xmlns:spec="${SPEC}">${cdata(service)}</spec:service></soapenv:Body></soapenv:Envelope>`
}

/** A message taken apart. */
export interface Opened {
  readonly head: XmlElement
  /** The payload's root; null when the body is empty. */
  readonly payload: XmlElement | null
}

/** Opens the three documents, or null when one of them is not what it should be. */
export function openMessage(text: string): Opened | null {
  const envelope = parseXml(text)
  const outer = named(childOf(named(envelope, SOAP, 'Envelope'), 'Body'), SOAP, 'Body')
  const carrier = named(childOf(outer, 'service'), SPEC, 'service')
  const service = carrier === null ? null : named(parseXml(carrier.text), SPEC, 'service')
  const head = named(childOf(service, 'head'), SPEC, 'head')
  const body = childOf(service, 'body')?.text.trim() ?? ''
  if (head === null) return null
  if (body === '') return { head, payload: null }
  const payload = named(parseXml(body), DATASPEC, 'taxML')
  return payload === null ? null : { head, payload }
}

/** The text of a message's bytes: GBK where its label says so, UTF-8 otherwise; null when it is not valid in that. */
export function textOfMessage(body: Uint8Array, contentType: string): string | null {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8'
  const known = charset === 'utf-8' ? 'utf-8' : /^gb(?:k|2312|18030)$/.test(charset) ? 'gb18030' : null
  try {
    return known === null ? null : new TextDecoder(known, { fatal: true }).decode(body)
  } catch {
    return null
  }
}

/** `<name>text</name>`, or `<name/>` when there is no text. */
export function element(name: string, text: string): string {
  return text === '' ? `<${name}/>` : `<${name}>${escaped(text)}</${name}>`
}

/** Date and time of the head, at +08:00. */
export function chinaTime(epochMs: number): { readonly tranDate: string; readonly tranTime: string } {
  const digits = new Date(epochMs + 8 * 3_600_000).toISOString().replaceAll(/\D/g, '')
  return { tranDate: digits.slice(0, 8), tranTime: digits.slice(8, 17) }
}

/** The moment that a head names, or null when there is none such. */
export function momentOf(tranDate: string, tranTime: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(tranDate + tranTime)
  if (parts === null) return null
  const [, year, month, day, hour, minute, second, milli] = parts
  const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}+08:00`)
  return Number.isNaN(moment) ? null : moment
}

function named(found: XmlElement | null | undefined, namespace: string, local: string): XmlElement | null {
  return found?.namespace === namespace && found.local === local ? found : null
}
