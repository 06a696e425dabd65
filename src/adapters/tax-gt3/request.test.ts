import { describe, expect, test } from 'vitest'
import { taxContext, taxRequest } from '../../../test/tax-golden.js'
import { HubError } from '../../canonical/errors.js'
import type { VerifyDataRequest } from '../../canonical/model.js'
import type { WireHeaders, WireRequest } from '../adapter.js'
import { encodeText } from '../wire/charset.js'
import { taxGt3 } from './index.js'

const golden = taxRequest('verify-data')
const text = golden.body.toString()
const search = taxRequest('search').body.toString()

function wireOf(body: string | Uint8Array, headers: WireHeaders = golden.headers): WireRequest {
  return { ...golden, headers, body: Buffer.from(body) }
}

/** The golden text with every `from` replaced; fails when there is none. */
function changed(from: string, to: string, source = text): WireRequest {
  if (!source.includes(from)) throw new Error(`nothing to change: ${from}`)
  return wireOf(source.replaceAll(from, to))
}

function outcome(wire: WireRequest): string {
  try {
    taxGt3.inbound.decode(wire)
    return 'accepted'
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown
    return thrown.subject === undefined ? thrown.code : `${thrown.code} ${thrown.subject}`
  }
}

const typed = (contentType: string) => wireOf(text, { ...golden.headers, 'content-type': contentType })
const pair = (name: string, value: string) => `<expand><name>${name}</name><value>${value}</value></expand>`
const noPurpose = text.replaceAll(/<expand>.*<\/expand>/g, '')
const ID = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
const HYX = '<hyx><xmc>czzt</xmc><xz>测试员乙</xz></hyx>'
const TAXML = '<taxML xsi:type'
const nested = (depth: number) => `${'<zzbs>'.repeat(depth)}${'</zzbs>'.repeat(depth)}`

describe('transport', () => {
  test.each<[name: string, wire: WireRequest, expected: string]>([
    ['as it should be', golden, 'accepted'],
    ['under a mount', { ...golden, mount: '/in/tax', target: '/in/tax/services/Gt3AipWebService' }, 'accepted'],
    ['another path', { ...golden, target: '/services/Other' }, 'ENDPOINT_UNKNOWN'],
    ['a path that goes on', { ...golden, target: `${golden.target}/x` }, 'ENDPOINT_UNKNOWN'],
    ['a query', { ...golden, target: `${golden.target}?wsdl` }, 'REQUEST_INVALID query'],
    ['another method', { ...golden, method: 'GET' }, 'METHOD_NOT_ALLOWED'],
    ['application/xml', typed('application/xml'), 'accepted'],
    ['capitals', typed('TEXT/XML;CHARSET=utf-8'), 'accepted'],
    ['JSON', typed('application/json'), 'CONTENT_TYPE_UNSUPPORTED'],
    ['SOAP 1.2', typed('application/soap+xml'), 'CONTENT_TYPE_UNSUPPORTED'],
    ['a type that only begins so', typed('text/xmlx'), 'CONTENT_TYPE_UNSUPPORTED'],
    ['compressed', wireOf(text, { ...golden.headers, 'content-encoding': 'gzip' }), 'CONTENT_TYPE_UNSUPPORTED'],
    ['another charset', typed('text/xml; charset=big5'), 'CHARSET_UNSUPPORTED'],
    ['a charset that differs from the declaration', typed('text/xml; charset=GBK'), 'CHARSET_MISMATCH'],
  ])('%s', (_, wire, expected) => {
    expect(outcome(wire)).toBe(expected)
  })
})

describe('charsets', () => {
  const declared = (encoding: string) => text.replace('encoding="UTF-8"', `encoding="${encoding}"`)
  test.each(['GBK', 'GB2312', 'GB18030'])('%s, by the header or by the declaration', (encoding) => {
    const rare = declared(encoding).replace('测试员乙', '𬱖㐂')
    const body = encodeText(rare, 'gb18030')
    for (const contentType of ['text/xml', `text/xml; charset=${encoding}`]) {
      const { request } = taxGt3.inbound.decode(wireOf(body, { 'content-type': contentType }))
      expect((request as VerifyDataRequest).claims['holderName']).toBe('𬱖㐂')
      expect(request.purpose.organisation).toBe('深圳市税务局办税服务厅（测试）')
    }
  })
  test('GBK that says UTF-8, and UTF-8 that says GBK', () => {
    expect(outcome(wireOf(encodeText(text, 'gb18030')))).toBe('CHARSET_MISMATCH')
    expect(outcome(wireOf(declared('GBK'), { 'content-type': 'text/xml' }))).toBe('CHARSET_MISMATCH')
  })
  test('the declaration of the inner document has no say', () => {
    const inner = '<![CDATA[<?xml version="1.0" encoding="'
    expect(outcome(changed(`${inner}UTF-8`, `${inner}GBK`))).toBe('accepted')
  })
})

describe('envelope', () => {
  test.each<[name: string, wire: WireRequest, expected: string]>([
    ['white space and a header', changed('<soapenv:Body>', ' <soapenv:Header/>\n<soapenv:Body>'), 'accepted'],
    ['blanks before the inner documents', changed('<![CDATA[<', '<![CDATA[ \n<'), 'accepted'],
    [
      'other prefixes',
      wireOf(text.replaceAll('soapenv', 'S').replaceAll('spec:', 'q:').replace('xmlns:spec', 'xmlns:q')),
      'accepted',
    ],
    [
      'what it does not know in the head',
      changed('<expand><name>sjjg', '<file_path/><serv_version>1</serv_version><expand><name>sjjg'),
      'accepted',
    ],
    [
      'SOAP 1.2',
      changed('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'),
      'REQUEST_INVALID service',
    ],
    ['no SOAP', wireOf('<service xmlns="http://www.chinatax.gov.cn/spec/"/>'), 'REQUEST_INVALID service'],
    ['two bodies', changed('<soapenv:Body>', '<soapenv:Body/><soapenv:Body>'), 'REQUEST_INVALID service'],
    [
      'two services',
      changed('<spec:service', '<spec:service xmlns:spec="http://www.chinatax.gov.cn/spec/"/><spec:service'),
      'REQUEST_INVALID service',
    ],
    [
      'another outer namespace',
      changed('xmlns:spec="http://www.chinatax.gov.cn/spec/"', 'xmlns:spec="urn:x"'),
      'REQUEST_INVALID service',
    ],
    [
      'another inner namespace',
      changed('<service xmlns="http://www.chinatax.gov.cn/spec/"', '<service xmlns="urn:x"'),
      'REQUEST_INVALID service',
    ],
    ['another payload namespace', changed('http://www.chinatax.gov.cn/dataspec/', 'urn:x'), 'REQUEST_INVALID taxML'],
    ['no head', wireOf(text.replace(/<head>.*<\/head>/, '')), 'REQUEST_INVALID head'],
    ['two heads', changed('<head>', '<head></head><head>'), 'REQUEST_INVALID head'],
    ['two sequences', changed('<tran_seq>', '<tran_seq/><tran_seq>'), 'REQUEST_INVALID tran_seq'],
    ['no body', wireOf(text.replace(/<body>.*<\/body>/, '')), 'REQUEST_INVALID body'],
    [
      'a body that is no CDATA',
      wireOf(text.replace(/<body>.*<\/body>/, '<body><taxML/></body>')),
      'REQUEST_INVALID body',
    ],
    ['no tran_id', changed('SWZJ.HUTONG.DZZZ.HY', ''), 'REQUEST_INVALID tran_id'],
    ['another tran_id', changed('SWZJ.HUTONG.DZZZ.HY', 'SWZJ.HXZG.SB.X'), 'OPERATION_UNSUPPORTED tran_id'],
    [
      'a tran_id with another’s payload',
      changed('SWZJ.HUTONG.DZZZ.HY', 'SWZJ.HUTONG.DZZZ.CX'),
      'REQUEST_INVALID xmlbh',
    ],
    ['DOCTYPE outside', changed('<soapenv:Envelope', '<!DOCTYPE a><soapenv:Envelope'), 'XML_DOCTYPE_REFUSED'],
    ['DOCTYPE in the middle', changed('<service xmlns', '<!DOCTYPE a><service xmlns'), 'XML_DOCTYPE_REFUSED'],
    ['DOCTYPE inside', changed(TAXML, `<!DOCTYPE a [<!ENTITY x "y">]>${TAXML}`), 'XML_DOCTYPE_REFUSED'],
    ['an entity inside', changed('<xz>2026-05-20', '<xz>&x;'), 'XML_MALFORMED'],
    ['too deep inside', changed(`<zzbs>${ID}</zzbs>`, nested(64)), 'XML_TOO_DEEP'],
    ['cut off', wireOf(text.slice(0, 900)), 'XML_MALFORMED'],
    ['not XML', wireOf('PK\u0003\u0004'), 'XML_MALFORMED'],
  ])('%s', (_, wire, expected) => {
    expect(outcome(wire)).toBe(expected)
  })
  test('escaped text in place of CDATA is the same message', () => {
    const inner = /<spec:service[^>]*>(.*)<\/spec:service>/s.exec(text)?.[1] ?? ''
    const plain = inner
      .replace(/^<!\[CDATA\[/, '')
      .replace(/\]\]>$/, '')
      .replace(']]]]><![CDATA[>', ']]>')
    const escaped = plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    const wire = wireOf(text.replace(inner, () => escaped))
    expect(taxGt3.inbound.decode(wire).request).toEqual(taxGt3.inbound.decode(golden).request)
  })
})

describe('purpose', () => {
  test.each<[name: string, wire: WireRequest, expected: string]>([
    ['none', wireOf(noPurpose), 'PURPOSE_MISSING'],
    ['a trace alone', wireOf(noPurpose.replace('</head>', `${pair('zzh', 'trace-0001')}</head>`)), 'PURPOSE_MISSING'],
    ['no organisation', changed(pair('sjjg', '深圳市税务局办税服务厅（测试）'), ''), 'PURPOSE_INVALID sjjg'],
    ['no operator', changed(pair('sjry', 'sz-window-07'), pair('sjry', '')), 'PURPOSE_INVALID sjry'],
    ['no category', changed(pair('yzlb', 'item'), ''), 'PURPOSE_INVALID yzlb'],
    ['another category', changed(pair('yzlb', 'item'), pair('yzlb', 'other')), 'PURPOSE_INVALID yzlb'],
    ['public, from outside', changed(pair('yzlb', 'item'), pair('yzlb', 'public')), 'PURPOSE_INVALID yzlb'],
    ['an item without its code', changed(pair('sxbm', 'SZ-TEST-0001'), ''), 'PURPOSE_INVALID sxbm'],
    ['an item without a case', changed(pair('bjbh', 'SZ20231115-0001'), ''), 'PURPOSE_INVALID bjbh'],
    ['an inspection without its plan', changed(pair('bjbh', 'SZ-PLAN-2023-11'), '', search), 'PURPOSE_INVALID bjbh'],
    [
      'own licences without a case',
      wireOf(search.replace('inspection', 'own-licences').replace(pair('bjbh', 'SZ-PLAN-2023-11'), '')),
      'accepted',
    ],
    ['no reason', changed(pair('yzsy', '核验安管人员考核合格证'), ''), 'PURPOSE_INVALID yzsy'],
    [
      'a reason of 201 characters',
      changed('核验安管人员考核合格证</value>', `${'事'.repeat(201)}</value>`),
      'PURPOSE_INVALID yzsy',
    ],
    ['a line feed in a name', changed('测试员甲', '测试\n员甲'), 'PURPOSE_INVALID sjryxm'],
    [
      'a pair twice',
      changed(pair('yzlb', 'item'), pair('yzlb', 'item') + pair('yzlb', 'hotel')),
      'REQUEST_INVALID expand',
    ],
    ['a pair without a name', changed('<name>sjjg</name>', ''), 'REQUEST_INVALID name'],
    ['pairs of others', changed(pair('yzlb', 'item'), pair('identityType', '1') + pair('yzlb', 'item')), 'accepted'],
    ['a trace that is none', changed('7f3a9c52e1b04d68a5c7e90b12f4d836', 'a b'), 'REQUEST_INVALID zzh'],
  ])('%s', (_, wire, expected) => {
    expect(outcome(wire)).toBe(expected)
  })
})

describe('payload', () => {
  test.each<[name: string, wire: WireRequest, expected: string]>([
    ['no identifier', changed(ID, ''), 'LICENCE_ID_MALFORMED licenceId'],
    ['no identifier at all', changed(`<zzbs>${ID}</zzbs>`, ''), 'LICENCE_ID_MALFORMED licenceId'],
    ['a wrong check character', changed('.001.U', '.001.V'), 'LICENCE_ID_CHECK_FAILED licenceId'],
    ['a serial with _', changed('20230000403', '2023_000403'), 'LICENCE_ID_CHARACTER_REFUSED licenceId'],
    ['two identifiers', changed('<zzbs>', '<zzbs/><zzbs>'), 'REQUEST_INVALID zzbs'],
    ['an element nobody knows', changed('<zzbs>', '<zzmm>x</zzmm><zzbs>'), 'REQUEST_INVALID zzmm'],
    ['one of another namespace', changed('<zzbs>', '<zzbs xmlns="urn:x">1</zzbs><zzbs>'), 'REQUEST_INVALID zzbs'],
    ['a claim nobody knows', changed('<xmc>czzt<', '<xmc>czrmc<'), 'REQUEST_INVALID KZ_'],
    ['a claim twice', changed(HYX, HYX + HYX), 'REQUEST_INVALID hyx'],
    ['a claim without a name', changed('<xmc>czzt</xmc>', ''), 'REQUEST_INVALID xmc'],
    ['a claim with a result', changed('<xmc>czzt</xmc>', '<xmc>czzt</xmc><jg>Y</jg>'), 'REQUEST_INVALID hyx'],
    ['a face field that would pass for metadata', changed('KZ_GANGWEI', 'KZ_number'), 'REQUEST_INVALID xmc'],
    ['a face field of a forbidden name', changed('KZ_GANGWEI', 'KZ___proto__'), 'REQUEST_INVALID KZ_'],
    ['a value of 4,001 characters', changed('测试员乙', '乙'.repeat(4001)), 'REQUEST_INVALID hyx'],
    [
      '65 claims',
      changed(HYX, Array.from({ length: 63 }, (_, at) => `<hyx><xmc>KZ_${at}</xmc><xz/></hyx>`).join('')),
      'REQUEST_INVALID hyx',
    ],
    [
      '64 claims',
      changed(HYX, Array.from({ length: 62 }, (_, at) => `<hyx><xmc>KZ_${at}</xmc><xz/></hyx>`).join('')),
      'accepted',
    ],
    ['no holder type', changed('<czztdmlxdm>111</czztdmlxdm>', '', search), 'REQUEST_INVALID czztdmlxdm'],
    [
      'a holder type of two digits',
      changed('<czztdmlxdm>111<', '<czztdmlxdm>10<', search),
      'REQUEST_INVALID czztdmlxdm',
    ],
    ['no holder', changed('11010519491231002X', '', search), 'REQUEST_INVALID czztdm'],
    [
      'a citizen id that is none',
      changed('11010519491231002X', '110105194912310021', search),
      'HOLDER_CODE_MALFORMED czztdm',
    ],
    ['a type code of small letters', changed('<zzlxdm>111', '<zzlxdm>x11', search), 'REQUEST_INVALID zzlxdm'],
    [
      'an issuer that is no USCC',
      changed('11430000006122244L', '11430000006122244M', search),
      'REQUEST_INVALID zzbfjgdm',
    ],
    ['a division of four digits', changed('430000</xzqhdm>', '4300</xzqhdm>', search), 'REQUEST_INVALID xzqhdm'],
  ])('%s', (_, wire, expected) => {
    expect(outcome(wire)).toBe(expected)
  })
  test('compact dates and empty values of claims', () => {
    const wire = wireOf(text.replace('<xz>2026-05-20', '<xz>20260520').replace('<xz>测试员乙</xz>', '<xz/>'))
    const { request } = taxGt3.inbound.decode(wire)
    expect((request as VerifyDataRequest).claims).toEqual({
      holderName: '',
      validTo: '2026-05-20',
      GANGWEI: '企业主要负责人',
    })
  })
  test('a small x of a citizen id is raised', () => {
    const { request } = taxGt3.inbound.decode(changed('11010519491231002X', '11010519491231002x', search))
    expect(request).toMatchObject({ holder: { code: '11010519491231002X' } })
  })
})

test('what XML cannot carry is refused when asking', async () => {
  const { request } = taxGt3.inbound.decode(golden)
  const asked = { ...(request as VerifyDataRequest), claims: { holderName: 'a\u0001' } }
  await expect(taxGt3.outbound.encode(asked, '', taxContext())).rejects.toThrow('[REQUEST_INVALID]')
})
