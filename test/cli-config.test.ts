import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { documentOf, hutong } from './cli-run.js'
import { type CliWorld, copyCliWorld, openCliWorld, putSecrets } from './cli-world.js'

const tls = join(import.meta.dirname, 'fixtures/tls')
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

describe('config init', () => {
  test('writes a folder that is sound, with secrets for its owner alone', async () => {
    for (const file of ['keys/sign.json', 'keys/encrypt.json', 'keys/hash.json', 'gateway.yaml', 'use-list.yaml']) {
      expect(statSync(join(template.config, file)).mode & 0o077).toBe(0)
    }
    for (const folder of ['keys', 'secrets']) expect(statSync(join(template.config, folder)).mode & 0o077).toBe(0)
    const ran = await hutong(['config', 'check', world.config])
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toMatch(/^✔ .* is sound {2}version [0-9a-f]{16} {2}spokes 0 {2}uses 0\n$/)
  })

  test('listens on loopback and answers nobody, until somebody says otherwise', async () => {
    const { gateway, useList } = documentOf(await hutong(['config', 'show', world.config, '--json']))
    expect(gateway).toMatchObject({ listen: { host: '127.0.0.1' }, publicVerify: { enabled: false } })
    expect(useList).toMatchObject({ uses: [] })
  })

  test('leaves alone what is there, whole', async () => {
    const before = readFileSync(join(world.config, 'gateway.yaml'), 'utf8')
    const again = await hutong([
      'config',
      'init',
      world.config,
      '--name',
      'other',
      '--passphrase-file',
      world.passphraseFile,
    ])
    expect(again).toMatchObject({ code: 2, out: '', err: expect.stringContaining('FILE_EXISTS') })
    expect(readFileSync(join(world.config, 'gateway.yaml'), 'utf8')).toBe(before)
    // A folder with one file of another gateway gets no keys either.
    const partly = world.path('partly')
    mkdirSync(partly)
    writeFileSync(join(partly, 'use-list.yaml'), 'uses: []\n')
    const ran = await hutong(['config', 'init', partly, '--name', 'other', '--passphrase-file', world.passphraseFile])
    expect(ran.code).toBe(2)
    expect(readdirSync(partly)).toEqual(['use-list.yaml'])
  })

  test.each<[string, string[], string, number]>([
    ['a name in capitals', ['--name', 'Fujian'], 'NAME_INVALID', 2],
    ['no passphrase', ['--name', 'fujian'], 'PASSPHRASE_MISSING', 6],
    ['an empty passphrase', ['--name', 'fujian', '--passphrase-file', '/dev/null'], 'PASSPHRASE_FILE_UNREADABLE', 6],
  ])('writes nothing with %s', async (_, argv, code, exit) => {
    const ran = await hutong(['config', 'init', world.path('new'), ...argv])
    expect(ran).toMatchObject({ code: exit, out: '', err: expect.stringMatching(new RegExp(`^✘ ${code} `)) })
    expect(existsSync(world.path('new'))).toBe(false)
  })
})

describe('config check', () => {
  test('tells a folder that is not there from one that is bad', async () => {
    const missing = await hutong(['config', 'check', world.path('nowhere')])
    expect(missing.code).toBe(6)
    expect(missing.err).toContain('CONFIG_MISSING')
    expect(missing.err).toContain(`hutong config init ${world.path('nowhere')}`)
  })

  test('lists every problem with file and line, in both languages, and as JSON', async () => {
    writeFileSync(join(world.config, 'spokes/x.yaml'), 'name: x\nnode: "43"\ndialect: soap\nsurprise: 1\n')
    writeFileSync(join(world.config, 'use-list.yaml'), 'uses: 1\n')
    const ran = await hutong(['config', 'check', world.config])
    expect(ran).toMatchObject({ code: 6, out: '' })
    expect(ran.err).toContain('CONFIG_INVALID  3 problems in')
    expect(ran.err).toContain('  spokes/x.yaml:3 dialect: must be one of ')
    expect(ran.err).toContain('  spokes/x.yaml:4 surprise: there is no such setting')
    expect(ran.err).toContain('  use-list.yaml:1 uses: must be of type array')
    expect(ran.err).toContain(`run hutong config check ${world.config}`)
    expect((await hutong(['config', 'check', world.config, '--lang', 'zh'])).err).toContain('没有这个设置项')
    const { error } = documentOf(await hutong(['config', 'check', world.config, '--json']))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', problems: { length: 3 } })
  })

  test.each<[string, (world: CliWorld) => void, string]>([
    ['a key file that is gone', ({ config }) => rmSync(join(config, 'keys/sign.json')), 'gateway.yaml keys.sign.0: '],
    ['a key file that is none', ({ config }) => writeFileSync(join(config, 'keys/sign.json'), '{}'), 'not a key file'],
    [
      'a key of another use',
      ({ config }) => cpSync(join(config, 'keys/sign.json'), join(config, 'keys/hash.json')),
      'gateway.yaml keys.hash: this is a key for sign',
    ],
    [
      'a certificate that is gone',
      ({ edit }) =>
        edit('gateway.yaml', (gateway) =>
          Object.assign(gateway['listen'] as object, { tls: { certificate: 'no.pem', key: 'no.pem' } }),
        ),
      'no.pem cannot be read (ENOENT)',
    ],
    [
      'a certificate with another’s key',
      ({ edit }) =>
        edit('gateway.yaml', (gateway) =>
          Object.assign(gateway['listen'] as object, {
            tls: { certificate: join(tls, 'server.cert.pem'), key: join(tls, 'client.key.pem') },
          }),
        ),
      'are no pair',
    ],
  ])('finds %s, which would stop the gateway', async (_, harm, words) => {
    harm(world)
    const ran = await hutong(['config', 'check', world.config])
    expect(ran.code).toBe(6)
    expect(ran.err).toContain(words)
    expect(ran.err).toContain('CONFIG_INVALID  one problem in')
  })

  test('finds a spoke’s authority that cannot be read', async () => {
    const { point, config } = world
    await world.addSpoke(
      'hunan',
      '--node',
      '43',
      '--dialect',
      'canonical',
      '--endpoint',
      'https://hunan.test',
      '--key',
      `h=${point}`,
    )
    world.edit('spokes/hunan.yaml', ({ ask }) => Object.assign(ask as object, { tls: { ca: 'ca.pem' } }))
    expect((await hutong(['config', 'check', config])).err).toMatch(
      /spokes\/hunan\.yaml ask\.tls: .*ca\.pem cannot be read \(ENOENT\)/,
    )
    writeFileSync(join(config, 'ca.pem'), 'no certificate')
    expect((await hutong(['config', 'check', config])).err).toContain('ask.tls.ca: it holds no PEM certificate')
  })

  test('finds two spokes that claim one division', async () => {
    const { point, config } = world
    for (const name of ['one', 'two']) {
      await world.addSpoke(
        name,
        '--node',
        '43',
        '--dialect',
        'canonical',
        '--endpoint',
        'https://x.test',
        '--key',
        `${name}=${point}`,
      )
    }
    const ran = await hutong(['config', 'check', config])
    expect(ran.code).toBe(6)
    expect(ran.err).toContain('spokes/one.yaml, spokes/two.yaml')
  })
})

describe('config show and diff', () => {
  beforeEach(async () => {
    await world.addSpoke('tax', '--node', 'sta', '--dialect', 'tax-gt3', '--endpoint', 'http://127.0.0.1:9')
    putSecrets(world, ['secrets/tax-channelId', 'secrets/tax-spokeSecret'])
  })

  test('show masks every secret and holds nothing of a key', async () => {
    for (const argv of [[], ['--json']]) {
      const { code, out } = await hutong(['config', 'show', world.config, ...argv])
      expect(code).toBe(0)
      expect(out).not.toContain('hutong-test-secret')
      expect(out).toMatch(/"?spokeSecret"?: "\*{6}"/)
      for (const use of ['sign', 'encrypt', 'hash']) {
        const { cipher, publicKey } = JSON.parse(readFileSync(join(world.config, `keys/${use}.json`), 'utf8')) as {
          cipher: { text: string }
          publicKey: string
        }
        for (const text of [cipher.text, publicKey]) expect(out).not.toContain(text)
      }
    }
  })

  test('diff names what differs: nothing, a setting, a secret without its value', async () => {
    const other = world.path('other')
    cpSync(world.config, other, { recursive: true })
    const same = await hutong(['config', 'diff', world.config, other])
    expect(same).toEqual({ code: 0, out: '', err: '(no difference)\n' })
    const gateway = readFileSync(join(other, 'gateway.yaml'), 'utf8')
    writeFileSync(join(other, 'gateway.yaml'), gateway.replace('8787', '8788'))
    writeFileSync(join(other, 'secrets/tax-spokeSecret'), 'hutong-test-other')
    const ran = await hutong(['config', 'diff', world.config, other])
    expect(ran.out.split('\n').slice(0, 2)).toEqual([
      'gateway.listen.port: 8787 → 8788',
      'spokes.tax.secrets.spokeSecret: ****** → ****** (≠)',
    ])
    expect(ran.out).not.toContain('hutong-test')
    const { changes } = documentOf(await hutong(['config', 'diff', world.config, other, '--json']))
    expect(changes).toMatchObject([
      { setting: 'gateway.listen.port', from: '8787', to: '8788' },
      {},
      { setting: 'version' },
    ])
    expect(await hutong(['config', 'diff', world.config, world.path('nowhere')])).toMatchObject({ code: 6 })
  })
})
