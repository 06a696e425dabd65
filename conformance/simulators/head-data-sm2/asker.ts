import { agreedCode } from '../kit/agreement.js'
import { lastFlipped } from '../kit/equal.js'
import { at, parseJson, textAt } from '../kit/json.js'
import { codeInMessage, receiptCode, receiptIn } from '../kit/receipt.js'
import type { Settings } from '../kit/settings.js'
import { sm2Decrypt } from '../kit/sm.js'
import type { Asker, Purpose, Question, Tamper } from '../kit/system.js'
import { CONTENT_TYPE, categoryName, claimMember, pathOf } from './names.js'

/** A province that asks the hub in the certificate-sharing dialect and opens the replies with its own key. */
export function headDataAsker(settings: Settings): Asker {
  const accessId = settings.text('accessId')
  const accessToken = settings.text('accessToken')
  const privateKey = settings.text('privateKey')
  const mount = settings.has('mount') ? settings.text('mount') : ''
  return {
    tampers: ['sig-flip', 'sig-drop', 'other-key', 'replay', 'no-purpose'],
    prepare(question) {
      const head = { accessId, ...tokenFor(question.tamper, accessToken) }
      return {
        target: `${mount}${pathOf[question.operation]}`,
        headers: { 'content-type': CONTENT_TYPE },
        body: Buffer.from(JSON.stringify({ head, data: dataOf(question) })),
      }
    },
    read(reply, { question }) {
      const native = opened(parseJson(reply.body) ?? null, privateKey)
      const receipt = receiptIn(reply, native)
      const succeeded = String(at(native, 'head', 'status')) === '0'
      const isFinding = succeeded && question.operation === 'verifyData'
      const message = isFinding ? textAt(native, 'data', 'message') : textAt(native, 'head', 'message')
      const said = {
        receipt: receiptCode(receipt),
        message: codeInMessage(message),
        native: isFinding ? codesOf(at(native, 'data'), question.licenceId) : succeeded ? [] : null,
      }
      return { native, code: agreedCode(said), receipt }
    },
  }
}

/** The token is all that this dialect has for a signature. */
function tokenFor(tamper: Tamper | null, accessToken: string): { readonly accessToken?: string } {
  if (tamper === 'sig-drop') return {}
  if (tamper === 'sig-flip') return { accessToken: lastFlipped(accessToken) }
  return { accessToken: tamper === 'other-key' ? 'hutong-test-token-of-somebody-else' : accessToken }
}

function dataOf(question: Question): Readonly<Record<string, unknown>> {
  const { operation, licenceId, claims, holder, typeCode, issuer, division, purpose } = question
  const useCause = purpose === null ? {} : { useCause: useCauseOf(purpose) }
  if (operation === 'getData') return { certIdentifier: licenceId, ...useCause }
  if (operation === 'verifyData') {
    // root.type.issuer.serial.version.check; the root itself has five parts.
    const certTypeCode = licenceId?.split('.')[5]
    return { certTypeCode, certData: certDataOf(claims), certIdentifier: licenceId, ...useCause }
  }
  return {
    holderCode: holder?.code,
    holderTypeCode: holder?.typeCode,
    certTypeCode: typeCode ?? undefined,
    holder: holder?.name,
    certificateIssuingAuthorityCode: issuer ?? undefined,
    certificateAreaCode: division ?? undefined,
    ...useCause,
  }
}

function certDataOf(claims: Question['claims']): Readonly<Record<string, string>> {
  const entries = Object.entries(claims).map(([name, value]) => [claimMember[name] ?? `KZ_${name}`, value])
  return Object.fromEntries(entries)
}

function useCauseOf(purpose: Purpose) {
  const isItem = purpose.category === 'item'
  const ending = `；办件编号：${purpose.caseNumber ?? '无'}；经办人：${purpose.operator.id}`
  return {
    certificateSystemName: purpose.organisation,
    certificateCallCategory: isItem ? '0' : '1',
    certificateMatterName: isItem ? purpose.itemName : categoryName[purpose.category],
    certificateEventCode: isItem ? purpose.itemCode : '',
    certificateCopyCause: purpose.reason.slice(0, 200 - ending.length) + ending,
  }
}

/** The reply with its sealed content opened. What cannot be opened stays as it came. */
function opened(reply: unknown, privateKey: string): unknown {
  const data = at(reply, 'data')
  const hex = typeof data === 'string' ? data : textAt(data, 'certData')
  const plain = hex === null ? null : sm2Decrypt(hex, privateKey)
  const content = plain === null ? undefined : parseJson(plain)
  return content === undefined ? reply : { head: at(reply, 'head'), data: content }
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

function codesOf(finding: unknown, asked: string | null): readonly string[] {
  if (typeof finding === 'string') return ['REPLY_UNDECRYPTABLE']
  const about = textAt(finding, 'certIdentifier')
  if (about !== null && about !== asked) return ['REPLY_MISMATCH']
  const result = String(at(finding, 'result'))
  const codes = codesOfResult[result] ?? ['REPLY_MALFORMED']
  const status = at(finding, 'certificateStatus') ?? null
  // In force by its result and not by its status: nobody knows, and it must not pass for valid.
  if (result === '0' && status !== null && String(status) !== '11') return ['STATUS_UNKNOWN']
  const isCancelled = result === '3' && /^-[2358]$/.test(String(status))
  return isCancelled ? ['CANCELLED', ...codes.filter((code) => code !== 'CANCELLED')] : codes
}
