import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeEngine } from '../src/crypto/engine-node.js'
import { readAnswer } from './answers.js'
import { canonicalRows } from './bad-input-canonical.js'
import { nativeRows } from './bad-input-native.js'
import { asRequest, type Row, type RowBed } from './bad-input-rows.js'
import { transportRows } from './bad-input-transport.js'
import { type CanonicalAsker, canonicalAsker, purpose } from './canonical-asker.js'
import { issues, openWorld, type World } from './gateway-bed.js'
import { type GatewayChild, startGatewayChild } from './gateway-child.js'
import { rawExchange } from './raw-http.js'
import { licenceOf } from './test-issuer.js'

const REQUESTS = 10_000
const WARM_UP = 2_000
const CONCURRENCY = 16
const GROWTH_BYTES = 16 * 1024 * 1024
/** Newer engines keep pages that hold nothing, so what is resident says less than what is in use. */
const RESIDENT_GROWTH_BYTES = 128 * 1024 * 1024

const rows = [...canonicalRows, ...transportRows, ...nativeRows].filter(({ cheap }) => cheap)
let world: World
let gateway: GatewayChild
let canonical: CanonicalAsker

beforeAll(async () => {
  world = await openWorld()
  gateway = await startGatewayChild(world)
  // A signature costs this engine a tenth of what it costs the other, and there are thousands.
  canonical = canonicalAsker(gateway.url, world.folder, 'guangdong', nodeEngine)
})
afterAll(async () => {
  await canonical?.close()
  await gateway?.close()
  await world?.close()
})

test('ten thousand bad requests, each answered as it should be, and the gateway is as good and as small as before', async () => {
  const bed: RowBed = { port: gateway.port, trust: world.trust, canonical }
  await send(bed, 0, WARM_UP)
  const before = await gateway.memory()
  await send(bed, WARM_UP, REQUESTS)
  const after = await gateway.memory()

  const health = await fetch(`${gateway.url}/health`)
  expect(health.status).toBe(200)
  expect(await health.json()).toMatchObject({ status: 'ok' })
  const licenceId = licenceOf(issues.canonical.type, issues.canonical.issuer)
  const { status, json } = await canonical.ask({ body: JSON.stringify({ licenceId, purpose: purpose() }) })
  expect([status, json['code']]).toEqual([200, 'VALID'])
  expect(after.used - before.used).toBeLessThan(GROWTH_BYTES)
  expect(after.resident - before.resident).toBeLessThan(RESIDENT_GROWTH_BYTES)
}, 300_000)

/** Sends the requests from one number to another, round-robin from the table, some at once. */
async function send(bed: RowBed, from: number, to: number): Promise<void> {
  let next = from
  const worker = async () => {
    while (next < to) await sendOne(bed, rows[next++ % rows.length] as Row)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}

async function sendOne(bed: RowBed, row: Row): Promise<void> {
  const reply = await rawExchange(bed.port, asRequest(await row.request(bed)))
  const { code } = readAnswer(row.form, reply, bed.trust)
  // Compared by hand first: ten thousand assertions would cost more than the requests.
  if (reply.status !== row.status || code !== row.code)
    expect([row.name, reply.status, code]).toEqual([row.name, row.status, row.code])
}
