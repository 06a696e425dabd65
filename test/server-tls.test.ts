import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { ConnectionOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAnswer } from './answers.js'
import { headData, tax } from './bad-input-native.js'
import { canonicalBytes, type RowBed } from './bad-input-rows.js'
import { type CanonicalAsker, canonicalAsker, purpose } from './canonical-asker.js'
import { type GatewayBed, issues, startBed } from './gateway-bed.js'
import { rawExchange } from './raw-http.js'
import { licenceOf } from './test-issuer.js'

const file = (name: string) => fileURLToPath(new URL(`./fixtures/tls/${name}.pem`, import.meta.url))
const pem = (name: string) => readFileSync(file(name), 'utf8')
const fingerprintOf = (name: string) => new X509Certificate(pem(name)).fingerprint256.replaceAll(':', '').toLowerCase()

const nobody: ConnectionOptions = { ca: pem('ca.cert') }
const pinned: ConnectionOptions = { ...nobody, cert: pem('client.cert'), key: pem('client.key') }
/** Made by somebody else for himself. */
const foreign: ConnectionOptions = { ...nobody, cert: pem('evil.cert'), key: pem('evil.key') }

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

let bed: GatewayBed
let canonical: CanonicalAsker

beforeAll(async () => {
  bed = await startBed({
    async configure(world) {
      await world.edit('gateway.yaml', (value) => {
        const tls = { certificate: file('server.cert'), key: file('server.key'), clientCa: file('ca.cert') }
        value['listen'] = { host: '0.0.0.0', port: 0, tls }
      })
      const pins = { 'shenzhen-tax': fingerprintOf('client.cert'), fujian: fingerprintOf('client.cert') }
      for (const [name, fingerprint] of Object.entries(pins)) {
        await world.edit(`spokes/${name}.yaml`, ({ serve }) =>
          Object.assign(serve as object, { pinnedCertificates: [fingerprint] }),
        )
      }
    },
  })
  canonical = canonicalAsker(bed.url, bed.folder)
})
afterAll(async () => {
  await canonical?.close()
  await bed?.close()
})

const rowBed = (): RowBed => ({ port: bed.port, trust: bed.trust, canonical })

/** Code of the answer to a tax system's question. */
async function askTax(tls: ConnectionOptions, options: object, host = '127.0.0.1'): Promise<string> {
  const reply = await rawExchange(bed.port, { bytes: tax.make(rowBed(), options) }, { host, tls })
  return readAnswer('tax-gt3', reply, bed.trust).code
}

async function askHeadData(tls: ConnectionOptions, options: object, host = '127.0.0.1'): Promise<string> {
  const reply = await rawExchange(bed.port, { bytes: headData.make(rowBed(), options) }, { host, tls })
  return readAnswer('head-data-sm2', reply, bed.trust).code
}

describe('a dialect without signatures', () => {
  test('is believed with the pinned certificate in place of a secret', async () => {
    expect(await askTax(pinned, { secret: null })).toBe('VALID')
    expect(await askTax(pinned, { secret: 'hutong-test-wrong' })).toBe('VALID')
  })

  test('is not believed with no certificate, or one that our authority did not issue', async () => {
    expect(await askTax(nobody, { secret: null })).toBe('CREDENTIAL_REFUSED')
    expect(await askTax(foreign, { secret: null })).toBe('CREDENTIAL_REFUSED')
  })

  test('is not believed with a certificate of our authority that is not this spoke’s', async () => {
    await bed.edit('spokes/shenzhen-tax.yaml', ({ serve }) =>
      Object.assign(serve as object, { pinnedCertificates: [fingerprintOf('server.cert')] }),
    )
    await bed.gateway.reload()
    expect(await askTax(pinned, { secret: null })).toBe('CREDENTIAL_REFUSED')
    await bed.edit('spokes/shenzhen-tax.yaml', ({ serve }) =>
      Object.assign(serve as object, { pinnedCertificates: [fingerprintOf('client.cert')] }),
    )
    await bed.gateway.reload()
    expect(await askTax(pinned, { secret: null })).toBe('VALID')
  })

  test('a pinned certificate replaces no account', async () => {
    expect(await askTax(pinned, { secret: null, channelId: 'hutong-test-tax' })).toBe('CREDENTIAL_REFUSED')
    expect(await askHeadData(pinned, { accessToken: 'hutong-test-wrong' })).toBe('CREDENTIAL_REFUSED')
    expect(await askHeadData(pinned, {})).toBe('VALID')
  })
})

if (outside === undefined) console.log('skipped: this machine has no address but loopback to be asked at')

describe.skipIf(outside === undefined)('from an address that is not loopback', () => {
  test('a secret is worth nothing', async () => {
    expect(await askTax(nobody, {}, outside)).toBe('CLIENT_CERTIFICATE_REQUIRED')
    expect(await askTax(foreign, {}, outside)).toBe('CLIENT_CERTIFICATE_REQUIRED')
    expect(await askHeadData(nobody, {}, outside)).toBe('CLIENT_CERTIFICATE_REQUIRED')
  })

  test('the pinned certificate is', async () => {
    expect(await askTax(pinned, { secret: null }, outside)).toBe('VALID')
    expect(await askHeadData(pinned, {}, outside)).toBe('VALID')
  })

  test('a signature needs none', async () => {
    const licenceId = licenceOf(issues.canonical.type, issues.canonical.issuer)
    const bytes = await canonicalBytes(canonical, { body: JSON.stringify({ licenceId, purpose: purpose() }) })
    const reply = await rawExchange(bed.port, { bytes }, { host: outside ?? '', tls: nobody })
    expect(readAnswer('canonical', reply, bed.trust).code).toBe('VALID')
  })
})

test('who speaks without TLS is not answered', async () => {
  const bytes = tax.make(rowBed(), {})
  await expect(rawExchange(bed.port, { bytes })).rejects.toThrow()
})
