import { existsSync, readFileSync, statSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openKeyFile } from '../src/crypto/key-file.js'
import { documentOf, hutong } from './cli-run.js'
import { type CliWorld, copyCliWorld, openCliWorld } from './cli-world.js'

let template: CliWorld
let world: CliWorld
beforeAll(async () => {
  template = await openCliWorld()
})
afterAll(() => template.close())
beforeEach(() => {
  world = copyCliWorld(template)
})
afterEach(() => world.close())

describe('keys', () => {
  const make = (name: string, ...argv: string[]) =>
    hutong(['keys', 'new', world.path(name), '--passphrase-file', world.passphraseFile, ...argv])

  test.each(['sign', 'encrypt', 'hash'] as const)('a new key for %s opens with its passphrase alone', async (use) => {
    const ran = await make('k.json', '--id', 'fujian-2', '--use', use)
    expect(ran.code).toBe(0)
    const text = readFileSync(world.path('k.json'), 'utf8')
    const opened = await openKeyFile(text, 'hutong-test-passphrase')
    const point = Buffer.from(opened.publicKey).toString('hex')
    expect(ran.out).toBe(use === 'hash' ? 'fujian-2  hash\n' : `fujian-2  ${use}  ${point}\n`)
    expect(ran.err).toContain(`keys.${use}`)
    expect(ran.out + ran.err).not.toContain(Buffer.from(opened.privateKey).toString('hex'))
    expect(statSync(world.path('k.json')).mode & 0o077).toBe(0)
    expect(documentOf(await hutong(['keys', 'show', world.path('k.json'), '--json']))).toMatchObject({
      keyId: 'fujian-2',
      use,
      algorithm: 'SM2',
      publicKey: use === 'hash' ? null : point,
    })
  })

  test.each<[string, string[], string, number]>([
    ['an id with a space', ['--id', 'a b'], 'KEY_ID_INVALID', 2],
    ['an id too long to enrol', ['--id', 'a'.repeat(81)], 'KEY_ID_INVALID', 2],
  ])('%s is refused', async (_, argv, code, exit) => {
    expect(await make('k.json', ...argv)).toMatchObject({ code: exit, out: '', err: expect.stringContaining(code) })
    expect(existsSync(world.path('k.json'))).toBe(false)
  })

  test('no key file is written over, and a folder that is not there is told', async () => {
    await make('k.json', '--id', 'a')
    const before = readFileSync(world.path('k.json'), 'utf8')
    expect(await make('k.json', '--id', 'b')).toMatchObject({ code: 2, err: expect.stringContaining('FILE_EXISTS') })
    expect(readFileSync(world.path('k.json'), 'utf8')).toBe(before)
    const ran = await make('nowhere/k.json', '--id', 'a')
    expect(ran).toMatchObject({ code: 6, out: '' })
    expect(ran.err).toMatch(/^✘ SYSTEM_REFUSED {2}\S+k\.json cannot be used \(ENOENT\)\n {2}→ [^\n]+\n$/)
  })

  test.each<[string, string | null, string]>([
    ['missing', null, 'KEY_FILE_MISSING'],
    ['no key file', '{}', 'KEY_FILE_UNREADABLE'],
    ['endless', 'x'.repeat(70_000), 'KEY_FILE_MISSING'],
  ])('a file that is %s cannot be shown', async (_, text, code) => {
    if (text !== null) world.write('k.json', text)
    const ran = await hutong(['keys', 'show', world.path('k.json')])
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining(code) })
  })
})
