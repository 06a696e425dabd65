import type { Book, BookLicence } from '../kit/book.js'
import { sameSecret } from '../kit/equal.js'
import { compareClaim, groundFor, hasRunOut, isNotYetInForce } from '../kit/ground.js'
import { at, type Members, membersOf, parseJson, textAt } from '../kit/json.js'
import type { Settings } from '../kit/settings.js'
import { sm2Encrypt, strangersKey } from '../kit/sm.js'
import type { Issuer, Manner, Operation, Received, Sent } from '../kit/system.js'
import { CONTENT_TYPE, categoryName, claimMember, pathOf, pathsNotOffered } from './names.js'

/** Statuses of the interface's head; the texts are its own. */
const heads = {
  ok: [0, '接口调用成功'],
  notOffered: [2, '证照源未提供此服务接口'],
  notFound: [10, '未找到匹配的证照信息'],
  stranger: [11, '身份验证不通过'],
  empty: [12, '必填项为空'],
  cancelled: [21, '该电子证照已废止/注销'],
  expired: [22, '该电子证照已过期'],
  restricted: [23, '该电子证照受限使用'],
  failed: [99, '其他异常'],
  forbidden: [100, '该用户无访问该证的权限！请先申请'],
} as const
type Head = keyof typeof heads

/** Results of a verification, by their number. */
const resultText: Readonly<Record<string, string>> = {
  '0': '信息正确且有效',
  '1': '信息正确且未激活',
  '2': '信息正确且证照暂时失效',
  '3': '信息正确且证照已失效',
  '5': '查无此信息',
  '7': '部分信息有误或不完整',
}

const VALID_STATUS = '11'

/** A reply of the interface: a head, and content that is sealed to the caller. */
type Outcome = { readonly head: Head } | { readonly sealed: unknown; readonly inCertData: boolean } | null

/** A province's certificate-sharing platform. */
export function headDataIssuer(settings: Settings, book: Book, tools: { now(): number }): Issuer {
  const accessId = settings.text('accessId')
  const accessToken = settings.text('accessToken')
  const callerPublicKey = settings.text('callerPublicKey')

  const outcomeOf = (request: Received, operation: Operation, manner: Manner): Outcome => {
    const parsed = parseJson(request.body)
    const isKnown =
      sameSecret(textAt(parsed, 'head', 'accessId'), accessId) &&
      sameSecret(textAt(parsed, 'head', 'accessToken'), accessToken)
    if (!isKnown) return { head: 'stranger' }
    if (manner.fault === 'error-in-200') return { head: 'failed' }
    const data = membersOf(at(parsed, 'data'))
    if (!statesUse(data['useCause'], operation)) return { head: 'empty' }
    if (operation === 'search') return found(data, book)
    const id = textAt(data, 'certIdentifier')
    if (id === null) return { head: 'empty' }
    const ground = groundFor(book, id, manner.fault, VALID_STATUS)
    if (ground === 'silent') return null
    if (ground === 'not-offered') return { head: 'notOffered' }
    if (ground === 'refuses') return { head: 'forbidden' }
    if (operation === 'getData') return ground === 'absent' ? { head: 'notFound' } : faceOf(ground.licence)
    const certData = objectIn(data['certData'])
    if (textAt(data, 'certTypeCode') === null || certData === null) return { head: 'empty' }
    const finding =
      ground === 'absent'
        ? { result: '5', message: resultText['5'] }
        : findingOf(ground.licence, certData, manner, tools.now())
    return { sealed: finding, inCertData: false }
  }

  return {
    // Whoever seals to the wrong key is as near as this dialect comes to a wrong signature.
    faults: ['error-in-200', 'wrong-signature', 'other-licence', 'lie'],
    contentType: CONTENT_TYPE,
    answer(request, manner) {
      const reply = (head: Head, data: unknown): Sent => {
        const [status, message] = heads[head]
        return {
          status: 200,
          headers: { 'content-type': CONTENT_TYPE },
          body: manner.encode(JSON.stringify({ head: { status, message }, data })),
        }
      }
      const { method, target } = request
      if (method === 'POST' && pathsNotOffered.includes(target)) return reply('notOffered', {})
      const names: readonly Operation[] = ['search', 'getData', 'verifyData']
      const operation = names.find((name) => method === 'POST' && pathOf[name] === target)
      if (operation === undefined) return { status: 404, headers: {}, body: Buffer.alloc(0) }
      const outcome = outcomeOf(request, operation, manner)
      if (outcome === null) return null
      if ('head' in outcome) return reply(outcome.head, {})
      const key = manner.fault === 'wrong-signature' ? strangersKey().publicKey : callerPublicKey
      const hex = sm2Encrypt(manner.encode(JSON.stringify(outcome.sealed)), key).toUpperCase()
      return reply('ok', outcome.inCertData ? { certData: hex } : hex)
    },
  }
}

/** A member that is an object, or a text that holds one. */
function objectIn(value: unknown): Members | null {
  const object = typeof value === 'string' ? parseJson(Buffer.from(value)) : value
  return typeof object === 'object' && object !== null && !Array.isArray(object) ? membersOf(object) : null
}

function statesUse(value: unknown, operation: Operation): boolean {
  const use = objectIn(value)
  const [system, category, matter, item, cause] = [
    'certificateSystemName',
    'certificateCallCategory',
    'certificateMatterName',
    'certificateEventCode',
    'certificateCopyCause',
  ].map((name) => textAt(use, name) ?? '')
  if (system === '' || cause === undefined || cause === '' || cause.length > 200) return false
  if (category === '0') return item !== ''
  if (category !== '1' || matter === undefined || !Object.values(categoryName).includes(matter)) return false
  return matter !== categoryName['public'] || operation === 'verifyData'
}

function found(data: Members, book: Book): Outcome {
  const typeCode = textAt(data, 'holderTypeCode')
  const code = textAt(data, 'holderCode')
  const certTypeCode = textAt(data, 'certTypeCode')
  if (typeCode === null || code === null || certTypeCode === null) return { head: 'empty' }
  const hits = book.heldBy({ typeCode, code }, certTypeCode)
  if (hits.length === 0) return { head: 'notFound' }
  const sealed = hits.map((licence) => ({
    cert_identifier: licence.id,
    certificateName: licence.name,
    certificateTypeCode: licence.typeCode,
    certificateIssuingAuthorityCode: licence.issuer.code,
    certificateIssuingAuthorityName: licence.issuer.name,
    certificateStatus: Number(licence.status),
  }))
  return { sealed, inCertData: true }
}

function faceOf(licence: BookLicence): Outcome {
  const { holders, status } = licence
  // The platform gives no data of a licence that is no longer in force; the head says why.
  if (/^-[2358]$/.test(status)) return { head: 'cancelled' }
  if (status === '-4') return { head: 'expired' }
  if (status === '12' || status === '13') return { head: 'restricted' }
  const items = Object.entries(licence.fields).map(([name, value]) => [`KZ_${name}`, value])
  const sealed = {
    cert_identifier: licence.id,
    certificateName: licence.name,
    certificateTypeCode: licence.typeCode,
    certificateTypeName: licence.typeName,
    certificateNumber: licence.number,
    certificateIssuingAuthorityCode: licence.issuer.code,
    certificateIssuingAuthorityName: licence.issuer.name,
    certificateIssuedDate: licence.issuedOn,
    certificateEffectiveDate: licence.validFrom,
    certificateExpiringDate: licence.validTo ?? '长期',
    certificateHolderName: holders.map((holder) => holder.name).join('^'),
    certificateHolderCode: holders.map((holder) => holder.code).join('^'),
    certificateHolderTypeCode: holders.map((holder) => holder.typeCode).join('^'),
    certificateStatus: Number(status),
    ...Object.fromEntries(items),
  }
  return { sealed, inCertData: true }
}

function findingOf(licence: BookLicence, certData: Members, { fault }: Manner, now: number) {
  const claims = Object.entries(certData).map(([member, value]) => {
    const named = Object.entries(claimMember).find(([, each]) => each === member)?.[0]
    return [named ?? member.replace(/^KZ_/, ''), typeof value === 'string' ? value : ''] as const
  })
  const differs = fault !== 'lie' && claims.some(([name, value]) => compareClaim(licence, name, value) !== 'match')
  const result = differs ? '7' : resultOf(licence, now)
  return {
    result,
    message: resultText[result],
    certIdentifier: licence.id,
    certificateStatus: Number(licence.status),
  }
}

function resultOf(licence: BookLicence, now: number): string {
  const { status } = licence
  if (status === '12' || status === '13') return '2'
  if (/^-[23458]$/.test(status) || hasRunOut(licence, now)) return '3'
  // A status that nobody mapped passes here for one in force: which ones are is a matter of each deployment.
  return isNotYetInForce(licence, now) ? '1' : '0'
}
