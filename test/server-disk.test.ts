import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { verifyAuditLog } from '../src/audit/verify-log.js'
import type { Receipt } from '../src/canonical/receipt.js'
import { expectSigned, gatewayKeys, readAnswer } from './answers.js'
import { canonicalBytes } from './bad-input-rows.js'
import { type CanonicalAsker, canonicalAsker, purpose } from './canonical-asker.js'
import { issues, openWorld, type World } from './gateway-bed.js'
import { startGatewayChild } from './gateway-child.js'
import { rawExchange } from './raw-http.js'
import { licenceOf } from './test-issuer.js'

const run = promisify(execFile)
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A gateway whose disk can be made to take no more, and to take bytes again. */
interface FullableGateway {
  readonly url: string
  readonly port: number
  fill(): Promise<void>
  free(): Promise<void>
  close(): Promise<void>
}

/** No file of the gateway's may grow past the size of its log. Any user may do that to its own processes, on Linux. */
async function underLimit(world: World): Promise<FullableGateway> {
  const gateway = await startGatewayChild(world)
  closers.push(gateway.close)
  const limit = (bytes: string) => run('prlimit', ['--pid', String(gateway.pid), `--fsize=${bytes}:`])
  return {
    url: gateway.url,
    port: gateway.port,
    fill: async () => void (await limit(String((await largestFile(join(world.data, 'audit'))) + 100))),
    free: async () => void (await limit('unlimited')),
    close: gateway.close,
  }
}

/** A disk of a megabyte, which takes root to mount. */
async function onTinyDisk(world: World): Promise<FullableGateway> {
  await mkdir(world.data, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'hutong-test', world.data])
  closers.push(() => run('umount', ['-l', world.data]))
  const gateway = await startGatewayChild(world)
  closers.push(gateway.close)
  const ballast = join(world.data, 'ballast')
  return {
    url: gateway.url,
    port: gateway.port,
    async fill() {
      await writeFile(ballast, Buffer.alloc(1 << 20)).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOSPC') throw thrown
      })
    },
    free: () => rm(ballast),
    close: gateway.close,
  }
}

async function largestFile(folder: string): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size))
  return Math.max(...sizes)
}

async function works(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, [...args]).then(
    () => true,
    () => false,
  )
}

async function canMount(): Promise<boolean> {
  const world = await openWorld()
  try {
    await mkdir(world.data, { recursive: true })
    if (!(await works('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'hutong-test', world.data]))) return false
    return await works('umount', [world.data])
  } finally {
    await world.close()
  }
}

let possible: Readonly<Record<'limit' | 'disk', boolean>>
beforeAll(async () => {
  possible = { limit: await works('prlimit', ['--pid', String(process.pid), '--fsize']), disk: await canMount() }
})

test('where the tests must be whole, at least one way to fill a disk works', () => {
  const mustBeWhole = process.env['CI'] === 'true' && process.getuid?.() === 0
  expect(possible.limit || possible.disk || !mustBeWhole).toBe(true)
})

describe.each([
  ['a log that may not grow', 'limit', underLimit],
  ['a disk that is full', 'disk', onTinyDisk],
] as const)('%s', (name, way, openGateway) => {
  test('nothing is answered that is not on record, and all is well when there is room again', async ({ skip }) => {
    skip(!possible[way], `${name}: this machine has no way to bring it about`)
    const world = await openWorld()
    closers.push(world.close)
    const gateway = await openGateway(world)
    const asker = canonicalAsker(gateway.url, world.folder)
    closers.push(asker.close)
    const keys = gatewayKeys(world.trust)
    const acknowledged: Receipt[] = []

    acknowledged.push(await receiptOfGood(asker))
    await gateway.fill()
    const refused = await untilRefused(asker, gateway.port, world, acknowledged)
    expectSigned(refused.reply, refused.bytes, keys)
    expect(await health(gateway.url)).toEqual([503, false])
    // A refusal is an answer too.
    const bad = await asker.ask({ body: '{}' })
    expect([bad.status, bad.json['error']]).toMatchObject([503, { code: 'AUDIT_UNAVAILABLE' }])

    await gateway.free()
    expect(await health(gateway.url)).toEqual([200, true])
    acknowledged.push(await receiptOfGood(asker))
    await gateway.close()

    const report = await verifyAuditLog(join(world.data, 'audit'), keys)
    expect(report).toMatchObject({ holds: true, failure: null })
    // The record of the outage stands between what was acknowledged before it and after it.
    const { length } = acknowledged
    expect(report.size).toBe(length + 1)
    expect(acknowledged.map(({ index }) => index)).toEqual([...Array(length - 1).keys(), length])
  })
})

const question = () =>
  JSON.stringify({ licenceId: licenceOf(issues.canonical.type, issues.canonical.issuer), purpose: purpose() })

async function receiptOfGood(asker: CanonicalAsker): Promise<Receipt> {
  const { status, json } = await asker.ask({ body: question() })
  expect([status, json['code']]).toEqual([200, 'VALID'])
  return json['receipt'] as Receipt
}

/** What is left of the last page still takes a few records. */
async function untilRefused(asker: CanonicalAsker, port: number, world: World, acknowledged: Receipt[]) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const bytes = await canonicalBytes(asker, { body: question() })
    const reply = await rawExchange(port, { bytes })
    const { code, receipt } = readAnswer('canonical', reply, world.trust)
    if (code === 'AUDIT_UNAVAILABLE') {
      expect(reply.status).toBe(503)
      return { reply, bytes }
    }
    expect([reply.status, code]).toEqual([200, 'VALID'])
    acknowledged.push(receipt as Receipt)
  }
  throw new Error('the log took everything')
}

async function health(url: string): Promise<readonly [number, boolean]> {
  const reply = await fetch(`${url}/health`)
  const { checks } = (await reply.json()) as { checks: readonly { name: string; ok: boolean }[] }
  return [reply.status, checks.find(({ name }) => name === 'audit')?.ok === true]
}
