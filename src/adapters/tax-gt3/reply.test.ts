import { describe, expect, test } from 'vitest'
import { taxContext, taxReply, taxRequest } from '../../../test/tax-golden.js'
import { HubError } from '../../canonical/errors.js'
import type { IssuerAnswer } from '../../canonical/model.js'
import type { WireReply } from '../adapter.js'
import { encodeText } from '../wire/charset.js'
import { taxGt3 } from './index.js'

type Name = 'verify-data' | 'get-data' | 'search'

function decode(reply: WireReply, name: Name): Promise<IssuerAnswer> {
  const sent = taxRequest(name)
  const { request } = taxGt3.inbound.decode(sent)
  return taxGt3.outbound.decode(reply, sent, request, taxContext()).then(({ value }) => value)
}

async function outcome(reply: WireReply, name: Name = 'verify-data'): Promise<string> {
  try {
    const answer = await decode(reply, name)
    return answer.operation === 'verifyData' ? `${answer.finding.existence} ${answer.finding.lifecycle.state}` : 'read'
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown
    return thrown.subject === undefined ? thrown.code : `${thrown.code} ${thrown.subject}`
  }
}

function changed(golden: WireReply, from: string | RegExp, to: string): WireReply {
  const text = Buffer.from(golden.body).toString()
  const body = text.replace(from, () => to)
  if (body === text) throw new Error(`nothing to change: ${from}`)
  return { ...golden, body: Buffer.from(body) }
}

const issuerReply = taxReply('verify-data.issuer-')
const notFound = taxReply('verify-data.not-found.issuer-')
const gatewayReply = taxReply('verify-data.')
const html = { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') }
const fault =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>' +
  '<faultstring>BEA-380001</faultstring></s:Fault></s:Body></s:Envelope>'
const faultReply = { status: 500, headers: { 'content-type': 'text/xml' }, body: Buffer.from(fault) }
const failed = taxReply('access-error.issuer-')

describe('replies that are not the dialect’s', () => {
  test.each<[name: string, reply: WireReply, expected: string]>([
    ['a page', html, 'REPLY_MALFORMED'],
    ['a page with 401', { ...html, status: 401 }, 'ISSUER_REFUSED'],
    ['a page with 403', { ...html, status: 403 }, 'ISSUER_REFUSED'],
    ['a page with 404', { ...html, status: 404 }, 'ISSUER_FAILED'],
    ['a page with 429', { ...html, status: 429 }, 'ISSUER_BUSY'],
    ['a page with 503', { ...html, status: 503 }, 'ISSUER_UNREACHABLE'],
    ['a page with 504', { ...html, status: 504 }, 'ISSUER_TIMEOUT'],
    ['a SOAP fault', faultReply, 'ISSUER_FAILED'],
    ['a SOAP fault with 200', { ...faultReply, status: 200 }, 'ISSUER_FAILED'],
    ['rubbish', { ...issuerReply, body: Buffer.from('<a') }, 'REPLY_MALFORMED XML_MALFORMED'],
    ['rubbish with 503', { ...issuerReply, status: 503, body: Buffer.from('<a') }, 'ISSUER_UNREACHABLE'],
    ['nothing', { ...issuerReply, body: Buffer.alloc(0) }, 'REPLY_MALFORMED XML_MALFORMED'],
    ['a DOCTYPE', changed(issuerReply, '<taxML', '<!DOCTYPE a><taxML'), 'REPLY_MALFORMED XML_DOCTYPE_REFUSED'],
    ['a payload cut off', changed(issuerReply, '</taxML>', ''), 'REPLY_MALFORMED XML_MALFORMED'],
    [
      'another charset',
      { ...issuerReply, headers: { 'content-type': 'text/xml; charset=big5' } },
      'REPLY_MALFORMED CHARSET_UNSUPPORTED',
    ],
    [
      'GBK that says UTF-8',
      { ...issuerReply, body: encodeText(Buffer.from(issuerReply.body).toString(), 'gb18030') },
      'REPLY_MALFORMED CHARSET_MISMATCH',
    ],
    ['no rtn_code', changed(issuerReply, '<rtn_code>0</rtn_code>', ''), 'REPLY_MALFORMED rtn_code'],
    [
      'two rtn_codes',
      changed(issuerReply, '<rtn_code>0', '<rtn_code>9</rtn_code><rtn_code>0'),
      'REPLY_MALFORMED rtn_code',
    ],
    ['two rtn_msgs', changed(issuerReply, '<rtn_msg>', '<rtn_msg/><rtn_msg>'), 'REPLY_MALFORMED rtn_msg'],
    ['rtn_code 0 without Code', changed(issuerReply, '<Code>000</Code>', ''), 'ISSUER_FAILED'],
    ['rtn_code 0 and another Code', changed(issuerReply, '<Code>000', '<Code>012'), 'ISSUER_REFUSED'],
    ['rtn_code 9 and Code 000', changed(issuerReply, '<rtn_code>0', '<rtn_code>9'), 'ISSUER_REFUSED'],
    ['success with 500', { ...issuerReply, status: 500 }, 'REPLY_MALFORMED status'],
    ['a failure with 500', { ...failed, status: 500 }, 'REPLY_MISMATCH tran_seq'],
    ['success without a payload', changed(issuerReply, /<body>.*<\/body>/, '<body/>'), 'REPLY_MALFORMED body'],
    [
      'the reply to another operation',
      changed(issuerReply, 'xmlbh="HTDZZZHYFH"', 'xmlbh="HTDZZZCXFH"'),
      'REPLY_MALFORMED xmlbh',
    ],
  ])('%s', async (_, reply, expected) => {
    expect(await outcome(reply)).toBe(expected)
  })
  test('a failure is believed whatever its status', async () => {
    expect(await outcome({ ...failed, status: 500 }, 'get-data')).toBe('ISSUER_REFUSED')
  })
  test('GBK is read', async () => {
    const text = Buffer.from(taxReply('get-data.').body).toString().replace('encoding="UTF-8"', 'encoding="GBK"')
    const reply = { status: 200, headers: { 'content-type': 'text/xml' }, body: encodeText(text, 'gb18030') }
    expect(await decode(reply, 'get-data')).toMatchObject({ licence: { issuer: { name: '湖南省住房和城乡建设厅' } } })
  })
})

const STATUS = '<zzzt>01</zzzt>'
describe('what an issuing system says', () => {
  test.each<[name: string, reply: WireReply, expected: string]>([
    ['in force', issuerReply, 'found valid'],
    ['revoked', changed(issuerReply, STATUS, '<zzzt>07</zzzt>'), 'found revoked'],
    ['a status nobody knows', changed(issuerReply, STATUS, '<zzzt>有效</zzzt>'), 'found unknown'],
    ['no status', changed(issuerReply, STATUS, ''), 'REPLY_MALFORMED zzzt'],
    ['no word whether it exists', changed(issuerReply, '<sfcz>Y</sfcz>', ''), 'REPLY_MALFORMED sfcz'],
    ['another word', changed(issuerReply, '<sfcz>Y', '<sfcz>1'), 'REPLY_MALFORMED sfcz'],
    ['not found', notFound, 'not-found unknown'],
    ['another licence', changed(issuerReply, '.001.U', '.002.S'), 'REPLY_MISMATCH zzbs'],
    ['no licence', changed(issuerReply, /<zzbs>.*<\/zzbs>/, ''), 'REPLY_MALFORMED zzbs'],
    ['a date that does not exist', changed(issuerReply, '20260520', '20260230'), 'REPLY_MALFORMED zzyxqjzrq'],
    ['an end that is no date', changed(issuerReply, '20260520', '3Y'), 'REPLY_MALFORMED zzyxqjzrq'],
    ['a result nobody knows', changed(issuerReply, '<jg>N', '<jg>X'), 'REPLY_MALFORMED jg'],
    ['a result twice', changed(issuerReply, '<xmc>czzt<', '<xmc>KZ_GANGWEI<'), 'REPLY_MALFORMED hyx'],
    ['a result for nobody knows what', changed(issuerReply, '<xmc>czzt<', '<xmc>xm<'), 'REPLY_MALFORMED KZ_'],
    ['a pledge nobody can read', changed(issuerReply, STATUS, `${STATUS}<zyzt>?</zyzt>`), 'REPLY_MALFORMED zyzt'],
    ['elements of its own', changed(issuerReply, STATUS, `${STATUS}<bz>x</bz>`), 'found valid'],
  ])('%s', async (_, reply, expected) => {
    expect(await outcome(reply)).toBe(expected)
  })
  test('open-ended, mortgaged and pledged, and that something differs', async () => {
    const flags = `${STATUS}<dyzt>Y</dyzt><zyzt>Y</zyzt><xxbf>Y</xxbf>`
    const reply = changed(changed(issuerReply, STATUS, flags), '20260520', '长期')
    expect(await decode(reply, 'verify-data')).toMatchObject({
      finding: { lifecycle: { encumbrances: ['mortgaged', 'pledged'] }, validTo: null, mismatch: true },
    })
  })
})

describe('what a gateway says with its verdict', () => {
  const said = (code: string, verdict: string, rest = '<sfcz>Y</sfcz><zzzt>01</zzzt>') =>
    changed(notFound, '<sfcz>N</sfcz>', `<hydm>${code}</hydm><hyjl>${verdict}</hyjl>${rest}`)
  const differs = '<hyx><xmc>czzt</xmc><jg>N</jg></hyx>'
  test.each<[name: string, reply: WireReply, expected: string]>([
    ['suspended', gatewayReply, 'found suspended'],
    ['valid', said('VALID', 'VALID'), 'found valid'],
    ['valid, and the opposite', said('VALID', 'INVALID'), 'REPLY_MALFORMED hyjl'],
    ['valid without a verdict', said('VALID', ''), 'REPLY_MALFORMED hyjl'],
    ['a verdict without its code', said('', 'VALID'), 'REPLY_MALFORMED hydm'],
    ['valid, and suspended', said('VALID', 'VALID', '<sfcz>Y</sfcz><zzzt>02</zzzt>'), 'REPLY_MALFORMED zzzt'],
    ['valid, and nothing of the status', said('VALID', 'VALID', '<sfcz>Y</sfcz>'), 'REPLY_MALFORMED zzzt'],
    ['valid, and not found', said('VALID', 'VALID', '<sfcz>N</sfcz>'), 'REPLY_MALFORMED sfcz'],
    [
      'valid, and a detail that differs',
      said('VALID', 'VALID', `<sfcz>Y</sfcz><zzzt>01</zzzt>${differs}`),
      'REPLY_MALFORMED hydm',
    ],
    ['revoked, and in force', said('REVOKED', 'INVALID'), 'REPLY_MALFORMED zzzt'],
    ['revoked, the status not mapped', said('REVOKED', 'INVALID', '<sfcz>Y</sfcz><zzzt>99</zzzt>'), 'found revoked'],
    ['expired, the status still in force', said('EXPIRED', 'INVALID'), 'found expired'],
    [
      'revoked, and a detail that differs',
      said('REVOKED', 'INVALID', `<sfcz>Y</sfcz><zzzt>07</zzzt>${differs}`),
      'found revoked',
    ],
    ['a mismatch', said('MISMATCH', 'INVALID'), 'found valid'],
    [
      'a mismatch of what is revoked',
      said('MISMATCH', 'INVALID', '<sfcz>Y</sfcz><zzzt>07</zzzt>'),
      'REPLY_MALFORMED hydm',
    ],
    ['a state that nobody knows', said('STATUS_UNKNOWN', 'UNDETERMINED', '<sfcz>Y</sfcz>'), 'found unknown'],
    ['not found', said('NOT_FOUND', 'INVALID', '<sfcz>N</sfcz>'), 'not-found unknown'],
    ['not found, and there', said('NOT_FOUND', 'INVALID', '<sfcz>Y</sfcz>'), 'REPLY_MALFORMED sfcz'],
    ['unreachable', said('ISSUER_UNREACHABLE', 'UNDETERMINED', ''), 'ISSUER_UNREACHABLE'],
    ['unknown issuer', said('ISSUER_UNKNOWN', 'UNDETERMINED', ''), 'ISSUER_UNKNOWN'],
    ['unsupported', said('UNSUPPORTED', 'UNDETERMINED', ''), 'OPERATION_UNSUPPORTED'],
    ['not authorised', said('NOT_AUTHORISED', 'UNDETERMINED', ''), 'LICENCE_WITHHELD'],
    ['a verdict that nobody can have', said('SEAL_INVALID', 'INVALID'), 'REPLY_MALFORMED hydm'],
    ['a code nobody knows', said('FINE', 'VALID'), 'REPLY_MALFORMED hydm'],
  ])('%s', async (_, reply, expected) => {
    expect(await outcome(reply)).toBe(expected)
  })
  test('a mismatch that names nothing still is one', async () => {
    expect(await decode(said('MISMATCH', 'INVALID'), 'verify-data')).toMatchObject({ finding: { mismatch: true } })
  })
})

const data = taxReply('get-data.')
const hits = taxReply('search.')
describe('licences and hits', () => {
  test.each<[name: string, reply: WireReply, name_: Name, expected: string]>([
    ['as they should be', data, 'get-data', 'read'],
    ['another licence', changed(data, '.001.U', '.002.S'), 'get-data', 'REPLY_MISMATCH zzbs'],
    ['a broken identifier', changed(data, '.001.U', '.001.V'), 'get-data', 'REPLY_MALFORMED zzbs'],
    ['two licences', changed(data, '<zz>', '<zz/><zz>'), 'get-data', 'REPLY_MALFORMED zz'],
    ['no licence', changed(data, /<zz>.*<\/zz>/, ''), 'get-data', 'REPLY_MALFORMED zz'],
    ['no type', changed(data, /<zzlxdm>.*<\/zzlxdm>/, ''), 'get-data', 'REPLY_MALFORMED zzlxdm'],
    ['no issuer', changed(data, /<zzbfjgdm>.*<\/zzbfjgdm>/, ''), 'get-data', 'REPLY_MALFORMED zzbfjgdm'],
    [
      'a holder without a code',
      changed(data, '<czztdm>11010519491231002X</czztdm>', ''),
      'get-data',
      'REPLY_MALFORMED czztdm',
    ],
    ['a face field twice', changed(data, 'KZ_BEIZHU', 'KZ_GANGWEI'), 'get-data', 'REPLY_MALFORMED kz'],
    ['a face field without prefix', changed(data, 'KZ_BEIZHU', 'BEIZHU'), 'get-data', 'REPLY_MALFORMED KZ_'],
    [
      'a start that is no date',
      changed(data, '<zzyxqqsrq>2023-05-21', '<zzyxqqsrq>长期'),
      'get-data',
      'REPLY_MALFORMED zzyxqqsrq',
    ],
    ['hits', hits, 'search', 'read'],
    ['no hits', changed(hits, /<zz>.*<\/zz>/, ''), 'search', 'read'],
    [
      'a hit of another type',
      changed(hits, '<zzlxdm>11100000000013338W011', '<zzlxdm>11100000000013338W032'),
      'search',
      'REPLY_MISMATCH zzlxdm',
    ],
    ['a hit without an identifier', changed(hits, /<zzbs>[^<]*\.001\.U<\/zzbs>/, ''), 'search', 'REPLY_MALFORMED zzbs'],
  ])('%s', async (_, reply, name, expected) => {
    expect(await outcome(reply, name)).toBe(expected)
  })
})
