import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { DialectName, SealingKey, SigningKey } from '../src/adapters/adapter.js'
import { nobleEngine } from '../src/crypto/engine-noble.js'
import { generateSm2Key, sealingKey, signingKey } from '../src/crypto/sm2-keys.js'
import { contentDigest } from './canonical-asker.js'

/** What an issuing system was asked. */
export interface IssuerQuestion {
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly licenceId: string
}

export interface IssuerReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface IssuerTrust {
  readonly keyId: string
  /** Hex. */
  readonly privateKey: string
  /** Hex of the gateway's encryption point. */
  readonly sealTo: string
}

/** How an answer is bent. `other` holds the identifier of another licence. */
export interface IssuerBend {
  readonly failure?: boolean
  readonly wrongKey?: boolean
  readonly clock?: number
  readonly other?: string
}

/** The person in every licence of the tests: none of this may stand in an answer that is no licence. */
export const person = { name: '测试员乙', code: '11010519491231002X' } as const

const json = { 'content-type': 'application/json' }

type Writer = (question: IssuerQuestion, trust: IssuerTrust, bend: IssuerBend) => IssuerReply | Promise<IssuerReply>

/** Replies of issuing systems, written by hand from spec/dialects/, so that the gateway's own code does not judge itself. */
export const issuerReplies: Readonly<Record<DialectName, Writer>> = {
  canonical: canonicalReply,
  'head-data-sm2': headDataReply,
  gjzwfwpt: nationalReply,
  'tax-gt3': taxReply,
}

const sealings = new Map<string, SealingKey>()

function sealingFor(point: string): SealingKey {
  const known = sealings.get(point) ?? sealingKey(Buffer.from(point, 'hex'))
  sealings.set(point, known)
  return known
}

const WRONG_KEY = Buffer.from(generateSm2Key()).toString('hex')
const keys = new Map<string, SigningKey>()

/** Imported once: the import costs more than the signature. */
function keyOf(keyId: string, privateKey: string): SigningKey {
  const known = keys.get(privateKey) ?? signingKey(nobleEngine, keyId, Buffer.from(privateKey, 'hex'))
  keys.set(privateKey, known)
  return known
}

async function canonicalReply(question: IssuerQuestion, trust: IssuerTrust, bend: IssuerBend): Promise<IssuerReply> {
  const body = Buffer.from(JSON.stringify(canonicalBody(question, bend)))
  const key = keyOf(trust.keyId, bend.wrongKey ? WRONG_KEY : trust.privateKey)
  const created = Math.floor((Date.now() + (bend.clock ?? 0)) / 1000)
  const nonce = randomBytes(16).toString('hex')
  const components = '"@status" "content-digest" "@method";req "@path";req "signature";req;key="hutong"'
  const params = `(${components});created=${created};expires=${created + 300};nonce="${nonce}";keyid="${trust.keyId}";tag="hutong"`
  const digest = contentDigest(body)
  const base = [
    '"@status": 200',
    `"content-digest": ${digest}`,
    '"@method";req: POST',
    `"@path";req: ${question.target}`,
    `"signature";req;key="hutong": ${String(question.headers['signature']).replace('hutong=', '')}`,
    `"@signature-params": ${params}`,
  ].join('\n')
  const signature = await key.sign(Buffer.from(base))
  const signed = {
    'content-digest': digest,
    'signature-input': `hutong=${params}`,
    signature: `hutong=:${Buffer.from(signature).toString('base64')}:`,
  }
  return { status: 200, headers: { ...json, ...signed }, body }
}

function canonicalBody({ target, licenceId, body }: IssuerQuestion, { failure, other }: IssuerBend): unknown {
  const id = other ?? licenceId
  const lifecycle = { state: 'valid', raw: '01', encumbrances: [] }
  if (failure) return { error: { code: 'INTERNAL', message: { zh: person.name, en: person.code } } }
  if (target.endsWith('/search')) return { found: [] }
  if (target.endsWith('/getData')) {
    const [type = '', issuer = ''] = id.split('.').slice(5)
    const holders = [{ typeCode: '111', ...person }]
    return {
      licence: {
        id,
        typeCode: type,
        issuer: { code: issuer },
        holders,
        lifecycle,
        validFrom: '2023-05-21',
        fields: {},
      },
    }
  }
  const evidence = { source: 'hunan', asOf: new Date().toISOString() }
  const notChecked = { value: 'NOT_CHECKED', reason: null, evidence: null }
  const { claims = {} } = JSON.parse(body) as { claims?: Record<string, string> }
  const judged = { value: 'VALID', reason: null, evidence }
  const fields = Object.fromEntries(Object.keys(claims).map((name) => [name, 'match']))
  return {
    verdict: 'VALID',
    code: 'VALID',
    group: 'ok',
    licenceId: id,
    lifecycle,
    parts: { status: judged, identity: judged, integrity: notChecked, seal: notChecked },
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  }
}

function headDataReply({ licenceId }: IssuerQuestion, { sealTo }: IssuerTrust, bend: IssuerBend): IssuerReply {
  const plain = JSON.stringify({ result: '0', message: '信息正确且有效', certIdentifier: bend.other ?? licenceId })
  const sealing = sealingFor(bend.wrongKey ? SOMEBODY_ELSE : sealTo)
  const sealed = Buffer.from(sealing.encrypt(Buffer.from(plain)))
    .toString('hex')
    .toUpperCase()
  const content = bend.failure
    ? { head: { status: 99, message: `数据库异常 ${person.name}` }, data: {} }
    : { head: { status: 0, message: '接口调用成功' }, data: sealed }
  return { status: 200, headers: json, body: Buffer.from(JSON.stringify(content)) }
}

// The asker's key of the canonical examples.
const SOMEBODY_ELSE =
  '04d4ff835e5ae9a5bfd54b69d929128774996fa96c0c760ce46db5438c8ceb95a3bc6dfbdc425b4403e7b0b951928969b8ee3fc24e351a69336b4bcf272159eca9'

function nationalReply({ licenceId }: IssuerQuestion, _trust: IssuerTrust, bend: IssuerBend): IssuerReply {
  const data = { certificateidentifier: bend.other ?? licenceId, result: '0', certificatestatus: '01' }
  const content = bend.failure
    ? { code: 300, message: `db-001 ${person.code}`, data: null }
    : { code: 200, message: '成功', data }
  return { status: 200, headers: json, body: Buffer.from(JSON.stringify(content)) }
}

function taxReply({ licenceId, body }: IssuerQuestion, _trust: IssuerTrust, bend: IssuerBend): IssuerReply {
  const sequence = /<tran_seq>([0-9a-f]{32})</.exec(body)?.[1] ?? ''
  const [code, result] = bend.failure
    ? ['9', `<Code>012</Code><Message/><Reason>拒绝 ${person.name}</Reason>`]
    : ['0', '<Code>000</Code><Message/><Reason/>']
  const payload =
    '<?xml version="1.0" encoding="UTF-8"?><taxML xsi:type="HTDZZZHYFH" xmlbh="HTDZZZHYFH" bbh="1.0" xmlmc="电子证照核验返回" ' +
    'xmlns="http://www.chinatax.gov.cn/dataspec/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    `<zzbs>${bend.other ?? licenceId}</zzbs><sfcz>Y</sfcz><zzzt>01</zzzt></taxML>`
  const service =
    '<service xmlns="http://www.chinatax.gov.cn/spec/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><head>' +
    `<tran_id>SWZJ.HUTONG.DZZZ.HY</tran_id><tran_seq>${bend.wrongKey ? '0'.repeat(32) : sequence}</tran_seq>` +
    `<rtn_code>${code}</rtn_code><rtn_msg>${result}</rtn_msg></head><body>${bend.failure ? '' : cdata(payload)}</body></service>`
  const envelope =
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
    `<soapenv:Body><spec:service xmlns:spec="http://www.chinatax.gov.cn/spec/">${cdata(service)}</spec:service></soapenv:Body></soapenv:Envelope>`
  return { status: 200, headers: { 'content-type': 'text/xml; charset=UTF-8' }, body: Buffer.from(envelope) }
}

/** A text in a CDATA section; one that ends such a section itself is split over two. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}
