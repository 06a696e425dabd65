import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { keyMap, ORIGIN, testKey } from '../../test/audit-fixtures.js'
import { checkpointSigner, parseCheckpoint, verifyCheckpoint } from './checkpoint.js'
import { leafHash } from './merkle.js'

const key = testKey('gateway-1')
const keys = keyMap(key)
const root = leafHash(Buffer.from('x'))
const signed = await checkpointSigner(ORIGIN, key.signing)(42, root)

test('three lines, a blank one, and a signature by the origin', () => {
  const lines = signed.split('\n')
  expect(lines.slice(0, 4)).toEqual([ORIGIN, '42', Buffer.from(root).toString('base64'), ''])
  expect(lines).toHaveLength(6)
  const [dash, name, base64 = ''] = lines[4]?.split(' ') ?? []
  expect([dash, name]).toEqual(['—', ORIGIN])
  const bytes = Buffer.from(base64, 'base64')
  expect(bytes).toHaveLength(68)
  // Type byte 0xff and its name as spec says; written out here so that a change of it shows.
  const hash = createHash('sha256')
    .update(`${ORIGIN}\n`)
    .update(Uint8Array.of(0xff))
    .update('hutong-sm2-sm3\ngateway-1')
  expect(bytes.subarray(0, 4)).toEqual(hash.digest().subarray(0, 4))
  expect(key.verifying.verify(Buffer.from(`${lines.slice(0, 3).join('\n')}\n`), bytes.subarray(4))).toBe(true)
})

test('verifies with the key, and says which', () => {
  expect(verifyCheckpoint(signed, keys)).toEqual({ head: { origin: ORIGIN, size: 42, root }, keyId: 'gateway-1' })
})

test('an empty log has a checkpoint too', async () => {
  const empty = await checkpointSigner(ORIGIN, key.signing)(0, root)
  expect(verifyCheckpoint(empty, keys)).toMatchObject({ head: { size: 0 } })
})

test('lines of witnesses are passed over, before and after ours', () => {
  const witness = `— witness.example ${Buffer.alloc(76, 7).toString('base64')}\n`
  expect(verifyCheckpoint(`${signed}${witness}`, keys)).toMatchObject({ keyId: 'gateway-1' })
  expect(verifyCheckpoint(signed.replace('\n\n', `\n\n${witness}`), keys)).toMatchObject({ keyId: 'gateway-1' })
  expect(verifyCheckpoint(signed + witness.repeat(15), keys)).toMatchObject({ keyId: 'gateway-1' })
  expect(verifyCheckpoint(signed + witness.repeat(16), keys)).toBe('checkpoint-malformed')
})

test('a second line of ours that does not hold spoils the whole', () => {
  const [line = ''] = signed.split('\n').slice(4)
  const [, , base64 = ''] = line.split(' ')
  const bytes = Buffer.from(base64, 'base64')
  bytes[40] = (bytes[40] ?? 0) ^ 1
  expect(verifyCheckpoint(`${signed}— ${ORIGIN} ${bytes.toString('base64')}\n`, keys)).toBe(
    'checkpoint-signature-invalid',
  )
})

test('another key under the same id, an unknown key, no key', () => {
  expect(verifyCheckpoint(signed, keyMap(testKey('gateway-1')))).toBe('checkpoint-signature-invalid')
  expect(verifyCheckpoint(signed, keyMap(testKey('gateway-2')))).toBe('checkpoint-key-unknown')
  expect(verifyCheckpoint(signed, new Map())).toBe('checkpoint-key-unknown')
})

test('every byte counts', () => {
  for (let at = 0; at < signed.length; at++) {
    const other = signed[at] === 'A' ? 'B' : 'A'
    const changed = signed.slice(0, at) + other + signed.slice(at + 1)
    expect(typeof verifyCheckpoint(changed, keys), `character ${at}`).toBe('string')
  }
})

describe('the form is strict', () => {
  const [origin = '', size = '', hash = '', , signature = ''] = signed.split('\n')
  const note = (...lines: readonly string[]) => `${lines.join('\n')}\n`
  test.each([
    ['no final newline', signed.slice(0, -1)],
    ['CR LF', signed.replaceAll('\n', '\r\n')],
    ['a leading zero', note(origin, `0${size}`, hash, '', signature)],
    ['a sign', note(origin, `+${size}`, hash, '', signature)],
    ['a size past 2^53', note(origin, '9007199254740993', hash, '', signature)],
    ['no origin', note('', size, hash, '', signature)],
    ['an origin that a receipt could start with', note('{', size, hash, '', signature)],
    ['a root of 31 bytes', note(origin, size, Buffer.alloc(31).toString('base64'), '', signature)],
    ['a root with stray bits', note(origin, size, `${hash.slice(0, -2)}B=`, '', signature)],
    ['an extension line', note(origin, size, hash, 'more', '', signature)],
    ['no blank line', note(origin, size, hash, signature)],
    ['no signature', note(origin, size, hash, '')],
    ['a hyphen for the dash', note(origin, size, hash, '', signature.replace('—', '-'))],
    ['two spaces', note(origin, size, hash, '', signature.replaceAll(' ', '  '))],
    ['nothing', ''],
    ['a megabyte', 'a\n'.repeat(500_000)],
  ])('%s', (_, text) => {
    expect(parseCheckpoint(text)).toBeNull()
    expect(verifyCheckpoint(text, keys)).toBe('checkpoint-malformed')
  })
})

test.each(['', '{x', '"x', 'a b', 'a+b', 'a\nb', '网关', 'x'.repeat(129)])('%j is no origin', (origin) => {
  expect(() => checkpointSigner(origin, key.signing)).toThrow(RangeError)
})

test('a key that returns something else is not believed', async () => {
  const broken = checkpointSigner(ORIGIN, { keyId: 'k', sign: () => new Uint8Array(70) })
  await expect(broken(1, root)).rejects.toThrow('SM2')
})
