import { createHmac, randomBytes } from 'node:crypto'
import { cdata } from './issuer-replies.js'
import { messageBytes } from './raw-http.js'

/**
 * Requests in the dialects that carry no SM2 signature, written by hand from spec/dialects/ so that every part of them
 * can be bent. Each stands under `/in/<asker>`.
 */
const HOST = 'gateway.test'

/** A case is about one holder, so each question brings its own. */
const newCase = () => `T-${randomBytes(6).toString('hex')}`

export interface NativeOptions {
  readonly licenceId?: string
  /** In place of the whole body. */
  readonly body?: Buffer | string
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | number>>
  /** Milliseconds added to the clock. */
  readonly clock?: number
  readonly itemCode?: string
  readonly withoutPurpose?: boolean
}

export interface NationalOptions extends NativeOptions {
  readonly rid: string
  readonly appsecret: string
  readonly sid?: string
  /** What is signed, in which order. */
  readonly order?: readonly ('sid' | 'rid' | 'rtime')[]
  readonly unsigned?: boolean
  readonly more?: Readonly<Record<string, unknown>>
}

/** `gjzwfwpt`, verifyData. */
export function nationalRequest(options: NationalOptions): Buffer {
  const { rid, appsecret, sid = 's_demo_verify', clock = 0, order = ['sid', 'rid', 'rtime'] } = options
  const rtime = String(Date.now() + clock)
  const parts = { sid, rid, rtime }
  const sign = createHmac('sha256', appsecret)
    .update(order.map((name) => parts[name]).join(''))
    .digest('base64')
  const purpose = {
    orgname: '民政部（测试）',
    username: 'mca-window-07',
    itemname: '资质核验（演示）',
    itemcode: options.itemCode ?? 'HUTONG-DEMO-0001',
    businesscode: newCase(),
    usefor: '测试',
  }
  const body = { certificateidentifier: options.licenceId, ...(options.withoutPurpose ? {} : purpose), ...options.more }
  return messageBytes({
    method: options.method ?? 'POST',
    target: `/in/mca${options.path ?? '/sysapi/certificate/verify'}`,
    headers: {
      host: HOST,
      'content-type': 'application/json;charset=utf-8',
      gjzwfwpt_rid: rid,
      gjzwfwpt_sid: sid,
      gjzwfwpt_rtime: rtime,
      ...(options.unsigned ? {} : { gjzwfwpt_sign: sign }),
      ...options.headers,
    },
    body: options.body ?? JSON.stringify(body),
  })
}

export interface HeadDataOptions extends NativeOptions {
  readonly accessId: string
  readonly accessToken: string
  readonly more?: Readonly<Record<string, unknown>>
}

/** `head-data-sm2`, verifyData. */
export function headDataRequest(options: HeadDataOptions): Buffer {
  const { accessId, accessToken, licenceId = '' } = options
  const useCause = {
    certificateSystemName: '福建省政务服务系统（测试）',
    certificateCallCategory: '0',
    certificateMatterName: '资质核验（演示）',
    certificateEventCode: options.itemCode ?? 'HUTONG-DEMO-0001',
    certificateCopyCause: `测试；办件编号：${newCase()}；经办人：fj-window-07`,
  }
  const data = {
    certTypeCode: licenceId.split('.')[5] ?? '',
    certData: {},
    certIdentifier: licenceId,
    ...(options.withoutPurpose ? {} : { useCause }),
    ...options.more,
  }
  return messageBytes({
    method: options.method ?? 'POST',
    target: `/in/fujian${options.path ?? '/verifyCertInfo'}`,
    headers: { host: HOST, 'content-type': 'application/json;charset=utf-8', ...options.headers },
    body: options.body ?? JSON.stringify({ head: { accessId, accessToken }, data }),
  })
}

export interface TaxOptions extends NativeOptions {
  readonly channelId: string
  /** Null for no header at all. */
  readonly secret: string | null
  readonly tranId?: string
  readonly tranSeq?: string
  /** Written before document 3's root. */
  readonly prologue?: string
  /** In place of document 3. */
  readonly payload?: string
  readonly encode?: (xml: string) => Buffer
}

const CHINA_MS = 8 * 3_600_000

/** `tax-gt3`, verifyData. */
export function taxRequest(options: TaxOptions): Buffer {
  const { secret } = options
  return messageBytes({
    method: options.method ?? 'POST',
    target: `/in/shenzhen-tax${options.path ?? '/services/Gt3AipWebService'}`,
    headers: {
      host: HOST,
      'content-type': 'text/xml; charset=UTF-8',
      soapaction: '""',
      ...(secret === null ? {} : { 'hutong-spoke-secret': secret }),
      ...options.headers,
    },
    body: options.body ?? (options.encode ?? Buffer.from)(taxEnvelope(options)),
  })
}

export function taxEnvelope(options: TaxOptions): string {
  const { licenceId = '', clock = 0, channelId } = options
  const digits = new Date(Date.now() + clock + CHINA_MS).toISOString().replace(/\D/g, '')
  const purpose = {
    sjjg: '深圳市税务局办税服务厅（测试）',
    sjry: 'sz-window-07',
    yzlb: 'item',
    sxbm: options.itemCode ?? 'HUTONG-DEMO-0001',
    bjbh: newCase(),
    yzsy: '测试',
  }
  const pairs = options.withoutPurpose ? [] : Object.entries(purpose)
  const expand = pairs.map(([name, value]) => `<expand><name>${name}</name><value>${value}</value></expand>`).join('')
  const payload =
    options.payload ??
    `${options.prologue ?? ''}<taxML xmlbh="HTDZZZHYQQ" bbh="1.0" xmlns="http://www.chinatax.gov.cn/dataspec/"><zzbs>${licenceId}</zzbs></taxML>`
  const service =
    `<service xmlns="http://www.chinatax.gov.cn/spec/"><head><tran_id>${options.tranId ?? 'SWZJ.HUTONG.DZZZ.HY'}</tran_id>` +
    `<channel_id>${channelId}</channel_id><tran_seq>${options.tranSeq ?? randomBytes(16).toString('hex')}</tran_seq>` +
    `<tran_date>${digits.slice(0, 8)}</tran_date><tran_time>${digits.slice(8)}</tran_time>${expand}</head>` +
    `<body>${cdata(payload)}</body></service>`
  return (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
    `<spec:service xmlns:spec="http://www.chinatax.gov.cn/spec/">${cdata(service)}</spec:service></soapenv:Body></soapenv:Envelope>`
  )
}
