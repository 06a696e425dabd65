import { spawnSync } from 'node:child_process'
import { createPrivateKey, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { nobleEngine } from './engine-noble.js'
import { nodeEngine } from './engine-node.js'
import { forgeries, official, onePlusOrder, secondUserId, smallest } from './self-test-vectors.js'
import { sm2Decrypt, sm2Encrypt } from './sm2-cipher.js'
import { DEFAULT_USER_ID, identityHash } from './sm2-identity.js'
import { pkcs8Of, privateScalarOf, spkiOf } from './sm2-key-der.js'
import { generateSm2Key, publicPointOf } from './sm2-keys.js'
import { signatureFromDer, signatureToDer } from './sm2-signature.js'
import { hmacSm3, sm3Hex } from './sm3.js'

const folder = mkdtempSync(join(tmpdir(), 'hutong-openssl-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

function openssl(...args: readonly string[]): { ok: boolean; stdout: Buffer } {
  const { status, stdout } = spawnSync('openssl', args, { timeout: 20_000 })
  return { ok: status === 0, stdout: stdout ?? Buffer.alloc(0) }
}

/** Why OpenSSL cannot judge here; empty when it can. */
function obstacle(): string {
  const version = openssl('version')
  if (!version.ok) return 'the openssl command is not installed'
  const name = version.stdout.toString().trim()
  if (!/^OpenSSL [3-9]/.test(name)) return `${name} takes no user id on the command line`
  return openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2').ok ? '' : `${name} has no SM2`
}
const reason = obstacle()
if (reason !== '') console.warn(`skipped: OpenSSL as a judge of SM2: ${reason}`)

const d = generateSm2Key()
const point = publicPointOf(d)
const secretFile = file('secret.der', pkcs8Of(d, point))
const publicFile = file('public.der', spkiOf(point))
const SIGNATURE = ['-rawin', '-digest', 'sm3', '-keyform', 'DER']

function accepts(spki: string, message: Uint8Array, der: Uint8Array, id: string = DEFAULT_USER_ID): boolean {
  const [m, s] = [file('m', message), file('s', der)]
  const args = ['-pubin', '-inkey', spki, '-in', m, '-sigfile', s, '-pkeyopt', `distid:${id}`]
  return openssl('pkeyutl', '-verify', ...SIGNATURE, ...args).ok
}

describe.skipIf(reason !== '')('OpenSSL', () => {
  test.each([nodeEngine, nobleEngine])('accepts what $name signs, and nothing altered', async (engine) => {
    for (const id of [DEFAULT_USER_ID, 'ALICE123@YAHOO.COM']) {
      const message = randomBytes(100)
      const signature = await engine.sign(engine.importPrivate(d), identityHash(point, id), [message])
      const der = signatureToDer(signature)
      expect(accepts(publicFile, message, der, id)).toBe(true)
      expect(accepts(publicFile, Buffer.concat([message, message]), der, id)).toBe(false)
      expect(accepts(publicFile, message, der, 'somebody else')).toBe(false)
    }
  })

  test.each([nodeEngine, nobleEngine])('signs what $name accepts', (engine) => {
    const message = randomBytes(100)
    const args = ['-inkey', secretFile, '-in', file('m', message), '-out', join(folder, 's')]
    for (const id of [DEFAULT_USER_ID, 'ALICE123@YAHOO.COM']) {
      expect(openssl('pkeyutl', '-sign', ...SIGNATURE, ...args, '-pkeyopt', `distid:${id}`).ok).toBe(true)
      const signature = signatureFromDer(readFileSync(join(folder, 's'))) ?? new Uint8Array(0)
      const key = engine.importPublic(point, 'once')
      expect(engine.verify(key, identityHash(point, id), [message], signature)).toBe(true)
      expect(engine.verify(key, identityHash(point, `${id}.`), [message], signature)).toBe(false)
    }
  })

  test('judges the vectors of the self-test as we do, where they carry the official Z', () => {
    const spki = file('official.der', spkiOf(official.point))
    const join64 = (r: Uint8Array, s: Uint8Array) => signatureToDer(Uint8Array.from(Buffer.concat([r, s])))
    const { message, r, s } = official
    expect(accepts(spki, message, Buffer.from(vectors.sm2.signature.der, 'hex'))).toBe(true)
    expect(accepts(spki, message, join64(secondUserId.r, secondUserId.s), secondUserId.userId)).toBe(true)
    expect(accepts(spki, message, join64(secondUserId.r, secondUserId.s))).toBe(false)
    const infinite = forgeries.find(({ name }) => name.includes('infinity')) ?? smallest
    expect(accepts(spki, message, join64(infinite.r, infinite.s))).toBe(false)
    expect(accepts(spki, message, join64(r, onePlusOrder))).toBe(false)
    expect(accepts(spki, message, join64(s, r))).toBe(false)
  })

  test('reads our ASN.1 ciphertext, and we read its', () => {
    // Not one byte: OpenSSL may use a key stream of zeros, one in 256, which we refuse.
    for (const length of [8, 32, 200, 1000]) {
      const plain = randomBytes(length)
      const sealed = file('c', sm2Encrypt(point, plain, { form: 'asn1' }))
      const opened = openssl('pkeyutl', '-decrypt', '-keyform', 'DER', '-inkey', secretFile, '-in', sealed)
      expect(opened.stdout).toEqual(plain)
      const args = ['-pubin', '-keyform', 'DER', '-inkey', publicFile, '-in', file('p', plain)]
      const theirs = openssl('pkeyutl', '-encrypt', ...args).stdout
      expect(Buffer.from(sm2Decrypt(d, theirs, { form: 'asn1' }))).toEqual(plain)
    }
  })

  test('decrypts the official ciphertext', () => {
    const secret = file('official-secret.der', pkcs8Of(official.d, official.point))
    const sealed = file('c', Buffer.from(vectors.sm2.encryption.asn1, 'hex'))
    const opened = openssl('pkeyutl', '-decrypt', '-keyform', 'DER', '-inkey', secret, '-in', sealed)
    expect(opened.stdout.toString()).toBe(vectors.sm2.encryption.message)
  })

  test('makes keys that we import', () => {
    const pem = openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2').stdout
    const key = createPrivateKey(pem)
    const scalar = privateScalarOf(key)
    expect(key.export({ type: 'pkcs8', format: 'der' })).toEqual(pkcs8Of(scalar, publicPointOf(scalar)))
  })

  test('agrees on SM3 and HMAC-SM3', () => {
    const message = randomBytes(300)
    const key = randomBytes(20)
    const path = file('h', message)
    expect(openssl('dgst', '-sm3', '-r', path).stdout.toString().slice(0, 64)).toBe(sm3Hex(message))
    const mac = openssl('dgst', '-sm3', '-mac', 'HMAC', '-macopt', `hexkey:${key.toString('hex')}`, '-r', path)
    expect(mac.stdout.toString().slice(0, 64)).toBe(Buffer.from(hmacSm3(key, message)).toString('hex'))
  })
})
