import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DialectName, SignerContext } from '../../src/adapters/adapter.js'
import type { CanonicalAnswer } from '../../src/canonical/model.js'
import { verdictReport } from '../../src/canonical/verdict.js'
import { plainDialect } from '../../src/config/dialects.js'
import { nodeEngine } from '../../src/crypto/engine-node.js'
import { signingKey } from '../../src/crypto/sm2-keys.js'
import { serveMeasured } from '../measured-process.js'

/** A fast issuing system: says valid to everything, in the dialect it is told. Its own CPU is not what is measured. */
const [, , dialectName = 'canonical', keyId = 'issuer-1', privateKey = ''] = process.argv
const { inbound } = plainDialect(dialectName as DialectName)
const context = (): SignerContext => ({
  keys: {
    signing: signer,
    verifying: new Map(),
    opening: null,
    sealing: null,
    secrets: {},
    pinnedCertificates: [],
  },
  now: Date.now(),
  nonce: () => randomBytes(16).toString('hex'),
  session: new Map(),
  peer: { loopback: true, clientCertificate: null },
})
const signer = privateKey === '' ? null : signingKey(nodeEngine, keyId, Buffer.from(privateKey, 'hex'))

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const wire = {
    method: request.method ?? 'POST',
    target: request.url ?? '/',
    mount: '',
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks),
  }
  const decoded = inbound.decode(wire)
  if (decoded.request.operation !== 'verifyData') throw new Error('the benchmark verifies only')
  const { licenceId } = decoded.request
  const evidence = { source: 'issuer', asOf: new Date().toISOString() }
  const report = verdictReport({
    code: 'VALID',
    parts: { status: { value: 'VALID', reason: null, evidence }, identity: { value: 'VALID', reason: null, evidence } },
    lifecycle: { state: 'valid', raw: '01', encumbrances: [] },
  })
  const answer: CanonicalAnswer = { operation: 'verifyData', licenceId, report, validFrom: '2023-01-01', validTo: null }
  const { value } = await inbound.encode(answer, decoded, context())
  const reply = await inbound.sign(value, wire, context())
  response.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.length })
  response.end(reply.body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => serveMeasured(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
