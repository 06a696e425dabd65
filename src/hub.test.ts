import { expect, test } from 'vitest'
import type {
  InboundDialect,
  OutboundDialect,
  PeerFacts,
  Proof,
  SignerContext,
  WireReply,
  WireRequest,
} from './adapters/adapter.js'
import { type ErrorCode, HubError } from './canonical/errors.js'
import { parseLicenceId } from './canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, VerifyDataRequest } from './canonical/model.js'
import type { Receipt } from './canonical/receipt.js'
import { verdictReport } from './canonical/verdict.js'
import { createHub, type HubParts, type Link, type Trail } from './hub.js'

const licenceId = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const request: VerifyDataRequest = {
  operation: 'verifyData',
  licenceId,
  claims: {},
  purpose: {
    organisation: 'o',
    operator: { id: 'w', name: null, assurance: 'asserted' },
    category: 'item',
    itemCode: 'I',
    itemName: null,
    caseNumber: 'C',
    reason: 'r',
  },
  trace: '',
  hops: [],
  deadline: null,
}
const wire: WireRequest = {
  method: 'POST',
  target: '/v1/verifyData',
  mount: '',
  headers: {},
  body: Buffer.from('question'),
}
const reply = (text: string): WireReply => ({ status: 200, headers: {}, body: Buffer.from(text) })
const peer: PeerFacts = { loopback: true, clientCertificate: null }
const signal = new AbortController().signal
const context = {} as SignerContext
const proof: Proof = { strength: 'signature', keyId: 'k', replay: { nonce: 'n', at: 0 } }
const valid = verdictReport({ code: 'VALID', parts: {} })

/** A hub whose parts write down what was called; `bend` replaces what a test is about. */
function bench(
  bend: {
    inbound?: Partial<InboundDialect>
    outbound?: Partial<OutboundDialect>
    parts?: Partial<HubParts>
    trail?: Partial<Trail>
  } = {},
) {
  const calls: string[] = []
  const note = <T>(name: string, value: T): T => {
    calls.push(name)
    return value
  }
  const inbound: InboundDialect = {
    decode: () => note('decode', { request: request as CanonicalRequest, losses: [], message: null }),
    authenticate: () => note('authenticate', proof),
    encode: async (answer) =>
      note('encode', { value: reply(answer.operation === 'verifyData' ? answer.report.code : 'data'), losses: [] }),
    encodeError: (error) => note('encodeError', { ...reply(error.code), status: error.entry.status }),
    attachReceipt: (answer) => note('attachReceipt', { ...answer, headers: { receipt: 'yes' } }),
    sign: (answer) => note('sign', { ...answer, headers: { ...answer.headers, signature: 'yes' } }),
    ...bend.inbound,
  }
  const outbound: OutboundDialect = {
    encode: async () => note('ask', { value: wire, losses: [] }),
    decode: async () =>
      note('understand', { value: { operation: 'verifyData', licenceId, finding: {} as never }, losses: [] }),
    ...bend.outbound,
  }
  const link: Link = {
    name: 'hunan',
    dialect: outbound,
    mount: '',
    deadlineMs: 1000,
    context: () => context,
    send: async () => note('send', reply('')),
  }
  const trail: Trail = {
    trace: 'trace-of-ours',
    asked: () => note('asked', undefined),
    routed: () => note('routed', undefined),
    answered: async () => note('record', {} as Receipt),
    refused: async () => note('record-refusal', undefined),
    ...bend.trail,
  }
  const parts: HubParts = {
    now: () => 1000,
    begin: () => trail,
    claim: async () => note('claim', undefined),
    permit: () => note('permit', { filter: (answer: CanonicalAnswer) => note('filter', answer) }),
    linkFor: () => note('route', link),
    forward: (asked) => asked,
    judge: () => note('judge', { operation: 'verifyData', licenceId, report: valid } as CanonicalAnswer),
    verdictOf: (error) =>
      error.code === 'ISSUER_TIMEOUT' ? verdictReport({ code: 'ISSUER_UNREACHABLE', parts: {} }) : undefined,
    lost: () => note('lost', undefined),
    ...bend.parts,
  }
  const hub = createHub(parts)
  const ask = () => hub.exchange({ name: 'guangdong', dialect: inbound, context: () => context }, wire, peer, signal)
  return { calls, ask, hub, inbound }
}

const failing = (code: ErrorCode) => () => {
  throw new HubError(code)
}
const textOf = ({ body }: WireReply) => Buffer.from(body).toString()

test('the main path, in its order', async () => {
  const { calls, ask } = bench()
  const answer = await ask()
  expect(textOf(answer)).toBe('VALID')
  expect(answer.headers).toEqual({ receipt: 'yes', signature: 'yes' })
  expect(calls).toEqual([
    'decode',
    'asked',
    'authenticate',
    'claim',
    'permit',
    'route',
    'routed',
    'ask',
    'send',
    'understand',
    'judge',
    'filter',
    'encode',
    'record',
    'attachReceipt',
    'sign',
  ])
})

test('a signature that does not hold burns no nonce, asks nobody, and is on the record', async () => {
  const { calls, ask } = bench({ inbound: { authenticate: failing('SIGNATURE_INVALID') } })
  expect(textOf(await ask())).toBe('SIGNATURE_INVALID')
  expect(calls).toEqual(['decode', 'asked', 'encodeError', 'record-refusal', 'sign'])
})

test('a replay is refused before policy and route', async () => {
  const { calls, ask } = bench({ parts: { claim: async () => failing('NONCE_REPLAYED')() } })
  expect(textOf(await ask())).toBe('NONCE_REPLAYED')
  expect(calls).not.toContain('permit')
})

test('an outage of the issuer is a verdict with a receipt', async () => {
  const { calls, ask } = bench({ parts: { linkFor: failing('ISSUER_TIMEOUT') } })
  expect(textOf(await ask())).toBe('ISSUER_UNREACHABLE')
  expect(calls).toContain('record')
})

test('a failure of our own is an error, never a verdict', async () => {
  const { ask } = bench({ parts: { judge: () => JSON.parse('{') as never } })
  const answer = await ask()
  expect(answer.status).toBe(500)
  expect(textOf(answer)).toBe('INTERNAL')
})

test.each(['answered', 'refused'] as const)('what cannot be recorded is not answered (%s)', async (step) => {
  const full = async () => failing('AUDIT_UNAVAILABLE')()
  const { ask } = bench({
    trail: { answered: full, refused: full },
    ...(step === 'refused' ? { inbound: { decode: failing('JSON_MALFORMED') } } : {}),
  })
  const answer = await ask()
  expect(textOf(answer)).toBe('AUDIT_UNAVAILABLE')
  expect(answer.status).toBe(503)
})

test('losses of either dialect are told in a header, without line breaks or characters a header cannot carry', async () => {
  const { calls, ask } = bench({
    outbound: { encode: async () => ({ value: wire, losses: [{ field: '证照.名称\r\n', reason: 'no-slot' }] }) },
  })
  const { headers } = await ask()
  expect(headers['hutong-losses']).toBe('%E8%AF%81%E7%85%A7.%E5%90%8D%E7%A7%B0%0D%0A=no-slot')
  expect(calls).toContain('lost')
})

test('the deadline shrinks to what the spoke may take', async () => {
  const deadlines: number[] = []
  const remember: HubParts['forward'] = (asked, deadline) => {
    deadlines.push(deadline)
    return asked
  }
  await bench({ parts: { forward: remember } }).ask()
  const soon = { request: { ...request, deadline: 1500 }, losses: [], message: null }
  await bench({ parts: { forward: remember }, inbound: { decode: () => soon } }).ask()
  expect(deadlines).toEqual([2000, 1500])
})

test('refuse answers in the caller’s dialect, signed and on the record', async () => {
  const { calls, hub, inbound } = bench()
  const answer = await hub.refuse(
    { name: 'tax', dialect: inbound, context: () => context },
    wire,
    peer,
    new HubError('BODY_TOO_LARGE'),
  )
  expect(answer.status).toBe(413)
  expect(calls).toEqual(['encodeError', 'record-refusal', 'sign'])
})
