import { agreedCode } from '../kit/agreement.js'
import { lastFlipped } from '../kit/equal.js'
import { codeInMessage, receiptCode, receiptIn } from '../kit/receipt.js'
import type { Settings } from '../kit/settings.js'
import type { Asker, Purpose, Question, Tamper, Tools } from '../kit/system.js'
import { childOf, childText, type XmlElement } from '../kit/xml.js'
import {
  chinaTime,
  element,
  type Head,
  type Opened,
  openMessage,
  serviceDocument,
  soapMessage,
  taxML,
  textOfMessage,
} from './envelope.js'
import { CONTENT_TYPE, claimName, PATH, transactions } from './names.js'

const HOUR_MS = 3_600_000

/** A tax office that asks the hub over the system's own SOAP interface. */
export function taxAsker(settings: Settings, tools: Tools): Asker {
  const channelId = settings.text('channelId')
  const spokeSecret = settings.text('spokeSecret')
  const mount = settings.has('mount') ? settings.text('mount') : ''
  return {
    tampers: ['sig-flip', 'sig-drop', 'other-key', 'replay', 'stale-clock', 'future-clock', 'no-purpose', 'nonce-drop'],
    prepare(question) {
      const { operation, tamper, purpose } = question
      const { tranId, request, asks } = transactions[operation]
      const drift = tamper === 'stale-clock' ? -HOUR_MS : tamper === 'future-clock' ? HOUR_MS : 0
      const tranSeq = tamper === 'nonce-drop' ? null : tools.hex(16)
      const head: Head = { tranId, channelId, tranSeq, ...chinaTime(tools.now() + drift) }
      const payload = taxML(request, asks, contentOf(question))
      const expand = purpose === null ? [] : expandOf(purpose)
      return {
        target: mount + PATH,
        headers: { 'content-type': CONTENT_TYPE, soapaction: '""', ...secretFor(tamper, spokeSecret) },
        body: Buffer.from(soapMessage(serviceDocument(head, payload, { expand }))),
      }
    },
    read(reply, { question, prepared }) {
      const opened = openReply(reply.body, reply.headers['content-type'] ?? '')
      const receipt = receiptIn(reply, null)
      if (opened === null) return { native: null, code: receiptCode(receipt), receipt }
      const native = { head: membersOf(opened.head), payload: opened.payload && membersOf(opened.payload) }
      if (!repeatsSequence(opened, openReply(prepared.body, CONTENT_TYPE))) {
        return { native, code: 'REPLY_MISMATCH', receipt }
      }
      const message = childOf(opened.head, 'rtn_msg')
      const succeeded = childText(opened.head, 'rtn_code') === '0' && childText(message, 'Code') === '000'
      const isFinding = succeeded && question.operation === 'verifyData'
      const said = {
        receipt: receiptCode(receipt),
        message: codeInMessage(childText(message, 'Message')),
        native: isFinding ? codesOf(opened.payload, question.licenceId) : succeeded ? [] : null,
      }
      return { native, code: agreedCode(said), receipt }
    },
  }
}

/** The header that a front adds on loopback is all that this dialect has for a signature. */
function secretFor(tamper: Tamper | null, spokeSecret: string): Readonly<Record<string, string>> {
  if (tamper === 'sig-drop') return {}
  if (tamper === 'sig-flip') return { 'hutong-spoke-secret': lastFlipped(spokeSecret) }
  const isOther = tamper === 'other-key'
  return { 'hutong-spoke-secret': isOther ? 'hutong-test-secret-of-somebody-else' : spokeSecret }
}

function contentOf({ operation, licenceId, claims, holder, typeCode, issuer, division }: Question): string {
  const optional = (name: string, value: string | null | undefined) => (value ? element(name, value) : '')
  if (operation === 'search') {
    return (
      optional('czztdmlxdm', holder?.typeCode) +
      optional('czztdm', holder?.code) +
      optional('czzt', holder?.name) +
      optional('zzlxdm', typeCode) +
      optional('zzbfjgdm', issuer) +
      optional('xzqhdm', division)
    )
  }
  const items =
    operation === 'verifyData'
      ? Object.entries(claims).map(
          ([name, value]) => `<hyx>${element('xmc', claimName[name] ?? `KZ_${name}`)}${element('xz', value)}</hyx>`,
        )
      : []
  return optional('zzbs', licenceId) + items.join('')
}

function expandOf(purpose: Purpose): readonly (readonly [string, string])[] {
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['sjjg', purpose.organisation],
    ['sjry', purpose.operator.id],
    ['sjryxm', purpose.operator.name],
    ['yzlb', purpose.category],
    ['sxbm', purpose.itemCode],
    ['sxmc', purpose.itemName],
    ['bjbh', purpose.caseNumber],
    ['yzsy', purpose.reason],
  ]
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

function openReply(body: Uint8Array, contentType: string): Opened | null {
  const text = textOfMessage(body, contentType)
  return text === null ? null : openMessage(text)
}

/** A success must repeat the question's tran_seq; a failure may lack it, when the question could not be read. */
function repeatsSequence({ head }: Opened, asked: Opened | null): boolean {
  const given = childText(head, 'tran_seq')
  const own = childText(asked?.head, 'tran_seq')
  return given === own || (given === null && childText(head, 'rtn_code') !== '0')
}

function codesOf(payload: XmlElement | null, asked: string | null): readonly string[] {
  if (childText(payload, 'zzbs') !== asked) return ['REPLY_MISMATCH']
  return [childText(payload, 'hydm') ?? 'REPLY_MALFORMED']
}

/** Elements as members: text where there is nothing inside, a list where a name occurs several times. */
function membersOf(parent: XmlElement): Readonly<Record<string, unknown>> {
  const names = [...new Set(parent.children.map((child) => child.local))]
  return Object.fromEntries(
    names.map((name) => {
      const found = parent.children.filter((child) => child.local === name)
      const values = found.map((child) => (child.children.length === 0 ? child.text : membersOf(child)))
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}
