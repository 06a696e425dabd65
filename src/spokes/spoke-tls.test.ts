import { readFileSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { openUpstream, type Upstream } from '../../test/upstream.js'
import type { HubError } from '../canonical/errors.js'
import { openSpokeLink } from './spoke-link.js'
import type { SpokeTls } from './spoke-tls.js'

const pem = (name: string) => readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca.cert')
const trusted = { cert: pem('server.cert'), key: pem('server.key') }
const evil = { cert: pem('evil.cert'), key: pem('evil.key') }

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(...args: Parameters<typeof openUpstream>): Promise<Upstream> {
  const opened = await openUpstream(...args)
  closers.push(opened.close)
  return opened
}

/** Status of the answer, or code and subject of the failure. */
async function ask(endpoint: string, tls: SpokeTls, more: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const spoke = openSpokeLink({
    endpoint,
    tls,
    deadlineMs: 20_000,
    concurrency: 1,
    queue: 1,
    breaker: { minimumCalls: 100, failurePercent: 50, resetMs: 60_000 },
  })
  closers.push(spoke.close)
  const request = {
    method: 'POST',
    target: '/',
    headers: { authorization: 'hutong-test-token', ...more },
    body: new Uint8Array(),
  }
  return spoke.send(request, Date.now() + 20_000).then(
    ({ status }) => status,
    ({ code, subject, message }: HubError) => {
      expect(message).not.toMatch(/127\.|evil|issuer\.test/)
      return { code, subject }
    },
  )
}

const refused = { code: 'ISSUER_UNREACHABLE', subject: 'tls' }

test('a peer that our authority certified is answered, by address or by the name it is configured with', async () => {
  const peer = await upstream((_request, response) => response.end(), trusted)
  expect(await ask(peer.url, { ca })).toBe(200)
  expect(await ask(peer.url, { ca, serverName: 'issuer.test' })).toBe(200)
})

test('a Host field that a signer wrote does not change the name that is checked', async () => {
  const hosts: unknown[] = []
  const peer = await upstream((request, response) => {
    hosts.push(request.headers.host)
    response.end()
  }, trusted)
  const host = `127.0.0.1:${peer.port}`
  expect(await ask(peer.url, { ca, serverName: 'issuer.test' }, { host })).toBe(200)
  expect(await ask(peer.url, { ca, serverName: 'other.test' }, { host })).toEqual(refused)
  expect(hosts).toEqual([host])
})

test.each([
  ['self-signed', evil, {}],
  ['self-signed, though another authority is trusted', evil, { ca }],
  ['certified by an authority that is not ours', trusted, {}],
  ['certified for another name', trusted, { ca, serverName: 'other.test' }],
] as const)('a peer that is %s is refused before it sees a request', async (_what, identity, tls) => {
  const peer = await upstream((_request, response) => response.end(), identity)
  expect(await ask(peer.url, tls)).toEqual(refused)
  expect(peer.hits()).toBe(0)
})

test('a peer that offers nothing newer than TLS 1.1 is refused', async () => {
  const old = { ...trusted, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const peer = await upstream((_request, response) => response.end(), old)
  expect(await ask(peer.url, { ca })).toEqual(refused)
})

test('our client certificate is shown to a peer that asks for it', async () => {
  const names: unknown[] = []
  const demanding = { ...trusted, ca, requestCert: true, rejectUnauthorized: true }
  const peer = await upstream((request, response) => {
    names.push((request.socket as TLSSocket).getPeerCertificate().subject['CN'])
    response.end()
  }, demanding)
  expect(await ask(peer.url, { ca, certificate: pem('client.cert'), key: pem('client.key') })).toBe(200)
  expect(names).toEqual(['hutong-test-client'])
  expect(await ask(peer.url, { ca })).toMatchObject({ code: 'ISSUER_UNREACHABLE' })
  expect(peer.hits()).toBe(1)
})
