import { randomBytes } from 'node:crypto'
import type { DialectName } from '../src/adapters/adapter.js'
import { DEEP, OVER_LIMIT, type Row, type RowBed, type RowOptions, replayed } from './bad-input-rows.js'
import { issues, secretsOf, UNKNOWN_TYPE, UNLISTED_TYPE, unknownIssuer } from './gateway-bed.js'
import { person } from './issuer-replies.js'
import {
  type HeadDataOptions,
  headDataRequest,
  type NationalOptions,
  nationalRequest,
  type TaxOptions,
  taxEnvelope,
  taxRequest,
} from './native-askers.js'
import type { RawRequest } from './raw-http.js'
import { type Conduct, licenceOf } from './test-issuer.js'

const good = () => licenceOf(issues.canonical.type, issues.canonical.issuer)
type Made = RawRequest | Buffer | Promise<RawRequest | Buffer>

interface Kind<O> {
  readonly form: Exclude<DialectName, 'canonical'>
  /** The request of an asker whose credentials are right, but for what is overridden. */
  make(bed: RowBed, options: Partial<O>): Buffer
}

export const national: Kind<NationalOptions> = {
  form: 'gjzwfwpt',
  make({ trust }, options) {
    const { account, token } = secretsOf(trust, 'mca')
    return nationalRequest({ rid: account, appsecret: token, licenceId: good(), ...options })
  },
}

export const headData: Kind<HeadDataOptions> = {
  form: 'head-data-sm2',
  make({ trust }, options) {
    const { account, token } = secretsOf(trust, 'fujian')
    return headDataRequest({ accessId: account, accessToken: token, licenceId: good(), ...options })
  },
}

export const tax: Kind<TaxOptions> = {
  form: 'tax-gt3',
  make({ trust }, options) {
    const { account, token } = secretsOf(trust, 'shenzhen-tax')
    return taxRequest({ channelId: account, secret: token, licenceId: good(), ...options })
  },
}

function rowOf<O>({ form, make }: Kind<O>) {
  return (
    name: string,
    code: string,
    options: Partial<O> | ((bed: RowBed) => Partial<O>),
    more: RowOptions = {},
  ): Row => ({
    name: `${form}: ${name}`,
    form,
    // These dialects tell of failure in the body.
    status: 200,
    code,
    cheap: true,
    ...more,
    request: (bed) => make(bed, typeof options === 'function' ? options(bed) : options),
  })
}

/** A row that makes its bytes itself. */
function rawRow<O>(
  { form }: Kind<O>,
  name: string,
  code: string,
  request: (bed: RowBed) => Made,
  more: RowOptions = {},
): Row {
  return { name: `${form}: ${name}`, form, status: 200, code, cheap: true, ...more, request }
}

const conducts: readonly Conduct[] = ['reset', 'garbage', 'truncated', 'other-licence', 'status-500']

/** What every dialect must answer alike. */
function common<O extends { licenceId?: string }>(kind: Kind<O>): readonly Row[] {
  const row = rowOf(kind)
  const about = (licenceId: string) => ({ licenceId }) as Partial<O>
  const { type, issuer } = issues.canonical
  const cut = (bed: RowBed) => ({ bytes: kind.make(bed, {}).subarray(0, -10), halfClose: true })
  return [
    row('a good question', 'VALID', {}),
    row('an identifier that is none', 'LICENCE_ID_MALFORMED', about('none')),
    row('a wrong check character', 'LICENCE_ID_CHECK_FAILED', about(WRONG_CHECK)),
    row(
      'an underscore in an identifier',
      'LICENCE_ID_CHARACTER_REFUSED',
      about(`1.2.156.3005.2.${type}.${issuer}.0624_001.001.U`),
    ),
    row('an unknown issuer', 'ISSUER_UNKNOWN', () => about(licenceOf(type, unknownIssuer))),
    row('an unknown type', 'TYPE_UNKNOWN', () => about(licenceOf(UNKNOWN_TYPE, issuer))),
    row('an unlisted type', 'TYPE_NOT_LISTED', () => about(licenceOf(UNLISTED_TYPE, issuer))),
    row('an unknown item', 'ITEM_UNKNOWN', { itemCode: 'X-1' } as unknown as Partial<O>),
    row('no purpose', 'PURPOSE_MISSING', { withoutPurpose: true } as unknown as Partial<O>),
    row('another content type', 'CONTENT_TYPE_UNSUPPORTED', {
      headers: { 'content-type': 'text/plain' },
    } as unknown as Partial<O>),
    row('an unknown endpoint', 'ENDPOINT_UNKNOWN', { path: '/elsewhere' } as unknown as Partial<O>),
    row('another method', 'METHOD_NOT_ALLOWED', { method: 'PUT' } as unknown as Partial<O>),
    row('a body over the limit', 'BODY_TOO_LARGE', { body: Buffer.alloc(OVER_LIMIT, 0x20) } as unknown as Partial<O>, {
      cheap: false,
    }),
    rawRow(kind, 'a body that is cut off', 'BODY_TRUNCATED', cut),
    ...Object.values(issues).flatMap((issue) =>
      conducts.map((conduct) =>
        row(`an issuer of ${issue.issuer}: ${conduct}`, 'ISSUER_UNREACHABLE', () =>
          about(licenceOf(issue.type, issue.issuer, conduct)),
        ),
      ),
    ),
    row('an issuer that refuses us', 'NOT_AUTHORISED', () =>
      about(licenceOf(issues['tax-gt3'].type, issues['tax-gt3'].issuer, 'error-inside')),
    ),
    row('an issuer that fails', 'ISSUER_UNREACHABLE', () =>
      about(licenceOf(issues.gjzwfwpt.type, issues.gjzwfwpt.issuer, 'error-inside')),
    ),
    row('an issuer that seals for somebody else', 'ISSUER_UNREACHABLE', () =>
      about(licenceOf(issues['head-data-sm2'].type, issues['head-data-sm2'].issuer, 'wrong-key')),
    ),
  ]
}

const WRONG_CHECK = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.V'

const json = <O extends { body?: Buffer | string; headers?: Readonly<Record<string, string | number>> }>(
  kind: Kind<O>,
): readonly Row[] => {
  const row = rowOf(kind)
  const body = (text: string | Buffer) => ({ body: text }) as Partial<O>
  return [
    row('no JSON', 'JSON_MALFORMED', body('{')),
    row('a duplicate key', 'JSON_DUPLICATE_KEY', body('{"head":{},"head":{}}')),
    row('__proto__', 'JSON_FORBIDDEN_KEY', body('{"__proto__":{}}')),
    row('__proto__ in escapes', 'JSON_FORBIDDEN_KEY', body('{"data":{"__pr\\u006fto__":{}}}')),
    row('arrays nested 100,000 deep', 'JSON_TOO_DEEP', body('['.repeat(DEEP) + ']'.repeat(DEEP))),
    row('bytes that are no UTF-8', 'CHARSET_MISMATCH', body(Buffer.from('{"a":"\xd6\xa4\xd5\xd5"}', 'latin1'))),
    row('another charset', 'CONTENT_TYPE_UNSUPPORTED', {
      headers: { 'content-type': 'application/json;charset=GBK' },
    } as unknown as Partial<O>),
  ]
}

const nationalRow = rowOf(national)
const nationalOwn: readonly Row[] = [
  nationalRow(
    'signed rid before sid',
    'SIGNATURE_INVALID',
    { order: ['rid', 'sid', 'rtime'] },
    { about: 'gjzwfwpt_sign' },
  ),
  nationalRow(
    'signed with another secret',
    'SIGNATURE_INVALID',
    { appsecret: 'hutong-test-other' },
    { about: 'gjzwfwpt_sign' },
  ),
  nationalRow('an empty sign', 'SIGNATURE_INVALID', { headers: { gjzwfwpt_sign: '' } }, { about: 'gjzwfwpt_sign' }),
  nationalRow('no sign', 'SIGNATURE_MISSING', { unsigned: true }, { about: 'gjzwfwpt_sign' }),
  nationalRow('a slow clock', 'TIMESTAMP_STALE', { clock: -302_000 }, { about: 'gjzwfwpt_rtime' }),
  nationalRow('a fast clock', 'TIMESTAMP_FUTURE', { clock: 310_000 }, { about: 'gjzwfwpt_rtime' }),
  nationalRow('the sid of another interface', 'CREDENTIAL_REFUSED', { sid: 's_demo_data' }, { about: 'gjzwfwpt_sid' }),
  nationalRow(
    'the rid of another system',
    'CALLER_UNKNOWN',
    { rid: 'hutong-test-national' },
    { about: 'gjzwfwpt_rid' },
  ),
  nationalRow(
    'a member that is mistyped',
    'REQUEST_INVALID',
    { more: { certificateholdernam: person.name } },
    {
      about: 'certificateholdernam',
    },
  ),
  rawRow(national, 'a replay', 'NONCE_REPLAYED', (bed) => replayed(bed, national.make(bed, {}))),
]

const headDataRow = rowOf(headData)
const headDataOwn: readonly Row[] = [
  headDataRow('a wrong token', 'CREDENTIAL_REFUSED', { accessToken: 'hutong-test-wrong' }),
  headDataRow('the token of another system', 'CREDENTIAL_REFUSED', ({ trust }) => ({
    accessToken: secretsOf(trust, 'shandong').token,
  })),
  headDataRow('a wrong account', 'CREDENTIAL_REFUSED', { accessId: 'hutong-test-shandong' }),
  headDataRow('no token', 'CREDENTIAL_REFUSED', { accessToken: '' }),
  headDataRow(
    'a member that is mistyped',
    'REQUEST_INVALID',
    { more: { certIdentifer: 'x' } },
    { about: 'certIdentifer' },
  ),
  headDataRow('a purpose in free text', 'PURPOSE_INVALID', { more: { useCause: '核验' } }, { about: 'useCause' }),
  headDataRow('an operation that is not offered', 'OPERATION_UNSUPPORTED', { path: '/downloadFile' }),
]

const taxRow = rowOf(tax)
const taxOwn: readonly Row[] = [
  taxRow('a wrong secret', 'CREDENTIAL_REFUSED', { secret: 'hutong-test-wrong' }),
  taxRow('no secret', 'CREDENTIAL_REFUSED', { secret: null }),
  taxRow('an empty secret', 'CREDENTIAL_REFUSED', { secret: '' }),
  taxRow(
    'the channel of another system',
    'CREDENTIAL_REFUSED',
    { channelId: 'hutong-test-tax' },
    { about: 'channel_id' },
  ),
  taxRow('a slow clock', 'TIMESTAMP_STALE', { clock: -302_000 }, { about: 'tran_date' }),
  taxRow('a fast clock', 'TIMESTAMP_FUTURE', { clock: 310_000 }, { about: 'tran_date' }),
  taxRow('no tran_seq', 'NONCE_MISSING', { tranSeq: '' }, { about: 'tran_seq' }),
  rawRow(tax, 'a replay', 'NONCE_REPLAYED', (bed) => replayed(bed, tax.make(bed, {}))),
  rawRow(tax, 'a tran_seq that is used again in capitals', 'NONCE_REPLAYED', async (bed) => {
    const tranSeq = `ab${randomBytes(15).toString('hex')}`
    await replayed(bed, tax.make(bed, { tranSeq }))
    return tax.make(bed, { tranSeq: tranSeq.toUpperCase() })
  }),
  taxRow('an operation that nobody knows', 'OPERATION_UNSUPPORTED', { tranId: 'SWZJ.HUTONG.DZZZ.XX' }),
  taxRow('a charset that is not supported', 'CHARSET_UNSUPPORTED', {
    headers: { 'content-type': 'text/xml; charset=ISO-8859-1' },
  }),
  taxRow('UTF-8 that is labelled GBK', 'CHARSET_MISMATCH', { headers: { 'content-type': 'text/xml; charset=GBK' } }),
  taxRow('two charsets', 'CHARSET_MISMATCH', (bed) => ({
    body: `<?xml version="1.0" encoding="GBK"?>${envelopeOf(bed)}`,
  })),
  taxRow('bytes that are no UTF-8', 'CHARSET_MISMATCH', { body: Buffer.from('<a>\xd6\xa4\xd5\xd5</a>', 'latin1') }),
  taxRow('JSON', 'CONTENT_TYPE_UNSUPPORTED', { headers: { 'content-type': 'application/json' }, body: '{}' }),
  taxRow('no XML', 'XML_MALFORMED', { body: 'hello' }),
  taxRow('an empty body', 'XML_MALFORMED', { body: '' }),
  taxRow('an element that is not closed', 'XML_MALFORMED', { body: '<a><b></a>' }),
  taxRow('two roots', 'XML_MALFORMED', (bed) => ({ body: envelopeOf(bed).repeat(2) })),
  taxRow('a DOCTYPE', 'XML_DOCTYPE_REFUSED', (bed) => ({
    body: `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${envelopeOf(bed)}`,
  })),
  taxRow('a DOCTYPE in the document inside', 'XML_DOCTYPE_REFUSED', { prologue: '<!DOCTYPE taxML>' }),
  taxRow('entities that grow', 'XML_DOCTYPE_REFUSED', { prologue: growing() }),
  taxRow('an entity that nobody declared', 'XML_MALFORMED', { body: '<a>&x;</a>' }),
  taxRow('a processing instruction', 'XML_MALFORMED', { prologue: '<?php phpinfo() ?>' }),
  taxRow('elements nested 100,000 deep', 'XML_TOO_DEEP', { body: '<a>'.repeat(DEEP) }),
  taxRow('elements nested 100,000 deep in the document inside', 'XML_TOO_DEEP', { payload: '<a>'.repeat(DEEP) }),
  taxRow('more attributes than anybody needs', 'MESSAGE_TOO_COMPLEX', {
    body: `<a ${Array.from({ length: 1_000 }, (_, nth) => `b${nth}="c"`).join(' ')}/>`,
  }),
  taxRow('no envelope', 'REQUEST_INVALID', { body: '<a/>' }, { about: 'service' }),
]

function envelopeOf({ trust }: RowBed): string {
  const { account, token } = secretsOf(trust, 'shenzhen-tax')
  return taxEnvelope({ channelId: account, secret: token, licenceId: good() })
}

/** A billion laughs. */
function growing(): string {
  const names = [...'abcdefghij']
  const entities = names.map(
    (name, nth) => `<!ENTITY ${name} "${nth === 0 ? 'ha' : `&${names[nth - 1]};`.repeat(10)}">`,
  )
  return `<!DOCTYPE taxML [${entities.join('')}]>`
}

export const nativeRows: readonly Row[] = [
  ...common(national),
  ...json(national),
  ...nationalOwn,
  ...common(headData),
  ...json(headData),
  ...headDataOwn,
  ...common(tax),
  ...taxOwn,
]
