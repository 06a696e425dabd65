import type { Book, BookLicence } from '../kit/book.js'
import { licenceHolds } from '../kit/check-digits.js'
import { sameSecret } from '../kit/equal.js'
import { compareClaim, groundFor, hasRunOut, isNotYetInForce } from '../kit/ground.js'
import { at, type Members, membersOf, parseJson, textAt } from '../kit/json.js'
import { onceOnly } from '../kit/once.js'
import type { Settings } from '../kit/settings.js'
import { sm3Of } from '../kit/sm.js'
import type { Issuer, Manner, Operation, Received, Sent, Tools } from '../kit/system.js'
import { CONTENT_TYPE, categoryName, claimField, pathOf, purposeFields } from './names.js'
import { gjzwfwptSign } from './sign.js'

const WINDOW_MS = 300_000
const VALID_STATUS = '01'

/** A refusal in the platform's own words. No sub-code: what their numbers mean is not known. */
class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** The national platform's data-direct interface, answering for systems that are not connected themselves. */
export function gjzwfwptIssuer(settings: Settings, book: Book, tools: Tools): Issuer {
  const rid = settings.text('rid')
  const appsecret = settings.text('appsecret')
  const sids = settings.part('sids')
  const sidOf: Readonly<Record<Operation, string>> = {
    search: sids.text('search'),
    getData: sids.text('getData'),
    verifyData: sids.text('verifyData'),
  }
  const once = onceOnly(tools.now)

  const admit = ({ headers, body }: Received, operation: Operation): void => {
    const given = {
      rid: headers['gjzwfwpt_rid'] ?? '',
      sid: headers['gjzwfwpt_sid'] ?? '',
      rtime: headers['gjzwfwpt_rtime'] ?? '',
    }
    if (!sameSecret(given.rid, rid)) throw new Refusal('请求者身份无效')
    if (!/^\d{13}$/.test(given.rtime) || Math.abs(Number(given.rtime) - tools.now()) > WINDOW_MS) {
      throw new Refusal('请求时间超出允许范围')
    }
    if (given.sid !== sidOf[operation]) throw new Refusal('服务编码与接口不符')
    if (!sameSecret(headers['gjzwfwpt_sign'], gjzwfwptSign(appsecret, given))) throw new Refusal('签名验证失败')
    const single = `${given.rid}\n${given.sid}\n${given.rtime}\n${sm3Of(body).toString('hex')}`
    if (!once.claim(single)) throw new Refusal('重复的请求')
  }

  return {
    faults: ['error-in-200', 'other-licence', 'lie'],
    contentType: CONTENT_TYPE,
    answer(request, manner) {
      const reply = (code: number, message: string, data: unknown): Sent => ({
        status: 200,
        headers: { 'content-type': CONTENT_TYPE },
        body: manner.encode(JSON.stringify({ code, message, data })),
      })
      const operation = operationOf(request)
      if (operation === null) return { status: 404, headers: {}, body: Buffer.alloc(0) }
      try {
        admit(request, operation)
        const question = contentOf(request, operation)
        if (manner.fault === 'error-in-200') return reply(300, '系统繁忙，请稍后再试', null)
        if (operation === 'search') return reply(200, '成功', found(question, book))
        const id = textAt(question, 'certificateidentifier')
        if (id === null || !licenceHolds(id)) throw new Refusal('证照标识有误')
        const ground = groundFor(book, id, manner.fault, VALID_STATUS)
        if (ground === 'silent') return null
        // The front of the platform refuses before the interface is reached, so this is no message of the dialect.
        if (ground === 'refuses') {
          return {
            status: 403,
            headers: { 'content-type': 'text/plain; charset=utf-8' },
            body: Buffer.from('禁止访问'),
          }
        }
        if (ground === 'not-offered') throw new Refusal('接口未开放')
        if (operation === 'getData') return reply(200, '成功', ground === 'absent' ? null : faceOf(ground.licence))
        if (ground === 'absent') return reply(200, '成功', { certificateidentifier: id, result: '5' })
        return reply(200, '成功', findingOf(ground.licence, question, manner, tools.now()))
      } catch (thrown) {
        if (thrown instanceof Refusal) return reply(300, thrown.message, null)
        throw thrown
      }
    },
  }
}

function operationOf({ method, target }: Received): Operation | null {
  const names: readonly Operation[] = ['search', 'getData', 'verifyData']
  return (method === 'POST' ? names.find((name) => pathOf[name] === target) : undefined) ?? null
}

function contentOf({ body }: Received, operation: Operation): Members {
  const parsed = parseJson(body)
  if (parsed === undefined) throw new Refusal('报文不是合法的 JSON')
  const question = membersOf(parsed)
  if (Object.keys(question).some((name) => name !== name.toLowerCase())) throw new Refusal('字段名须为小写')
  const [orgname, username, itemname, itemcode, businesscode, usefor] = purposeFields.map((name) =>
    said(question, name),
  )
  const category = itemcode === null ? Object.values(categoryName).find((name) => name === itemname) : '事项'
  const isForEverybody = category === categoryName['public']
  const needsCase = !isForEverybody && category !== categoryName['own-licences']
  if (orgname === null || username === null || usefor === null) throw new Refusal('用证五要素不全')
  if (category === undefined || (needsCase && businesscode === null)) throw new Refusal('用证五要素不全')
  if (isForEverybody && operation !== 'verifyData') throw new Refusal('公共核验只能用于核验')
  return question
}

function said(question: Members, name: string): string | null {
  const text = textAt(question, name)
  return text === '' ? null : text
}

function found(question: Members, book: Book) {
  const typeCode = said(question, 'certificateholdertypecode')
  const code = said(question, 'certificateholdercode')
  if (typeCode === null || code === null) throw new Refusal('持证主体有误')
  return book.heldBy({ typeCode, code }, said(question, 'certificatetypecode')).map((licence) => ({
    certificateidentifier: licence.id,
    certificatename: licence.name,
    certificatetypecode: licence.typeCode,
    certificateissuingauthoritycode: licence.issuer.code,
    certificateissuingauthorityname: licence.issuer.name,
    certificatestatus: licence.status,
  }))
}

function faceOf(licence: BookLicence) {
  const { holders } = licence
  return {
    certificateidentifier: licence.id,
    certificatename: licence.name,
    certificatetypecode: licence.typeCode,
    certificatetypename: licence.typeName,
    certificatenumber: licence.number,
    certificateissuingauthoritycode: licence.issuer.code,
    certificateissuingauthorityname: licence.issuer.name,
    certificateissueddate: licence.issuedOn,
    certificateeffectivedate: licence.validFrom,
    certificateexpiringdate: licence.validTo ?? '长期',
    certificateholdername: holders.map((holder) => holder.name).join(','),
    certificateholdercode: holders.map((holder) => holder.code).join(','),
    certificateholdertypecode: holders.map((holder) => holder.typeCode).join(','),
    certificatestatus: licence.status,
    extend_info: Object.entries(licence.fields).map(([name, value]) => ({ name: `KZ_${name}`, value })),
  }
}

function findingOf(licence: BookLicence, question: Members, { fault }: Manner, now: number) {
  const differs =
    fault !== 'lie' && claimsOf(question).some(([name, value]) => compareClaim(licence, name, value) !== 'match')
  return {
    certificateidentifier: licence.id,
    result: differs ? '7' : resultOf(licence, now),
    certificatestatus: licence.status,
    certificateeffectivedate: licence.validFrom,
    certificateexpiringdate: licence.validTo ?? '长期',
  }
}

function resultOf(licence: BookLicence, now: number): string {
  if (licence.status === '02') return '2'
  // 03 to 07: withdrawn, cancelled, out of date, transferred out, revoked.
  if (/^0[3-7]$/.test(licence.status) || hasRunOut(licence, now)) return '3'
  // A status that it does not know itself it takes for one in force: whoever reads `result` alone is misled.
  return isNotYetInForce(licence, now) ? '1' : '0'
}

function claimsOf(question: Members): readonly (readonly [string, string])[] {
  const listed = Object.entries(claimField).flatMap(([name, field]) => {
    const value = said(question, field)
    return value === null ? [] : [[name, value] as const]
  })
  const extended = question['extend_info']
  const items = (Array.isArray(extended) ? extended : []).flatMap((item: unknown) => {
    const name = textAt(item, 'name')
    const value = at(item, 'value')
    return name?.startsWith('KZ_') && typeof value === 'string' ? [[name.slice(3), value] as const] : []
  })
  return [...listed, ...items]
}
