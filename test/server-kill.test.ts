import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { verifyReceipt } from '../src/audit/receipts.js'
import { verifyAuditLog } from '../src/audit/verify-log.js'
import type { Receipt } from '../src/canonical/receipt.js'
import { nodeEngine } from '../src/crypto/engine-node.js'
import { gatewayKeys } from './answers.js'
import { canonicalAsker, purpose, type SignedRequest } from './canonical-asker.js'
import { issues, openWorld, type World } from './gateway-bed.js'
import { type GatewayChild, startGatewayChild } from './gateway-child.js'
import { licenceOf } from './test-issuer.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A request that was answered, and the receipt that came with the answer. */
interface Acknowledged {
  readonly request: SignedRequest
  readonly receipt: Receipt
}

const ROUNDS = 3
const ACKNOWLEDGED = 120
const ASKERS = 12

test('kill -9 under load, again and again: what was acknowledged is on record, and cannot be asked again', async () => {
  const world = await openWorld()
  closers.push(world.close)
  const keys = gatewayKeys(world.trust)
  const folder = join(world.data, 'audit')
  const all: Acknowledged[] = []

  for (let round = 0; round < ROUNDS; round++) {
    const gateway = await startGatewayChild(world)
    closers.push(gateway.close)
    expect(await replay(gateway, world, all.slice(-20))).toEqual(all.length === 0 ? [] : [409])
    const acknowledged = await loadAndKill(gateway, world)
    all.push(...acknowledged)

    const newest = all.reduce((left, right) => (sizeOf(left) > sizeOf(right) ? left : right))
    const { checkpoint } = newest.receipt.proof
    // Every receipt proves its place under its checkpoint, and the log on the disk extends the newest of those.
    for (const { receipt } of acknowledged) expect(verifyReceipt(receipt, keys).failures).toEqual([])
    expect(await verifyAuditLog(folder, keys, { live: true, checkpoint })).toMatchObject({ holds: true, failure: null })
  }

  const indexes = new Set(all.map(({ receipt }) => receipt.index))
  expect(indexes.size).toBe(all.length)
  const gateway = await startGatewayChild(world)
  closers.push(gateway.close)
  expect(await replay(gateway, world, all.slice(-40))).toEqual([409])
  await gateway.close()
  expect(await verifyAuditLog(folder, keys)).toMatchObject({ holds: true, failure: null })
})

/** Asks from several sides at once, kills the gateway in the middle, and returns what it had acknowledged. */
async function loadAndKill(gateway: GatewayChild, world: World): Promise<readonly Acknowledged[]> {
  const asker = canonicalAsker(gateway.url, world.folder, 'guangdong', nodeEngine)
  closers.push(asker.close)
  const acknowledged: Acknowledged[] = []
  let killed: Promise<void> | undefined
  const { type, issuer } = issues.canonical
  const askAgain = async () => {
    while (killed === undefined) {
      const body = JSON.stringify({ licenceId: licenceOf(type, issuer), purpose: purpose() })
      const request = await asker.signed({ body })
      const reply = await asker.send(request).catch(() => undefined)
      if (reply === undefined) continue
      expect([reply.status, reply.json['code']]).toEqual([200, 'VALID'])
      acknowledged.push({ request, receipt: reply.json['receipt'] as Receipt })
      if (acknowledged.length === ACKNOWLEDGED) killed = gateway.kill()
    }
  }
  await Promise.all(Array.from({ length: ASKERS }, askAgain))
  await killed
  return acknowledged
}

/** The statuses with which requests of before are answered. */
async function replay(gateway: GatewayChild, world: World, sent: readonly Acknowledged[]): Promise<readonly number[]> {
  const asker = canonicalAsker(gateway.url, world.folder)
  closers.push(asker.close)
  const statuses = new Set<number>()
  for (const { request } of sent) statuses.add((await asker.send(request)).status)
  return [...statuses]
}

function sizeOf({ receipt }: Acknowledged): number {
  return Number(receipt.proof.checkpoint.split('\n')[1])
}
