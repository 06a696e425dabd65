import { HubError } from '../../canonical/errors.js'
import { parseXml, type XmlElement } from '../wire/xml.js'
import type { Payload } from './codes.js'
import type { Reading } from './elements.js'

const NAMESPACE = 'http://www.chinatax.gov.cn/dataspec/'
const XSI = 'http://www.w3.org/2001/XMLSchema-instance'

/** Document 3 around its elements. */
export function writePayload({ id, title }: Payload, elements: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?><taxML xsi:type="${id}" xmlbh="${id}" bbh="1.0" xmlmc="${title}" ` +
    `xmlns="${NAMESPACE}" xmlns:xsi="${XSI}">${elements}</taxML>`
  )
}

/** @throws HubError with a parse code, or the reading's when it is another document than `id` */
export function readPayload(text: string, { id }: Payload, { code }: Reading): XmlElement {
  if (text === '') throw new HubError(code, { subject: 'body' })
  const root = parseXml(text)
  if (root.name !== 'taxML' || root.namespace !== NAMESPACE) throw new HubError(code, { subject: 'taxML' })
  if (root.attributes.get('xmlbh') !== id) throw new HubError(code, { subject: 'xmlbh' })
  return root
}
