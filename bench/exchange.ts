import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DialectName, SignerContext, WireRequest } from '../src/adapters/adapter.js'
import { canonical } from '../src/adapters/canonical/index.js'
import type { LicenceId } from '../src/canonical/licence-id.js'
import { formatLicenceId } from '../src/canonical/licence-id.js'
import type { VerifyDataRequest } from '../src/canonical/model.js'
import { openTrustMaterial, type TrustMaterial } from '../src/cli/demo/trust-material.js'
import { writeWorld } from '../src/cli/demo/world.js'
import { nodeEngine } from '../src/crypto/engine-node.js'
import { signingKey } from '../src/crypto/sm2-keys.js'
import { type MeasuredProcess, startMeasured } from './measured-process.js'

/** A gateway with fast issuers behind it, and signed questions for each of them. */
export interface ExchangeBed {
  readonly gateway: MeasuredProcess
  /** Signed questions, each good for one use, about 2 KB each. */
  questions(issuer: 'canonical' | 'tax-gt3', count: number): Promise<readonly WireRequest[]>
  stop(): Promise<void>
}

const HUNAN_TYPE = '11100000000013338W011'
const TAX_TYPE = '11100000000014445H901'
const licences: Readonly<Record<'canonical' | 'tax-gt3', LicenceId>> = {
  canonical: formatLicenceId({ type: HUNAN_TYPE, issuer: '11430000006122244L', serial: '20230000403', version: '001' }),
  'tax-gt3': formatLicenceId({ type: TAX_TYPE, issuer: '114300000061231244', serial: '20230000001', version: '001' }),
}

export async function startExchangeBed(sm2: 'real' | 'stubbed'): Promise<ExchangeBed> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-bench-'))
  const trust = await openTrustMaterial(folder)
  const issuers: MeasuredProcess[] = []
  const issuerPorts = new Map<DialectName, number>([
    ['head-data-sm2', 9],
    ['gjzwfwpt', 9],
  ])
  for (const [dialect, name] of [
    ['canonical', 'hunan'],
    ['tax-gt3', 'tax'],
  ] as const) {
    const { keyId, privateKey } = actorOf(trust, name)
    const issuer = await startMeasured('issuer', [dialect, keyId, privateKey])
    issuers.push(issuer)
    issuerPorts.set(dialect, Number(new URL(issuer.url).port))
  }
  const port = await freePort()
  const config = await writeWorld({
    folder,
    port,
    trust,
    issuerPorts,
    typeCodes: [HUNAN_TYPE, TAX_TYPE],
    localTypes: [TAX_TYPE],
  })
  const gateway = await startMeasured('gateway', [config, join(folder, 'data'), trust.passphraseFile, sm2])
  const context = askerContext(trust, new URL(gateway.url).host)
  return {
    gateway,
    questions: (issuer, count) =>
      Promise.all(Array.from({ length: count }, () => question(licences[issuer], context()))),
    async stop() {
      gateway.stop()
      for (const issuer of issuers) issuer.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function question(licenceId: LicenceId, context: SignerContext): Promise<WireRequest> {
  const request: VerifyDataRequest = {
    operation: 'verifyData',
    licenceId,
    // Brings the question to 2 KB, the size that the budgets are stated for.
    claims: { 备注: '。'.repeat(390) },
    purpose: {
      organisation: '广东省政务服务中心（演示）',
      operator: { id: 'gd-window-07', name: null, assurance: 'asserted' },
      category: 'item',
      itemCode: 'HUTONG-DEMO-0001',
      itemName: '资质核验（演示）',
      caseNumber: `GD-${context.nonce()}`,
      reason: '核验',
    },
    trace: context.nonce(),
    hops: [],
    deadline: null,
  }
  return (await canonical.outbound.encode(request, '', context)).value
}

function askerContext(trust: TrustMaterial, authority: string): () => SignerContext {
  const { keyId, privateKey } = actorOf(trust, 'guangdong')
  const signing = signingKey(nodeEngine, keyId, Buffer.from(privateKey, 'hex'))
  const keys = { signing, verifying: new Map(), opening: null, sealing: null, secrets: {}, pinnedCertificates: [] }
  return () => ({
    keys,
    now: Date.now(),
    nonce: () => randomBytes(16).toString('hex'),
    session: new Map(),
    peer: { loopback: true, clientCertificate: null },
    authority,
  })
}

function actorOf({ actors }: TrustMaterial, name: string) {
  const actor = actors[name]
  if (actor === undefined) throw new Error(`no actor ${name}`)
  return actor
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
