import { beforeAll, describe, expect, test } from 'vitest'
import { GOLDEN_NOW, goldenContexts, goldenReply, goldenRequest } from '../../../test/golden.js'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer, Licence } from '../../canonical/model.js'
import { verdictReport } from '../../canonical/verdict.js'
import type { Decoded, SignerContext, WireReply } from '../adapter.js'
import { canonical } from './index.js'

let asker: SignerContext
let answerer: SignerContext
beforeAll(async () => {
  ;({ asker, answerer } = await goldenContexts())
})

const licenceId = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const asked = {
  purpose: {
    organisation: '广东省政务服务中心（测试）',
    operator: { id: 'gd-window-07', name: '测试员甲', assurance: 'asserted' },
    category: 'item',
    itemCode: 'GD-TEST-0001',
    itemName: '安全生产许可证核发（测试）',
    caseNumber: 'GD20231115-0001',
    reason: '核验安管人员考核合格证',
  },
  trace: '7f3a9c52e1b04d68a5c7e90b12f4d836',
  hops: ['gateway-a'],
  deadline: 1_700_000_008_000,
} as const
const issuer = { code: '11430000006122244L', name: '湖南省住房和城乡建设厅' }
const lifecycle = { state: 'valid', raw: '1', encumbrances: [] } as const
const licence: Licence = {
  id: licenceId,
  name: '安管人员考核合格证（测试）',
  typeCode: '11100000000013338W011',
  typeName: '安管人员考核合格证',
  number: '湘建安A(2023)0000403',
  issuer,
  holders: [{ typeCode: '111', code: '11010519491231002X', name: '测试员乙' }],
  issuedOn: '2023-05-21',
  validFrom: '2023-05-21',
  validTo: '2026-05-20',
  validToRaw: null,
  lifecycle,
  fields: { GANGWEI: '企业主要负责人', XINGBIE: '女' },
}
const { id, name, typeCode } = licence
const found = [{ id, name, typeCode, issuer, lifecycle }]
const evidence = { source: 'hunan', asOf: '2023-11-14T22:13:20.500Z' }
const sound = { value: 'VALID', reason: null, evidence } as const
const fields = { holderName: 'match', validTo: 'match' } as const
const dates = { validFrom: '2023-05-21', validTo: '2026-05-20' }

const exchanges: Record<string, { request: CanonicalRequest; answer: CanonicalAnswer; read: IssuerAnswer }> = {
  'verify-data': {
    request: {
      operation: 'verifyData',
      licenceId,
      claims: { holderName: '测试员乙', validTo: '2026-05-20' },
      ...asked,
    },
    answer: {
      operation: 'verifyData',
      licenceId,
      report: verdictReport({ code: 'VALID', parts: { status: sound, identity: sound }, lifecycle, fields }),
      ...dates,
    },
    read: {
      operation: 'verifyData',
      licenceId,
      finding: { existence: 'found', lifecycle, ...dates, claims: fields, mismatch: false },
    },
  },
  'get-data': {
    request: { operation: 'getData', licenceId, ...asked },
    answer: { operation: 'getData', licence },
    read: { operation: 'getData', licence },
  },
  search: {
    request: {
      operation: 'search',
      holder: { typeCode: '111', code: '11010519491231002X', name: '测试员乙' },
      typeCode,
      issuer: null,
      division: '430000',
      ...asked,
    },
    answer: { operation: 'search', found },
    read: { operation: 'search', found },
  },
}
const text = (wire: { readonly body: Uint8Array }) => Buffer.from(wire.body).toString()

describe.each(Object.entries(exchanges))('%s', (file, { request, answer, read }) => {
  const sent = goldenRequest(file)

  test('the request is read', () => {
    const decoded = canonical.inbound.decode(sent)
    expect(decoded.request).toEqual(request)
    expect(decoded.losses).toEqual([])
    expect(canonical.inbound.authenticate(sent, decoded, answerer)).toMatchObject({ keyId: 'asker-1' })
  })

  test('the request is written: the same bytes, and it is accepted', async () => {
    const { value, losses } = await canonical.outbound.encode(request, '', asker)
    expect(text(value)).toBe(text(sent))
    expect(value).toMatchObject({ method: sent.method, target: sent.target, mount: '' })
    expect(losses).toEqual([])
    expect(await canonical.inbound.authenticate(value, canonical.inbound.decode(value), answerer)).toEqual({
      strength: 'signature',
      keyId: 'asker-1',
      replay: { nonce: '000102030405060708090a0b0c0d0e0f', at: GOLDEN_NOW },
    })
  })

  test('the reply is read', async () => {
    const { value, losses } = await canonical.outbound.decode(goldenReply(file), sent, request, asker)
    expect(value).toEqual(read)
    expect(losses).toEqual([])
  })

  test('the reply is written: the same bytes, and it is accepted', async () => {
    const decoded = canonical.inbound.decode(sent)
    const { value, losses } = await canonical.inbound.encode(answer, decoded, answerer)
    expect(losses).toEqual([])
    expect(text(value)).toBe(text(goldenReply(file)))
    const signed = await canonical.inbound.sign(value, sent, answerer)
    expect((await canonical.outbound.decode(signed, sent, request, asker)).value).toEqual(read)
  })
})

describe('an error', () => {
  const sent = goldenRequest('error')
  const request = canonical.inbound.decode(sent).request
  const decode = async (reply: WireReply) => canonical.outbound.decode(reply, sent, request, asker)

  test('is read', async () => {
    const thrown = await decode(goldenReply('error')).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(HubError)
    expect(thrown).toMatchObject({ code: 'ISSUER_UNREACHABLE', retryAfter: 2, subject: undefined })
  })

  test('is written: the same bytes, and it is accepted', async () => {
    const golden = goldenReply('error')
    const error = new HubError('ISSUER_UNREACHABLE', { retryAfter: 1.2, cause: new Error('203.0.113.7') })
    const decodedOrNot: (Decoded | null)[] = [canonical.inbound.decode(sent), null]
    for (const decoded of decodedOrNot) {
      const reply = canonical.inbound.encodeError(error, asked.trace, decoded)
      expect(text(reply)).toBe(text(golden))
      expect(reply).toMatchObject({ status: 503, headers: { 'content-type': 'application/json', 'retry-after': '2' } })
      const signed = await canonical.inbound.sign(reply, sent, answerer)
      await expect(decode(signed)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE', retryAfter: 2 })
    }
  })
})

test('what the dialect says of itself', () => {
  expect(canonical).toMatchObject({
    name: 'canonical',
    operations: ['search', 'getData', 'verifyData'],
    carries: 'signature',
    secrets: [],
  })
})
