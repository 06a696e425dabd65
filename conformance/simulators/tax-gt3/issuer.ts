import type { Book, BookLicence } from '../kit/book.js'
import { licenceHolds } from '../kit/check-digits.js'
import { sameSecret } from '../kit/equal.js'
import { compareClaim, groundFor } from '../kit/ground.js'
import { type Once, onceOnly } from '../kit/once.js'
import type { Settings } from '../kit/settings.js'
import type { Issuer, Manner, Operation, Sent, Tools } from '../kit/system.js'
import { childText, type XmlElement } from '../kit/xml.js'
import {
  chinaTime,
  element,
  type Head,
  momentOf,
  openMessage,
  type Return,
  serviceDocument,
  soapMessage,
  taxML,
  textOfMessage,
} from './envelope.js'
import { CONTENT_TYPE, claimName, DATASPEC, PATH, transactions } from './names.js'
import { osbFault } from './osb-fault.js'

const WINDOW_MS = 300_000
const VALID_STATUS = '01'
const SUCCESS: Return = { rtnCode: '0', code: '000', reason: '' }

/** A failure in the interface's own form: `rtn_code` 9, a Code and a Reason. */
class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string
  constructor(code: string, reason: string) {
    super(reason)
    this.code = code
  }
}

/** The tax authority's vertical system, where the licences lie that provincial bureaus issue. */
export function taxIssuer(settings: Settings, book: Book, tools: Tools): Issuer {
  const channelId = settings.text('channelId')
  const spokeSecret = settings.text('spokeSecret')
  const once = onceOnly(tools.now)
  return {
    faults: ['error-in-200', 'other-licence', 'lie'],
    contentType: CONTENT_TYPE,
    answer(request, manner) {
      if (request.method !== 'POST' || request.target !== PATH)
        return { status: 404, headers: {}, body: Buffer.alloc(0) }
      const text = textOfMessage(request.body, request.headers['content-type'] ?? '')
      const opened = text === null ? null : openMessage(text)
      const { tranDate, tranTime } = chinaTime(tools.now())
      const asked = opened?.head
      const head: Head = {
        tranId: childText(asked, 'tran_id') ?? '',
        channelId: childText(asked, 'channel_id') ?? '',
        tranSeq: childText(asked, 'tran_seq'),
        tranDate,
        tranTime,
      }
      const reply = (returned: Return, payload: string | null): Sent => ({
        status: 200,
        headers: { 'content-type': CONTENT_TYPE },
        body: manner.encode(soapMessage(serviceDocument(head, payload, { returned }))),
      })
      try {
        if (!sameSecret(request.headers['hutong-spoke-secret'], spokeSecret)) throw new Refusal('012', '接入认证失败')
        if (opened === null) throw new Refusal('H01', '报文无法解析')
        if (!sameSecret(head.channelId, channelId)) throw new Refusal('012', '该渠道没有访问此服务的权限')
        admit(opened.head, once, tools.now())
        const operation = operationOf(head.tranId)
        if (manner.fault === 'error-in-200') throw new Refusal('H10', '系统处理异常')
        checkPurpose(opened.head, operation)
        const content = contentFor(operation, opened.payload, book, manner)
        if (content === null) return null
        const { reply: code, answers } = transactions[operation]
        return reply(SUCCESS, taxML(code, answers, content))
      } catch (thrown) {
        if (thrown instanceof Refusal) return reply({ rtnCode: '9', code: thrown.code, reason: thrown.message }, null)
        throw thrown
      }
    },
  }
}

function admit(head: XmlElement, once: Once, now: number): void {
  const facets = [
    ['tran_date', 8],
    ['tran_time', 9],
    ['tran_seq', 32],
  ] as const
  for (const [name, length] of facets) {
    const given = childText(head, name) ?? ''
    if (given.length !== length) throw new Refusal('012', osbFault(name, given.length, length))
  }
  const moment = momentOf(childText(head, 'tran_date') ?? '', childText(head, 'tran_time') ?? '')
  if (moment === null || Math.abs(moment - now) > WINDOW_MS) throw new Refusal('H02', '交易时间超出允许范围')
  const sequence = (childText(head, 'tran_seq') ?? '').toLowerCase()
  if (!/^[0-9a-f]{32}$/.test(sequence)) throw new Refusal('H01', '交易流水号有误')
  if (!once.claim(sequence)) throw new Refusal('H02', '交易流水号重复')
}

function operationOf(tranId: string): Operation {
  const names: readonly Operation[] = ['search', 'getData', 'verifyData']
  const operation = names.find((name) => transactions[name].tranId === tranId)
  if (operation === undefined) throw new Refusal('H04', '未提供该交易')
  return operation
}

function checkPurpose(head: XmlElement, operation: Operation): void {
  const pairs = head.children.filter((child) => child.local === 'expand')
  const said = new Map(pairs.map((pair) => [childText(pair, 'name'), childText(pair, 'value')]))
  const category = said.get('yzlb') ?? ''
  const needed = ['sjjg', 'sjry', 'yzlb', 'yzsy']
  if (category === 'item') needed.push('sxbm')
  if (category !== 'own-licences' && category !== 'public') needed.push('bjbh')
  const missing = needed.find((name) => (said.get(name) ?? null) === null)
  if (missing !== undefined) throw new Refusal('H01', `缺少 ${missing}`)
  if (category === 'public' && operation !== 'verifyData') throw new Refusal('H03', '公共核验只能用于核验')
}

/** The payload's content, or null when no answer shall come. */
function contentFor(operation: Operation, payload: XmlElement | null, book: Book, manner: Manner): string | null {
  if (payload?.namespace !== DATASPEC || payload.attributes['xmlbh'] !== transactions[operation].request) {
    throw new Refusal('H01', '业务报文有误')
  }
  if (operation === 'search') {
    const typeCode = childText(payload, 'czztdmlxdm')
    const code = childText(payload, 'czztdm')
    if (typeCode === null || code === null) throw new Refusal('H01', '缺少持证主体')
    return book.heldBy({ typeCode, code }, childText(payload, 'zzlxdm')).map(summary).join('')
  }
  const id = childText(payload, 'zzbs')
  if (id === null || !licenceHolds(id)) throw new Refusal('H01', '证照标识有误')
  const ground = groundFor(book, id, manner.fault, VALID_STATUS)
  if (ground === 'silent') return null
  if (ground === 'not-offered') throw new Refusal('H04', '该类证照未提供此交易')
  if (ground === 'refuses') throw new Refusal('012', '该渠道没有访问此证照的权限')
  if (operation === 'verifyData') {
    return ground === 'absent'
      ? element('zzbs', id) + element('sfcz', 'N')
      : finding(ground.licence, claimsOf(payload), manner)
  }
  if (ground === 'absent') throw new Refusal('H08', '没有该证照')
  if (/^0[3478]$/.test(ground.licence.status)) throw new Refusal('H03', '证照已撤销、注销、吊销或废止，不提供数据')
  return face(ground.licence)
}

function claimsOf(payload: XmlElement): readonly (readonly [wire: string, name: string, value: string])[] {
  const items = payload.children.filter((child) => child.local === 'hyx')
  return items.map((item) => {
    const wire = childText(item, 'xmc') ?? ''
    const named = Object.entries(claimName).find(([, each]) => each === wire)?.[0]
    return [wire, named ?? wire.replace(/^KZ_/, ''), childText(item, 'xz') ?? '']
  })
}

const letterOf = { match: 'Y', mismatch: 'N', unknown: 'U' } as const

function finding(licence: BookLicence, claims: ReturnType<typeof claimsOf>, { fault }: Manner): string {
  const results = claims.map(([wire, name, value]) => {
    const result = fault === 'lie' ? 'match' : compareClaim(licence, name, value)
    return `<hyx>${element('xmc', wire)}${element('jg', letterOf[result])}</hyx>`
  })
  return (
    element('zzbs', licence.id) +
    element('sfcz', 'Y') +
    element('zzzt', licence.status) +
    element('zzyxqqsrq', compact(licence.validFrom)) +
    element('zzyxqjzrq', licence.validTo === null ? '长期' : compact(licence.validTo)) +
    results.join('')
  )
}

function summary(licence: BookLicence): string {
  return `<zz>${
    element('zzbs', licence.id) +
    element('zzmc', licence.name) +
    element('zzlxdm', licence.typeCode) +
    element('zzbfjgdm', licence.issuer.code) +
    element('zzbfjg', licence.issuer.name) +
    element('zzzt', licence.status)
  }</zz>`
}

function face(licence: BookLicence): string {
  const holders = licence.holders.map(
    ({ typeCode, code, name }) =>
      `<czztxx>${element('czztdmlxdm', typeCode)}${element('czztdm', code)}${element('czzt', name)}</czztxx>`,
  )
  const items = Object.entries(licence.fields).map(
    ([name, value]) => `<kz>${element('xmc', `KZ_${name}`)}${element('xz', value)}</kz>`,
  )
  return `<zz>${
    element('zzbs', licence.id) +
    element('zzmc', licence.name) +
    element('zzlxdm', licence.typeCode) +
    element('zzlxmc', licence.typeName) +
    element('zzbh', licence.number) +
    element('zzbfjgdm', licence.issuer.code) +
    element('zzbfjg', licence.issuer.name) +
    element('zzbfrq', compact(licence.issuedOn)) +
    element('zzyxqqsrq', compact(licence.validFrom)) +
    element('zzyxqjzrq', licence.validTo === null ? '长期' : compact(licence.validTo)) +
    element('zzzt', licence.status) +
    holders.join('') +
    items.join('')
  }</zz>`
}

/** The tax system writes dates without punctuation. */
function compact(date: string): string {
  return date.replaceAll('-', '')
}
