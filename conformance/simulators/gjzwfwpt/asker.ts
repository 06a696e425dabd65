import { agreedCode } from '../kit/agreement.js'
import { lastFlipped } from '../kit/equal.js'
import { at, parseJson, textAt } from '../kit/json.js'
import { codeInMessage, receiptCode, receiptIn } from '../kit/receipt.js'
import type { Settings } from '../kit/settings.js'
import type { Asker, Operation, Purpose, Question, Tools } from '../kit/system.js'
import { CONTENT_TYPE, categoryName, claimField, pathOf } from './names.js'
import { gjzwfwptSign } from './sign.js'

const HOUR_MS = 3_600_000

/** A ministry that asks the hub as it would ask the national platform. */
export function gjzwfwptAsker(settings: Settings, tools: Tools): Asker {
  const rid = settings.text('rid')
  const appsecret = settings.text('appsecret')
  const sids = settings.part('sids')
  const sidOf: Readonly<Record<Operation, string>> = {
    search: sids.text('search'),
    getData: sids.text('getData'),
    verifyData: sids.text('verifyData'),
  }
  const mount = settings.has('mount') ? settings.text('mount') : ''
  let last = 0
  return {
    tampers: ['sig-flip', 'sig-drop', 'other-key', 'replay', 'stale-clock', 'future-clock', 'no-purpose'],
    prepare(question) {
      const { operation, tamper } = question
      const drift = tamper === 'stale-clock' ? -HOUR_MS : tamper === 'future-clock' ? HOUR_MS : 0
      // The sign holds no nonce: two equal questions must not bear the same time.
      last = Math.max(tools.now(), last + 1)
      const signed = { rid, sid: sidOf[operation], rtime: String(last + drift) }
      const sign = gjzwfwptSign(tamper === 'other-key' ? `${appsecret}-other` : appsecret, signed)
      const shown = tamper === 'sig-flip' ? flipped(sign) : sign
      return {
        target: `${mount}${pathOf[operation]}`,
        headers: {
          'content-type': CONTENT_TYPE,
          gjzwfwpt_rid: signed.rid,
          gjzwfwpt_sid: signed.sid,
          gjzwfwpt_rtime: signed.rtime,
          ...(tamper === 'sig-drop' ? {} : { gjzwfwpt_sign: shown }),
        },
        body: Buffer.from(JSON.stringify(contentOf(question))),
      }
    },
    read(reply, { question }) {
      const native = parseJson(reply.body) ?? null
      const receipt = receiptIn(reply, native)
      const succeeded = String(at(native, 'code')) === '200'
      const isFinding = succeeded && question.operation === 'verifyData'
      const said = {
        receipt: receiptCode(receipt),
        message: codeInMessage(textAt(native, 'message')),
        native: isFinding ? codesOf(at(native, 'data'), question.licenceId) : succeeded ? [] : null,
      }
      return { native, code: agreedCode(said), receipt }
    },
  }
}

/** Another sign, still Base64 of 32 bytes. Its first letter changes: the last holds bits that decoders drop. */
function flipped(sign: string): string {
  return lastFlipped(sign.charAt(0)) + sign.slice(1)
}

function contentOf(question: Question): Readonly<Record<string, unknown>> {
  const { operation, licenceId, claims, holder, typeCode, issuer, division, purpose } = question
  const asked =
    operation === 'search'
      ? {
          certificateholdercode: holder?.code,
          certificateholdertypecode: holder?.typeCode,
          certificateholdername: holder?.name,
          certificatetypecode: typeCode ?? undefined,
          certificateissuingauthoritycode: issuer ?? undefined,
          certificateareacode: division ?? undefined,
        }
      : { certificateidentifier: licenceId, ...(operation === 'verifyData' ? claimed(claims) : {}) }
  return { ...asked, ...(purpose === null ? {} : purposeOf(purpose)) }
}

function claimed(claims: Question['claims']): Readonly<Record<string, unknown>> {
  const listed = Object.entries(claimField).flatMap(([name, field]) => {
    const value = claims[name]
    return value === undefined ? [] : [[field, value] as const]
  })
  const items = Object.entries(claims)
    .filter(([name]) => !Object.hasOwn(claimField, name))
    .map(([name, value]) => ({ name: `KZ_${name}`, value }))
  return { ...Object.fromEntries(listed), ...(items.length === 0 ? {} : { extend_info: items }) }
}

function purposeOf(purpose: Purpose) {
  const isItem = purpose.category === 'item'
  return {
    orgname: purpose.organisation,
    username: purpose.operator.id,
    itemname: isItem ? purpose.itemName : categoryName[purpose.category],
    itemcode: isItem ? purpose.itemCode : undefined,
    businesscode: purpose.caseNumber,
    usefor: purpose.reason,
  }
}

/** The verdict codes that a result may stand for. */
const codesOfResult: Readonly<Record<string, readonly string[]>> = {
  '0': ['VALID'],
  '1': ['NOT_YET_VALID'],
  '2': ['SUSPENDED'],
  '3': ['EXPIRED', 'REVOKED', 'CANCELLED', 'SUPERSEDED'],
  '4': ['STATUS_UNKNOWN'],
  '5': ['NOT_FOUND'],
  '7': ['MISMATCH', 'TAMPERED', 'SEAL_INVALID'],
}

const codeOfStatus: Readonly<Record<string, string>> = {
  '03': 'REVOKED',
  '04': 'CANCELLED',
  '05': 'EXPIRED',
  '06': 'SUPERSEDED',
  '07': 'REVOKED',
}

function codesOf(data: unknown, asked: string | null): readonly string[] {
  if (textAt(data, 'certificateidentifier') !== asked) return ['REPLY_MISMATCH']
  const result = String(at(data, 'result'))
  const codes = codesOfResult[result] ?? ['REPLY_MALFORMED']
  const status = textAt(data, 'certificatestatus') ?? ''
  // In force by its result and not by its status: nobody knows, and it must not pass for valid.
  if (result === '0' && status !== '' && status !== '01') return ['STATUS_UNKNOWN']
  const exact = result === '3' ? codeOfStatus[status] : undefined
  return exact === undefined ? codes : [exact, ...codes.filter((code) => code !== exact)]
}
