import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../spec/vectors/gm_official.json' with { type: 'json' }
import { KeyFileError, openKeyFile, type PrivateKeyRecord, readKeyFileHead, sealKeyFile } from './key-file.js'
import { generateSm2Key, publicPointOf } from './sm2-keys.js'

const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const passphrase = 'hutong-test-passphrase 口令'
const record: PrivateKeyRecord = {
  keyId: 'hunan-sign-2025',
  use: 'sign',
  privateKey: fromHex(vectors.sm2.privateKey),
  createdAt: '2025-01-31T08:00:00Z',
}
const publicKey = fromHex(vectors.sm2.publicKey)
const refusal = (reason: string) => expect.objectContaining({ name: 'KeyFileError', reason })
const sealed = await sealKeyFile(record, passphrase)

type Json = Record<string, unknown> & { kdf: Record<string, unknown>; cipher: Record<string, unknown> }
const edited = (edit: (file: Json) => void): string => {
  const file = JSON.parse(sealed) as Json
  edit(file)
  return JSON.stringify(file)
}

test('what is sealed is opened, for either use', async () => {
  expect(await openKeyFile(sealed, passphrase)).toEqual({ ...record, publicKey })
  const privateKey = generateSm2Key()
  const other: PrivateKeyRecord = { keyId: 'k', use: 'encrypt', privateKey, createdAt: '2025-02-28T23:59:59.999Z' }
  const text = await sealKeyFile(other, 'hutong-test-x')
  expect(await openKeyFile(text, 'hutong-test-x')).toEqual({ ...other, publicKey: publicPointOf(privateKey) })
})

test('a file of the first version stays readable', async () => {
  expect(await openKeyFile(GOLDEN, 'hutong-test-golden')).toEqual({ ...record, publicKey })
})

test('the head is in clear, the private key nowhere', () => {
  const { privateKey, ...head } = record
  expect(readKeyFileHead(sealed)).toEqual({ ...head, publicKey })
  expect(sealed).not.toContain(Buffer.from(privateKey).toString('hex'))
  expect(sealed).not.toContain(Buffer.from(privateKey).toString('base64'))
})

test('two files of one key share no salt, no IV and no text', async () => {
  const [one, two] = [sealed, await sealKeyFile(record, passphrase)].map((text) => JSON.parse(text) as Json)
  expect(one?.kdf['salt']).not.toBe(two?.kdf['salt'])
  expect(one?.cipher['iv']).not.toBe(two?.cipher['iv'])
  expect(one?.cipher['text']).not.toBe(two?.cipher['text'])
})

test('a wrong passphrase is told from an altered file', async () => {
  await expect(openKeyFile(sealed, `${passphrase} `)).rejects.toThrow(refusal('passphrase-wrong'))
  await expect(openKeyFile(sealed, passphrase)).resolves.toMatchObject({ keyId: record.keyId })
})

test('an empty passphrase is refused both ways', async () => {
  await expect(sealKeyFile(record, '')).rejects.toThrow(refusal('passphrase-empty'))
  await expect(openKeyFile(sealed, '')).rejects.toThrow(refusal('passphrase-empty'))
})

test('a passphrase counts by its characters, composed or not', async () => {
  const text = await sealKeyFile(record, 'hutong-test-\u00e9')
  await expect(openKeyFile(text, 'hutong-test-e\u0301')).resolves.toMatchObject({ use: 'sign' })
})

test('no character can be changed unnoticed, whatever the passphrase', async () => {
  const places = [...sealed.matchAll(/[^\s]/g)].map((match) => match.index)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.constantFrom(...'0189afz"{},: '), async (at, character) => {
      fc.pre(sealed[at] !== character)
      const altered = sealed.slice(0, at) + character + sealed.slice(at + 1)
      const reason = await openKeyFile(altered, 'hutong-test-another').then(
        () => 'opened',
        (error: unknown) => (error instanceof KeyFileError ? error.reason : 'another error'),
      )
      expect(['altered', 'malformed', 'unsupported']).toContain(reason)
    }),
    { numRuns: 400 },
  )
})

test.each<[string, (file: Json) => void]>([
  ['the key id', (file) => Object.assign(file, { keyId: 'shandong-sign-2025' })],
  ['the use', (file) => Object.assign(file, { use: 'encrypt' })],
  ['the time', (file) => Object.assign(file, { createdAt: '2035-01-31T08:00:00Z' })],
  ['the public key', (file) => Object.assign(file, { publicKey: `04${'11'.repeat(64)}` })],
  ['the salt', (file) => Object.assign(file.kdf, { salt: '00'.repeat(16) })],
  ['N', (file) => Object.assign(file.kdf, { n: 65_536 })],
  ['the IV', (file) => Object.assign(file.cipher, { iv: '00'.repeat(16) })],
  ['the encrypted text', (file) => Object.assign(file.cipher, { text: '00'.repeat(48) })],
  ['the MAC', (file) => Object.assign(file, { mac: '00'.repeat(32) })],
  ['a member more', (file) => Object.assign(file, { note: 'hello' })],
])('altering %s is noticed', async (_name, edit) => {
  await expect(openKeyFile(edited(edit), passphrase)).rejects.toThrow(refusal('altered'))
})

/** An attacker who repairs the plain checksum meets the HMAC. */
async function resealed(edit: (file: Json) => void): Promise<string> {
  const { canonicalJson } = await import('../canonical/canonical-json.js')
  const { sm3Hex } = await import('./sm3.js')
  const { mac, sm3: _, ...file } = JSON.parse(edited(edit)) as Json
  const sm3 = sm3Hex(Buffer.from(canonicalJson(file)), Buffer.from(String(mac)))
  return JSON.stringify({ ...file, mac, sm3 })
}

test.each<[string, string, (file: Json) => void]>([
  ['the key id', 'altered', (file) => Object.assign(file, { keyId: 'shandong-sign-2025' })],
  ['the use', 'altered', (file) => Object.assign(file, { use: 'encrypt' })],
  ['the public key', 'altered', (file) => Object.assign(file, { publicKey: `04${'11'.repeat(64)}` })],
  ['the encrypted text', 'altered', (file) => Object.assign(file.cipher, { text: '00'.repeat(48) })],
  ['the MAC', 'altered', (file) => Object.assign(file, { mac: '00'.repeat(32) })],
  ['the salt', 'passphrase-wrong', (file) => Object.assign(file.kdf, { salt: '00'.repeat(16) })],
  ['N, out of bounds above', 'unsupported', (file) => Object.assign(file.kdf, { n: 2 ** 30 })],
  ['N, out of bounds below', 'unsupported', (file) => Object.assign(file.kdf, { n: 2 })],
  ['N, no power of two', 'unsupported', (file) => Object.assign(file.kdf, { n: 40_000 })],
  ['N, negative', 'unsupported', (file) => Object.assign(file.kdf, { n: -32_768 })],
  ['r', 'unsupported', (file) => Object.assign(file.kdf, { r: 1024 })],
  ['p', 'unsupported', (file) => Object.assign(file.kdf, { p: 1000 })],
  ['p, half', 'unsupported', (file) => Object.assign(file.kdf, { p: 1.5 })],
  ['the kdf', 'malformed', (file) => Object.assign(file.kdf, { name: 'none' })],
  ['the cipher', 'malformed', (file) => Object.assign(file.cipher, { name: 'none' })],
  ['the text, longer', 'malformed', (file) => Object.assign(file.cipher, { text: '00'.repeat(64) })],
  ['a member more', 'malformed', (file) => Object.assign(file, { note: 'hello' })],
  ['N as text', 'malformed', (file) => Object.assign(file.kdf, { n: '32768' })],
])('altering %s and the checksum gives %s', async (_name, reason, edit) => {
  await expect(openKeyFile(await resealed(edit), passphrase)).rejects.toThrow(refusal(reason))
})

test.each([
  ['nothing', '', 'malformed'],
  ['no JSON', 'hutong-key/1', 'malformed'],
  ['a list', '[]', 'malformed'],
  ['null', 'null', 'malformed'],
  ['an empty object', '{}', 'malformed'],
  ['another format', '{"format":"pkcs8"}', 'malformed'],
  ['a later version', '{"format":"hutong-key/2"}', 'unsupported'],
  ['nothing but the format', '{"format":"hutong-key/1"}', 'malformed'],
  [
    'a lone surrogate',
    `{"format":"hutong-key/1","mac":"${'0'.repeat(64)}","sm3":"${'0'.repeat(64)}","a":"\\ud800"}`,
    'malformed',
  ],
  ['too long', ' '.repeat(9000), 'malformed'],
])('is no key file: %s', async (_name, text, reason) => {
  await expect(openKeyFile(text, passphrase)).rejects.toThrow(refusal(reason))
  expect(() => readKeyFileHead(text)).toThrow(refusal(reason))
})

test('nesting is bounded by the length of a file', async () => {
  const nested = `${'['.repeat(3900)}${']'.repeat(3900)}`
  const text = edited((file) => Object.assign(file, { mac: '0'.repeat(64) })).replace('"sign"', nested)
  await expect(openKeyFile(text, passphrase)).rejects.toThrow(KeyFileError)
})

test.each<[string, Partial<PrivateKeyRecord>]>([
  ['a private key of zero', { privateKey: new Uint8Array(32) }],
  ['a short private key', { privateKey: new Uint8Array(31).fill(1) }],
  ['an empty key id', { keyId: '' }],
  ['a key id with a line break', { keyId: 'a\nb' }],
  ['a time without zone', { createdAt: '2025-01-31T08:00:00' }],
  ['a time that is none', { createdAt: '2025-13-31T08:00:00Z' }],
])('does not write %s', async (_name, part) => {
  await expect(sealKeyFile({ ...record, ...part }, passphrase)).rejects.toThrow(refusal('key-invalid'))
})

test('errors speak both languages and hold nothing secret', async () => {
  const error = await openKeyFile(sealed, 'hutong-test-wrong').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(KeyFileError)
  expect(error).toMatchObject({ message: '口令不对 / the passphrase is wrong', text: { zh: '口令不对' } })
  expect(String(error)).not.toContain('hutong-test')
})

const GOLDEN = `{
  "format": "hutong-key/1",
  "keyId": "hunan-sign-2025",
  "use": "sign",
  "createdAt": "2025-01-31T08:00:00Z",
  "publicKey": "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
  "kdf": {
    "name": "scrypt",
    "n": 32768,
    "r": 8,
    "p": 1,
    "salt": "b88af2814b2ec002b533378bbbb94d8d"
  },
  "cipher": {
    "name": "sm4-cbc",
    "iv": "ba94594b8c5f703008306f7630bcccd2",
    "text": "a2f560daf6070524acfdeb33ef731eef017aae74e975adae0bc4b080da1f319f0ca5948d6d0d2ead80ef3414f06013cb"
  },
  "check": "3165f1b127f020eb34a65c88896be584000cda166aba4130fe29c12ce2fbf55f",
  "mac": "1f1d03663b52cf3432634cd4d63ad0fbc7aef6149eef26b1714d9291281ae2af",
  "sm3": "54f76ac98842779c5e3e4c33df5f5c6e91fa4058389ad8249248ec0193c5f70a"
}
`
