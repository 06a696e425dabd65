import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { documentOf, hutong } from './cli-run.js'
import { type CliWorld, copyCliWorld, freePort, openCliWorld, putSecrets } from './cli-world.js'

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

describe('doctor', () => {
  const codesOf = (value: Record<string, unknown>) =>
    (value['findings'] as { code: string; result: string; next: { zh: string; en: string } | null }[]).map(
      (each) => each,
    )
  const examine = async (...argv: string[]) => {
    const ran = await hutong(['doctor', '--config', world.config, '--data', world.path('data'), '--json', ...argv])
    const value = documentOf(ran)
    const findings = codesOf(value)
    // Whatever is not well says what mends it.
    for (const { result, next } of findings) expect(next === null).toBe(result === 'ok')
    return {
      code: ran.code,
      ok: value['ok'],
      failed: findings.filter(({ result }) => result === 'failed').map(({ code }) => code),
      codes: findings.map(({ code }) => code),
    }
  }
  beforeEach(async () => {
    const port = await freePort()
    world.edit('gateway.yaml', (gateway) => Object.assign(gateway['listen'] as object, { port }))
  })

  test('finds a new folder well', async () => {
    const found = await examine('--passphrase-file', world.passphraseFile)
    expect(found).toMatchObject({ code: 0, ok: true, failed: [] })
    for (const code of ['ENGINE', 'CONFIG', 'DATA', 'PORT', 'KEYS']) expect(found.codes).toContain(code)
    const shown = await hutong(['doctor', '--config', world.config, '--passphrase-file', world.passphraseFile])
    expect(shown.out).toMatch(/^runtime\n {2}[✔!] node /)
    expect(shown.err).toMatch(/^failed 0 {2}warnings \d\n$/)
  })

  test('--strict makes a warning a failure', async () => {
    expect(await examine()).toMatchObject({ code: 0, ok: true, failed: [] })
    expect(await examine('--strict')).toMatchObject({
      code: 6,
      ok: false,
      failed: [],
      codes: expect.arrayContaining(['KEYS_UNTRIED']),
    })
  })

  test.each<[string, () => string, string]>([
    ['a wrong passphrase', () => world.write('wrong', 'hutong-test-wrong\n'), 'KEY_FILE_UNOPENED'],
    ['no passphrase file', () => world.path('nowhere'), 'PASSPHRASE_FILE_UNREADABLE'],
  ])('finds %s', async (_, file, code) => {
    expect(await examine('--passphrase-file', file())).toMatchObject({ code: 6, ok: false, failed: [code] })
  })

  test('finds an expired certificate, and says since when', async () => {
    const { point } = world
    await world.addSpoke('hunan', '--node', '43', '--dialect', 'canonical', '--serve', '--key', `h=${point}`)
    world.edit('spokes/hunan.yaml', (spoke) => {
      const ask = { endpoint: `https://127.0.0.1:9`, answersFor: {}, tls: { ca: join(tls, 'expired.cert.pem') } }
      Object.assign(spoke, { ask })
    })
    expect((await examine('--passphrase-file', world.passphraseFile)).failed).toEqual([
      'UNREACHABLE',
      'CERTIFICATE_EXPIRED',
    ])
    const { out } = await hutong(['doctor', '--config', world.config])
    expect(out).toContain('expired.cert.pem expired on 2022-01-01  [CERTIFICATE_EXPIRED]')
  })

  test('finds a system that is not there, and one whose authority cannot be read', async () => {
    const dead = await freePort()
    await world.addSpoke(
      'down',
      '--node',
      '43',
      '--dialect',
      'canonical',
      '--endpoint',
      `http://127.0.0.1:${dead}`,
      '--key',
      `d=${world.point}`,
    )
    expect(await examine('--passphrase-file', world.passphraseFile)).toMatchObject({ code: 6, failed: ['UNREACHABLE'] })
    world.edit('spokes/down.yaml', ({ ask }) =>
      Object.assign(ask as object, { endpoint: 'https://127.0.0.1:9', tls: { ca: 'no.pem' } }),
    )
    const { failed } = await examine('--passphrase-file', world.passphraseFile)
    expect(failed).toEqual(['CONFIG_INVALID', 'UNTRIED', 'CERTIFICATE_UNREADABLE'])
  })

  test('tells a taken port from one that our gateway holds', async () => {
    const server = createServer((socket) => socket.resume().end('SSH-2.0-none\r\n'))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const { port } = server.address() as { port: number }
    world.edit('gateway.yaml', (gateway) => Object.assign(gateway['listen'] as object, { port }))
    try {
      expect(await examine('--passphrase-file', world.passphraseFile)).toMatchObject({
        code: 6,
        failed: ['PORT_TAKEN'],
      })
    } finally {
      await new Promise((closed) => server.close(closed))
    }
    const { startGateway } = await import('../src/cli/gateway/gateway.js')
    const { loadSettings } = await import('../src/config/load.js')
    const gateway = await startGateway({
      load: () => loadSettings(world.config),
      data: world.path('data'),
      passphraseFile: world.passphraseFile,
      log: 'silent',
    })
    try {
      expect((await examine('--passphrase-file', world.passphraseFile)).codes).toContain('PORT_OURS')
      world.edit('use-list.yaml', (list) => Object.assign(list, { grades: { 名称: 1 } }))
      const found = await examine('--passphrase-file', world.passphraseFile)
      expect(found).toMatchObject({ code: 0, codes: expect.arrayContaining(['CONFIG_NOT_LOADED']) })
    } finally {
      await gateway.close()
    }
  })

  test('finds a secret that others may read, and a passphrase file that they may', async () => {
    await world.addSpoke('tax', '--node', 'sta', '--dialect', 'tax-gt3', '--endpoint', 'https://tax.test')
    putSecrets(world, ['secrets/tax-channelId'])
    chmodSync(join(world.config, 'secrets/tax-channelId'), 0o644)
    expect((await examine()).failed).toEqual(['CONFIG_INVALID'])
    chmodSync(join(world.config, 'secrets/tax-channelId'), 0o600)
    chmodSync(join(world.config, 'keys/sign.json'), 0o644)
    expect((await examine()).codes).toContain('SECRET_OPEN')
  })

  test('finds a data folder that cannot be made', async () => {
    const file = world.write('file', '')
    const ran = documentOf(await hutong(['doctor', '--data', join(file, 'data'), '--json']))
    // Root may write everywhere, so only the kind of the place can be tested for everybody.
    expect(codesOf(ran).map(({ code }) => code)).toContain('DATA_READ_ONLY')
  })

  test('without a folder it says that there is more to try, and a missing one is told', async () => {
    const ran = await hutong(['doctor', '--config', world.path('nowhere'), '--json'])
    expect(ran.code).toBe(6)
    expect(codesOf(documentOf(ran)).map(({ code }) => code)).toContain('CONFIG_MISSING')
  })
})
