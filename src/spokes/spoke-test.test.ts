import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openUpstream } from '../../test/upstream.js'
import { EndpointError } from '../canonical/endpoint.js'
import { type SpokeTestOptions, spokeTestStages, testSpoke } from './spoke-test.js'

const pem = (name: string) => readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const identity = { cert: pem('server.cert'), key: pem('server.key') }
const ca = pem('ca.cert')

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(...args: Parameters<typeof openUpstream>) {
  const opened = await openUpstream(...args)
  closers.push(opened.close)
  return opened
}

const outline = async (options: SpokeTestOptions) => {
  const results = await testSpoke(options)
  expect(results.map(({ stage }) => stage)).toEqual(spokeTestStages)
  return results.map(({ result, detail }) => `${result} ${detail}`.trim())
}

test('passes every stage, and says what it saw', async () => {
  const seen: unknown[] = []
  const peer = await upstream((request, response) => {
    seen.push(request.method, request.url, request.headers.authorization)
    response.writeHead(405).end()
  }, identity)
  const endpoint = `https://localhost:${peer.port}/zzgx/`
  expect(await outline({ endpoint, tls: { ca } })).toEqual([
    expect.stringMatching(/^ok [1-9]$/),
    'ok',
    'ok TLSv1.3 2126-10-30',
    'ok 405',
  ])
  expect(seen).toEqual(['HEAD', '/zzgx', undefined])
})

test('an address needs no DNS, and http no TLS', async () => {
  const peer = await upstream((_request, response) => response.end())
  expect(await outline({ endpoint: peer.url })).toEqual(['skipped', 'ok', 'skipped', 'ok 200'])
})

test('stops at the stage that fails', async () => {
  const peer = await upstream((_request, response) => response.end(), { cert: pem('evil.cert'), key: pem('evil.key') })
  expect(await outline({ endpoint: peer.url, tls: { ca } })).toEqual([
    'skipped',
    'ok',
    'failed DEPTH_ZERO_SELF_SIGNED_CERT',
    'skipped',
  ])
  expect(peer.hits()).toBe(0)
  const gone = await upstream(() => undefined)
  await gone.close()
  expect(await outline({ endpoint: gone.url })).toEqual(['skipped', 'failed ECONNREFUSED', 'skipped', 'skipped'])
})

test('the certificate must carry the name that is configured', async () => {
  const peer = await upstream((_request, response) => response.end(), identity)
  const stages = await outline({ endpoint: peer.url, tls: { ca, serverName: 'other.test' } })
  expect(stages[2]).toBe('failed ERR_TLS_CERT_ALTNAME_INVALID')
  const right = await outline({ endpoint: peer.url, tls: { ca, serverName: 'issuer.test' } })
  expect(right[3]).toBe('ok 200')
})

test('a stage that does not come to an end is ended', async () => {
  const mute = createServer((socket) => closers.push(async () => void socket.destroy()))
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => mute.close(() => resolve())))
  const { port } = mute.address() as { port: number }
  expect(await outline({ endpoint: `https://127.0.0.1:${port}`, stageMs: 400 })).toEqual([
    'skipped',
    'ok',
    'failed TIMEOUT',
    'skipped',
  ])
  expect((await outline({ endpoint: `http://127.0.0.1:${port}`, stageMs: 400 }))[3]).toBe('failed TIMEOUT')
})

test('what cannot be connected to safely is not tried', async () => {
  await expect(testSpoke({ endpoint: 'http://issuer.test' })).rejects.toBeInstanceOf(EndpointError)
})
