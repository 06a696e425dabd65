import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextOf } from '../../../test/dialect-golden.js'
import { issues, openWorld, secretsOf, type World } from '../../../test/gateway-bed.js'
import { licenceOf } from '../../../test/test-issuer.js'
import type { WireReply } from '../../adapters/adapter.js'
import { canonical } from '../../adapters/canonical/index.js'
import { openAuditLog } from '../../audit/audit-log.js'
import { personalHasher } from '../../audit/personal-hash.js'
import type { CanonicalRequest } from '../../canonical/model.js'
import { loadSettings } from '../../config/load.js'
import { loadRegistry } from '../../config/registry.js'
import { chooseEngine } from '../../crypto/choose-engine.js'
import { signingKey } from '../../crypto/sm2-keys.js'
import { createCaseScope } from '../../policy/case-scope.js'
import { createMetrics } from '../../server/metrics.js'
import { openAppendFile } from '../../store/append-file.js'
import { compileRuntime } from './compile-runtime.js'
import { openGatewayKeys } from './gateway-keys.js'
import type { House } from './house.js'
import { openLog } from './log.js'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

test('a configuration that is replaced keeps its connections for a question that has not reached them yet', async () => {
  let claimed = () => {}
  let goOn = () => {}
  const atClaim = new Promise<void>((resolve) => {
    claimed = resolve
  })
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const { house, runtime } = await openRuntime(async () => {
    claimed()
    await mayGoOn
  })
  const reply = ask(runtime)
  await atClaim
  const closed = runtime.close()
  goOn()
  expect(codeOf(await reply)).toBe('VALID')
  await closed
  // Whoever comes after that has the wrong one.
  expect(codeOf(await ask(runtime))).toBe('DRAINING')
  await house.audit.close()
  house.metrics.close()
})

async function openRuntime(claim: House['nonces']['claim']) {
  const settings = loadSettings(world.config)
  const engine = await chooseEngine()
  const passphrase = await readFile(world.trust.passphraseFile, 'utf8')
  const keys = await openGatewayKeys(settings.gateway, engine.engine, passphrase)
  const now = Date.now
  const dir = join(world.folder, 'audit')
  const audit = await openAuditLog({ dir, origin: settings.gateway.name, signing: keys.signing, now, openAppendFile })
  const nothing = { inFlight: () => 0, auditSize: () => 0, configVersion: () => '', links: () => [] }
  const house: House = {
    engine,
    registry: loadRegistry(),
    audit,
    nonces: { claim, size: 0, close: async () => {} },
    metrics: createMetrics(nothing),
    log: openLog('silent'),
    now,
  }
  const hash = personalHasher(keys.hash)
  return { house, runtime: compileRuntime(settings, keys, house, createCaseScope({ now, hash }), hash) }
}

async function ask(runtime: ReturnType<typeof compileRuntime>): Promise<WireReply> {
  const { keyId, privateKey } = secretsOf(world.trust, 'guangdong')
  const { engine } = await chooseEngine()
  const signing = signingKey(engine, keyId, Buffer.from(privateKey, 'hex'))
  const authority = 'gateway.test'
  const nonce = () => randomBytes(16).toString('hex')
  const request: CanonicalRequest = {
    operation: 'verifyData',
    licenceId: licenceOf(issues.canonical.type, issues.canonical.issuer),
    claims: {},
    purpose: {
      organisation: '广东省政务服务中心（测试）',
      operator: { id: 'gd-window-07', name: null, assurance: 'asserted' },
      category: 'item',
      itemCode: 'HUTONG-DEMO-0001',
      itemName: null,
      caseNumber: nonce(),
      reason: '测试',
    },
    trace: '',
    hops: [],
    deadline: null,
  }
  const context = contextOf({ signing }, { now: Date.now(), nonce, authority })
  const { value } = await canonical.outbound.encode(request, '', context)
  const wire = { ...value, headers: { ...value.headers, host: authority } }
  const caller = runtime.callerOf(wire.headers)
  return runtime.hub.exchange(caller, wire, { loopback: true, clientCertificate: null }, new AbortController().signal)
}

function codeOf({ body }: WireReply): unknown {
  const answer = JSON.parse(Buffer.from(body).toString('utf8')) as { code?: string; error?: { code: string } }
  return answer.code ?? answer.error?.code
}
