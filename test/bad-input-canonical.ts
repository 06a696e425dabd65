import { randomBytes } from 'node:crypto'
import { canonicalBytes, DEEP, type Row, type RowBed, type RowOptions, replayed } from './bad-input-rows.js'
import { type AskOptions, purpose } from './canonical-asker.js'
import { downIssuer, issues, lateIssuer, UNKNOWN_TYPE, UNLISTED_TYPE, unknownIssuer } from './gateway-bed.js'
import { person } from './issuer-replies.js'
import { type Conduct, licenceOf } from './test-issuer.js'

const { type, issuer } = issues.canonical
const good = () => licenceOf(type, issuer)

function row(
  name: string,
  status: number,
  code: string,
  ask: (bed: RowBed) => AskOptions | Promise<AskOptions>,
  options: RowOptions = {},
): Row {
  const request = async (bed: RowBed) => canonicalBytes(bed.canonical, await ask(bed))
  return { name: `canonical: ${name}`, form: 'canonical', status, code, cheap: true, ...options, request }
}

/** A verification by this text. */
const verify = (licenceId: unknown, more: object = {}): AskOptions => ({
  body: JSON.stringify({ licenceId, purpose: purpose(), ...more }),
})
const text = (body: string | Buffer, options: Partial<AskOptions> = {}): AskOptions => ({ ...options, body })
const bent = (options: Partial<AskOptions>): AskOptions => ({ ...verify(good()), ...options })
const getData = (licenceId: string): AskOptions => ({ ...verify(licenceId), path: '/v1/getData' })

const identifiers: readonly Row[] = [
  row('an identifier that is none', 400, 'LICENCE_ID_MALFORMED', () => verify('not-an-identifier'), {
    about: 'licenceId',
  }),
  row('an identifier that is no text', 400, 'LICENCE_ID_MALFORMED', () => verify(42), { about: 'licenceId' }),
  row('no identifier', 400, 'LICENCE_ID_MALFORMED', () => verify(undefined), { about: 'licenceId' }),
  row(
    'an identifier with the check character of a deployed product, which is accepted',
    200,
    'VALID',
    () => verify('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.T'),
    { about: null },
  ),
  row(
    'a wrong check character',
    400,
    'LICENCE_ID_CHECK_FAILED',
    () => verify('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.V'),
    { about: 'licenceId' },
  ),
  row(
    'an underscore in an identifier',
    400,
    'LICENCE_ID_CHARACTER_REFUSED',
    () => verify('1.2.156.3005.2.11100000000013338W011.11430000006122244L.0624_001.001.U'),
    { about: 'licenceId' },
  ),
]

const policy: readonly Row[] = [
  row('an unknown issuer', 200, 'ISSUER_UNKNOWN', () => verify(licenceOf(type, unknownIssuer)), {
    about: 'ISSUER_UNKNOWN',
  }),
  row('data of an unknown issuer', 404, 'ISSUER_UNKNOWN', () => getData(licenceOf(type, unknownIssuer)), {
    tried: [/^vertical: /, new RegExp(`^issuer: ${unknownIssuer}$`), /^alias: 660000$/],
  }),
  row('a type that no registry has', 400, 'TYPE_UNKNOWN', () => verify(licenceOf(UNKNOWN_TYPE, issuer)), {
    about: 'typeCode',
  }),
  row('a type that the item may not use', 403, 'TYPE_NOT_LISTED', () => verify(licenceOf(UNLISTED_TYPE, issuer)), {
    about: 'typeCode',
  }),
  row(
    'an item that is in no list',
    403,
    'ITEM_UNKNOWN',
    () => verify(good(), { purpose: purpose({ itemCode: 'X-1' }) }),
    {
      about: 'purpose.itemCode',
    },
  ),
  row(
    'a category that is in no list',
    403,
    'ITEM_UNKNOWN',
    () => verify(good(), { purpose: purpose({ category: 'hotel' }) }),
    {
      about: 'purpose.category',
    },
  ),
  row('no purpose', 403, 'PURPOSE_MISSING', () => verify(good(), { purpose: undefined }), { about: null }),
  row(
    'a purpose without a case',
    403,
    'PURPOSE_INVALID',
    () => verify(good(), { purpose: purpose({ caseNumber: null }) }),
    {
      about: 'purpose.caseNumber',
    },
  ),
  row('a purpose of blanks', 403, 'PURPOSE_INVALID', () => verify(good(), { purpose: purpose({ reason: '  ' }) }), {
    about: 'purpose.reason',
  }),
  row(
    'a purpose that only a gateway gives',
    403,
    'PURPOSE_INVALID',
    () => verify(good(), { purpose: purpose({ category: 'public' }) }),
    {
      about: 'purpose.category',
    },
  ),
  row('a search that names nobody to ask', 400, 'ISSUER_REQUIRED', () => search({}), { about: null }),
  row(
    'a citizen id with a wrong check character',
    400,
    'HOLDER_CODE_MALFORMED',
    () => search({ holder: { typeCode: '111', code: '110105194912310021' } }),
    {
      about: 'holder.code',
    },
  ),
  {
    ...row(
      'a second holder in one case',
      403,
      'CASE_SCOPE_EXCEEDED',
      async (bed) => {
        const same = purpose()
        await bed.canonical.ask(search({ purpose: same, division: '430000' }))
        const holder = { typeCode: '111', code: '990001199001010013', name: '测试员丙' }
        return search({ purpose: same, division: '430000', holder })
      },
      { about: 'purpose.caseNumber' },
    ),
  },
]

function search(more: object): AskOptions {
  const holder = { typeCode: '111', ...person }
  return { path: '/v1/search', body: JSON.stringify({ holder, purpose: purpose(), typeCode: type, ...more }) }
}

const nested = (open: string, close: string) => `{"claims":${open.repeat(DEEP)}${close.repeat(DEEP)}}`

const texts: readonly Row[] = [
  row('no JSON', 400, 'JSON_MALFORMED', () => text('{"licenceId":')),
  row('an empty body', 400, 'JSON_MALFORMED', () => text('')),
  row('no object', 400, 'REQUEST_INVALID', () => text('[]'), { about: 'body' }),
  row('an unknown member', 400, 'REQUEST_INVALID', () => verify(good(), { licenseId: '' }), { about: 'licenseId' }),
  row('a duplicate key', 400, 'JSON_DUPLICATE_KEY', () => text('{"licenceId":"a","licenceId":"b"}')),
  row('a key that is duplicate once unescaped', 400, 'JSON_DUPLICATE_KEY', () =>
    text('{"trace":"a","tr\\u0061ce":"b"}'),
  ),
  row('__proto__', 400, 'JSON_FORBIDDEN_KEY', () => text('{"__proto__":{"licenceId":"a"}}')),
  row('__proto__ in escapes', 400, 'JSON_FORBIDDEN_KEY', () => text('{"\\u005f_pr\\u006fto__":{"licenceId":"a"}}')),
  row('__proto__ among the claims', 400, 'JSON_FORBIDDEN_KEY', () => text('{"claims":{"__proto__":"a"}}')),
  row('arrays nested 100,000 deep', 400, 'JSON_TOO_DEEP', () => text(nested('[', ']'))),
  row('objects nested 100,000 deep', 400, 'JSON_TOO_DEEP', () =>
    text(nested('{"a":', '').replace(/$/, '}'.repeat(DEEP))),
  ),
  row('a lone surrogate', 400, 'JSON_MALFORMED', () => verify(good(), { claims: { name: '\ud800' } })),
  row('another content type', 415, 'CONTENT_TYPE_UNSUPPORTED', () =>
    bent({ headers: { 'content-type': 'text/plain' } }),
  ),
  row('a content type that is none', 415, 'CONTENT_TYPE_UNSUPPORTED', () =>
    bent({ headers: { 'content-type': 'json' } }),
  ),
  row('another charset', 415, 'CONTENT_TYPE_UNSUPPORTED', () =>
    bent({ headers: { 'content-type': 'application/json; charset=gbk' } }),
  ),
  row('a content encoding', 415, 'CONTENT_TYPE_UNSUPPORTED', () => bent({ headers: { 'content-encoding': 'gzip' } })),
  row('bytes that are no UTF-8', 400, 'CHARSET_MISMATCH', () =>
    text(Buffer.from('{"trace":"\xd6\xa4\xd5\xd5"}', 'latin1')),
  ),
  row('a query', 400, 'REQUEST_INVALID', () => bent({ path: '/v1/verifyData?x=1' }), { about: 'query' }),
  row('an operation that is not offered', 501, 'OPERATION_UNSUPPORTED', () => bent({ path: '/v1/getFile' }), {
    about: 'getFile',
  }),
  row('an unknown endpoint', 404, 'ENDPOINT_UNKNOWN', () => bent({ path: '/v1/verifydata' })),
  row('an unknown endpoint of a spoke', 404, 'ENDPOINT_UNKNOWN', () => bent({ path: '/in/guangdong/v2/verifyData' })),
]

const signatures: readonly Row[] = [
  row('a signature with one bit turned', 401, 'SIGNATURE_INVALID', () => bent({ bend: 'flip' }), {
    about: 'signature',
  }),
  row('no signature', 401, 'SIGNATURE_MISSING', () => bent({ unsigned: true })),
  row('half a signature', 401, 'SIGNATURE_MISSING', () => bent({ bend: 'drop' })),
  row('a key that is not the caller’s own', 401, 'SIGNATURE_INVALID', () => bent({ bend: 'foreign-key' }), {
    about: 'signature',
  }),
  row('an unknown key id', 401, 'KEY_UNKNOWN', () => bent({ keyId: 'guangdong-9' })),
  row('a key id of the gateway’s own', 401, 'KEY_UNKNOWN', () => bent({ keyId: 'hutong-demo-sign-1' })),
  row('a key id of another spoke', 401, 'KEY_UNKNOWN', () =>
    bent({ path: '/in/guangdong/v1/verifyData', keyId: 'hunan-1' }),
  ),
  row('an empty user id', 401, 'SIGNATURE_INVALID', () => bent({ bend: 'empty-id' }), { about: 'signature' }),
  row('a signature for another path', 401, 'SIGNATURE_INVALID', () => bent({ bend: 'other-path' }), {
    about: 'signature',
  }),
  row('a digest of another body', 401, 'DIGEST_MISMATCH', () => bent({ bend: 'other-body' })),
  row('no nonce', 401, 'NONCE_MISSING', () => bent({ nonce: null }), { about: 'nonce' }),
  row('a nonce that is too short', 401, 'SIGNATURE_INVALID', () => bent({ nonce: 'abc' }), { about: 'nonce' }),
  row('a clock that is slow', 401, 'TIMESTAMP_STALE', () => bent({ clock: -302_000 }), { about: 'created' }),
  row('a clock that is fast', 401, 'TIMESTAMP_FUTURE', () => bent({ clock: 310_000 }), { about: 'created' }),
  {
    ...row('a replay', 409, 'NONCE_REPLAYED', () => bent({})),
    request: async (bed) => replayed(bed, await canonicalBytes(bed.canonical, verify(good()))),
  },
  {
    ...row('a nonce that was used for another question', 409, 'NONCE_REPLAYED', async ({ canonical }) => {
      const nonce = randomBytes(16).toString('hex')
      await canonical.ask({ ...verify(good()), nonce })
      return { ...verify(good()), nonce }
    }),
  },
]

const hops: readonly Row[] = [
  row(
    'a question that has passed us before',
    508,
    'ROUTE_LOOP',
    () => verify(good(), { hops: ['gateway-a', 'hutong-demo'] }),
    {
      about: null,
    },
  ),
  row('a question that has passed eight gateways', 508, 'TOO_MANY_HOPS', () => verify(good(), { hops: eight() })),
  row('a question that has passed nine', 508, 'TOO_MANY_HOPS', () => verify(good(), { hops: [...eight(), 'g-9'] })),
  row('a hop that is no name', 400, 'REQUEST_INVALID', () => verify(good(), { hops: ['GATEWAY'] }), { about: 'hops' }),
  row('a deadline that has passed', 200, 'ISSUER_UNREACHABLE', () => verify(good(), { deadline: Date.now() - 1 }), {
    about: 'DEADLINE_EXCEEDED',
  }),
]

function eight(): readonly string[] {
  return Array.from({ length: 8 }, (_, nth) => `g-${nth}`)
}

/** What comes of each conduct of the canonical issuing system: the reason of the verdict, and the error of getData. */
const outages: readonly (readonly [Conduct, string, number])[] = [
  ['reset', 'ISSUER_UNREACHABLE', 503],
  ['garbage', 'REPLY_MALFORMED', 502],
  ['error-inside', 'REPLY_MALFORMED', 502],
  ['wrong-key', 'REPLY_SIGNATURE_INVALID', 502],
  ['stale', 'REPLY_STALE', 502],
  ['other-licence', 'REPLY_MISMATCH', 502],
  ['truncated', 'ISSUER_UNREACHABLE', 503],
  ['status-500', 'REPLY_SIGNATURE_INVALID', 502],
  ['status-503', 'ISSUER_UNREACHABLE', 503],
]

const issuing: readonly Row[] = [
  ...outages.flatMap(([conduct, reason, status]) => [
    row(
      `verifying at an issuer: ${conduct}`,
      200,
      'ISSUER_UNREACHABLE',
      () => verify(licenceOf(type, issuer, conduct)),
      { about: reason },
    ),
    row(`data of an issuer: ${conduct}`, status, reason, () => getData(licenceOf(type, issuer, conduct))),
  ]),
  row('verifying at an issuer that is down', 200, 'ISSUER_UNREACHABLE', () => verify(licenceOf(type, downIssuer)), {
    about: 'ISSUER_UNREACHABLE',
  }),
  row('data of an issuer that is down', 503, 'ISSUER_UNREACHABLE', () => getData(licenceOf(type, downIssuer))),
  row(
    'verifying at an issuer that is slow',
    200,
    'ISSUER_UNREACHABLE',
    () => verify(licenceOf(type, lateIssuer, 'slow')),
    {
      about: 'ISSUER_TIMEOUT',
      cheap: false,
    },
  ),
  row('data of an issuer that is slow', 504, 'ISSUER_TIMEOUT', () => getData(licenceOf(type, lateIssuer, 'slow')), {
    cheap: false,
  }),
]

export const canonicalRows: readonly Row[] = [...identifiers, ...policy, ...texts, ...signatures, ...hops, ...issuing]
