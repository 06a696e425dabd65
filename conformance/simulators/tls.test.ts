import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { at, parseJson } from './kit/json.js'
import { post } from './kit/post.js'
import { type RunningSystem, startSystem } from './kit/program.js'
import { taxGt3 } from './tax-gt3/dialect.js'

const pem = (name: string) => fileURLToPath(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url))
const account = { channelId: 'HTTEST01', spokeSecret: 'hutong-test-spoke-secret-0001' }
const question = {
  operation: 'verifyData',
  licenceId: '1.2.156.3005.2.11100000000014445H901.114300000061231244.20240000701.001.R',
}

const systems: RunningSystem[] = []
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.close()))
})

async function askOver(tls: Readonly<Record<string, string>>, serverTls: Readonly<Record<string, string>>) {
  const issuer = await startSystem(taxGt3, { node: 'tax', issuer: { ...account, tls: serverTls } }, () => {})
  systems.push(issuer)
  const hub = `https://127.0.0.1:${issuer.ready.issuerPort}`
  const asker = await startSystem(taxGt3, { node: 'x', asker: { node: 'x', hub, tls, ...account } }, () => {})
  systems.push(asker)
  const headers = { 'content-type': 'application/json' }
  const message = { target: '/ask', headers, body: Buffer.from(JSON.stringify(question)) }
  const reply = await post({ origin: `http://127.0.0.1:${asker.ready.controlPort}`, deadlineMs: 10_000 }, message)
  return parseJson(reply.body)
}

const server = { certificate: pem('server.cert'), key: pem('server.key') }
const client = { ca: pem('ca.cert'), certificate: pem('client.cert'), key: pem('client.key') }

test('a client with its certificate is answered', async () => {
  const outcome = await askOver(client, { ...server, ca: pem('ca.cert') })
  expect(at(outcome, 'native', 'payload', 'zzzt')).toBe('01')
})

test('a client without one is not, where the server asks for it', async () => {
  expect(await askOver({ ca: pem('ca.cert') }, { ...server, ca: pem('ca.cert') })).toMatchObject({ code: 'NO_ANSWER' })
})

test('a server that nobody vouches for is not asked', async () => {
  const evil = { certificate: pem('evil.cert'), key: pem('evil.key') }
  expect(await askOver({ ca: pem('ca.cert') }, evil)).toMatchObject({ code: 'NO_ANSWER' })
})
