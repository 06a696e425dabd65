import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyAuditLog } from '../src/audit/verify-log.js'
import { expectDiscreet, expectReceipt, expectSigned, type GatewayKeys, gatewayKeys, readAnswer } from './answers.js'
import { canonicalRows } from './bad-input-canonical.js'
import { national, nativeRows, tax } from './bad-input-native.js'
import { asRequest, canonicalBytes, type Row, type RowBed } from './bad-input-rows.js'
import { transportRows } from './bad-input-transport.js'
import { type CanonicalAsker, canonicalAsker, purpose } from './canonical-asker.js'
import { type GatewayBed, issues, startBed } from './gateway-bed.js'
import { person } from './issuer-replies.js'
import { open, rawExchange, readReply } from './raw-http.js'
import { licenceOf } from './test-issuer.js'

let bed: GatewayBed
let canonical: CanonicalAsker
let keys: GatewayKeys

beforeAll(async () => {
  bed = await startBed()
  canonical = canonicalAsker(bed.url, bed.folder)
  keys = gatewayKeys(bed.trust)
})
afterAll(async () => {
  await canonical?.close()
  await bed?.close()
})

const rowBed = (): RowBed => ({ port: bed.port, trust: bed.trust, canonical })
const good = () =>
  JSON.stringify({ licenceId: licenceOf(issues.canonical.type, issues.canonical.issuer), purpose: purpose() })
const named = (rows: readonly Row[]) => rows.map((row) => [`${row.name}: ${row.status} ${row.code}`, row] as const)

/** Sends a row's request over a socket of its own and holds the answer against the row. */
async function check(row: Row): Promise<void> {
  const request = asRequest(await row.request(rowBed()))
  const reply = await rawExchange(bed.port, request)
  const answer = readAnswer(row.form, reply, bed.trust)
  expect([reply.status, answer.code]).toEqual([row.status, row.code])
  if (row.about !== undefined) expect(answer.about).toBe(row.about)
  for (const step of row.tried ?? []) expect(answer.tried).toContainEqual(expect.stringMatching(step))
  const ports = Object.values(bed.issuers).map(({ port }) => port)
  expectDiscreet(reply, answer, ports)
  if (row.form === 'canonical') expectSigned(reply, request.bytes, keys)
  if (answer.isVerdict) expectReceipt(answer, reply, keys)
  // An outage is undetermined: never invalid, and never valid.
  if (answer.verdict !== null) expect(answer.verdict).toBe(row.code === 'VALID' ? 'VALID' : 'UNDETERMINED')
}

describe('canonical and transport', () => {
  test.each(named([...canonicalRows, ...transportRows]))('%s', (_name, row) => check(row))
})

describe('the other dialects', () => {
  test.each(named(nativeRows))('%s', (_name, row) => check(row))
})

test('rubbish behind a good question: the question is answered first', async () => {
  const socket = await open(bed.port)
  try {
    socket.write(Buffer.concat([await canonicalBytes(canonical, { body: good() }), Buffer.from('rubbish\r\n\r\n')]))
    const reply = await readReply(socket)
    expect([reply.status, readAnswer('canonical', reply, bed.trust).code]).toEqual([200, 'VALID'])
  } finally {
    socket.destroy()
  }
})

test('requests that were accepted are refused after a restart too', async () => {
  const questions = [
    ['canonical', await canonicalBytes(canonical, { body: good() })],
    ['gjzwfwpt', national.make(rowBed(), {})],
    ['tax-gt3', tax.make(rowBed(), {})],
  ] as const
  const send = async () => {
    const codes: string[] = []
    for (const [form, bytes] of questions) {
      codes.push(readAnswer(form, await rawExchange(bed.port, { bytes }), bed.trust).code)
    }
    return codes
  }
  expect(await send()).toEqual(['VALID', 'VALID', 'VALID'])
  await bed.restart()
  expect(await send()).toEqual(['NONCE_REPLAYED', 'NONCE_REPLAYED', 'NONCE_REPLAYED'])
})

test('all of it is on record, in a log that holds and leads to nobody', async () => {
  await bed.gateway.close()
  const folder = join(bed.data, 'audit')
  const report = await verifyAuditLog(folder, keys)
  expect(report).toMatchObject({ holds: true, failure: null })
  expect(report.size).toBeGreaterThan(250)
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'latin1')
    expect(text).not.toContain(person.code)
    expect(text).not.toContain(Buffer.from(person.name).toString('latin1'))
  }
})
