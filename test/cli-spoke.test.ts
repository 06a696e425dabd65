import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dialectNames } from '../src/adapters/adapter.js'
import { CJK, documentOf, hutong } from './cli-run.js'
import { type CliWorld, copyCliWorld, freePort, openCliWorld } from './cli-world.js'

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

describe('spoke add', () => {
  const optionsOf = (dialect: string, point: string) => [
    ...['--node', '35', '--dialect', dialect, '--endpoint', 'https://fujian.test', '--serve'],
    ...(dialect === 'canonical' ? ['--key', `fujian-1=${point}`] : []),
    ...(dialect === 'head-data-sm2' ? ['--encrypt-to', point] : []),
  ]

  test.each(dialectNames)('of %s lacks nothing but its secrets', async (dialect) => {
    const ran = await world.addSpoke('fujian', ...optionsOf(dialect, world.point))
    expect(ran).toMatchObject({ code: 0, out: '' })
    expect(ran.err).toContain(`✔ ${join(world.config, 'spokes/fujian.yaml')}`)
    expect(ran.err).toContain(`hutong spoke test fujian --config ${world.config}`)
    const asked = [...ran.err.matchAll(/put \S+ in (\S+) \(mode 0600\)/g)].map(([, file = '']) => file)
    if (asked.length > 0) expect((await hutong(['config', 'check', world.config])).code).toBe(6)
    for (const file of asked) writeFileSync(file, 'hutong-test-secret\n', { mode: 0o600 })
    expect(await hutong(['config', 'check', world.config])).toMatchObject({ code: 0, err: '' })
    const { spokes } = documentOf(await hutong(['spoke', 'list', '--config', world.config, '--json']))
    expect(spokes).toMatchObject([{ name: 'fujian', node: '35', dialect, answersFor: { divisions: ['35'] } }])
  })

  test('names its secret files in JSON too', async () => {
    const ran = await world.addSpoke(
      'tax',
      '--node',
      'sta',
      '--dialect',
      'tax-gt3',
      '--endpoint',
      'http://127.0.0.1:9',
      '--json',
    )
    expect(documentOf(ran)).toMatchObject({
      secrets: ['secrets/tax-channelId', 'secrets/tax-spokeSecret'],
      spoke: { ask: { answersFor: { definers: ['11100000000014445H'] } } },
    })
  })

  test('needs no loopback secret where TLS stands in for it', async () => {
    const ran = await world.addSpoke(
      'tax',
      '--node',
      'sta',
      '--dialect',
      'tax-gt3',
      '--endpoint',
      'https://tax.test',
      '--json',
    )
    expect(documentOf(ran)).toMatchObject({ secrets: ['secrets/tax-channelId'] })
  })

  test('says when nothing will be routed there', async () => {
    const ran = await world.addSpoke('mca', '--node', 'mca', '--dialect', 'gjzwfwpt', '--endpoint', 'https://mca.test')
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('ask.answersFor')
  })

  test.each<[string, string[], string, string]>([
    [
      'neither asked nor asking',
      ['--node', '43', '--dialect', 'gjzwfwpt'],
      'SPOKE_INCOMPLETE',
      'neither asked nor asking',
    ],
    ['no signing key', ['--node', '43', '--dialect', 'canonical', '--serve'], 'SPOKE_INCOMPLETE', 'signing key'],
    [
      'no encryption key',
      ['--node', '43', '--dialect', 'head-data-sm2', '--serve'],
      'SPOKE_INCOMPLETE',
      'encrypted to',
    ],
    [
      'half a key',
      ['--node', '43', '--dialect', 'canonical', '--serve', '--key', 'a=04ab'],
      'SPOKE_INCOMPLETE',
      'keys.0.publicKey',
    ],
    [
      'a key without an id',
      ['--node', '43', '--dialect', 'canonical', '--serve', '--key', '04ab'],
      'SPOKE_INCOMPLETE',
      'keys.0',
    ],
    [
      'http beyond loopback',
      ['--node', '43', '--dialect', 'gjzwfwpt', '--endpoint', 'http://x.test'],
      'SPOKE_INCOMPLETE',
      'loopback',
    ],
    [
      'a fingerprint that is none',
      ['--node', '43', '--dialect', 'gjzwfwpt', '--serve', '--pin', 'ab'],
      'SPOKE_INCOMPLETE',
      'pinnedCertificates',
    ],
    ['a node of no registry', ['--node', '99', '--dialect', 'gjzwfwpt', '--serve'], 'NODE_UNKNOWN', '99'],
  ])('with %s writes nothing', async (_, argv, code, words) => {
    const ran = await world.addSpoke('fujian', ...argv)
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toContain(code)
    expect(ran.err).toContain(words)
    expect(readdirSync(join(world.config, 'spokes'))).toEqual([])
  })

  test('writes nowhere but among the spokes, and over nothing', async () => {
    const good = ['--node', '43', '--dialect', 'gjzwfwpt', '--serve']
    for (const name of ['../gateway', 'a/b', 'A', '']) {
      expect(await world.addSpoke(name, ...good)).toMatchObject({
        code: 2,
        err: expect.stringContaining('NAME_INVALID'),
      })
    }
    expect((await world.addSpoke('hunan', ...good)).code).toBe(0)
    expect(await world.addSpoke('hunan', ...good)).toMatchObject({
      code: 2,
      err: expect.stringContaining('FILE_EXISTS'),
    })
    const elsewhere = await hutong(['spoke', 'add', 'x', '--config', world.path('nowhere'), ...good])
    expect(elsewhere).toMatchObject({ code: 2, err: expect.stringContaining('CONFIG_MISSING') })
  })
})

describe('spoke list and test', () => {
  test('an empty list says how to begin', async () => {
    const ran = await hutong(['spoke', 'list', '--config', world.config])
    expect(ran).toMatchObject({ code: 0, out: '', err: expect.stringContaining('hutong spoke add') })
    expect(documentOf(await hutong(['spoke', 'list', '--config', world.config, '--json']))).toEqual({ spokes: [] })
  })

  test('a list is a table whose Chinese columns stand straight', async () => {
    await world.addSpoke(
      'hunan',
      '--node',
      '43',
      '--dialect',
      'canonical',
      '--endpoint',
      'https://h.test',
      '--key',
      `h=${world.point}`,
    )
    const { out } = await hutong(['spoke', 'list', '--config', world.config, '--lang', 'zh'])
    const widths = out
      .trimEnd()
      .split('\n')
      .map((row) => [...row].reduce((sum, each) => sum + (CJK.test(each) ? 2 : 1), 0))
    expect(new Set(widths).size).toBe(1)
    expect(out).toContain('│ hunan │')
  })

  test('a system is tried stage by stage', async () => {
    const { createServer: createHttp } = await import('node:http')
    const server = createHttp((_request, response) => response.writeHead(404).end())
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const { port } = server.address() as { port: number }
    const dead = await freePort()
    const spoke = (name: string, node: string, at: number) =>
      world.addSpoke(
        name,
        '--node',
        node,
        '--dialect',
        'canonical',
        '--endpoint',
        `http://127.0.0.1:${at}`,
        '--key',
        `${name}=${world.point}`,
      )
    try {
      await spoke('up', '43', port)
      await spoke('down', '35', dead)
      const up = await hutong(['spoke', 'test', 'up', '--config', world.config])
      expect(up).toMatchObject({ code: 0, err: '' })
      expect(up.out).toMatch(/^– DNS\n✔ TCP +\d+ ms\n– TLS\n✔ HTTP +\d+ ms {2}404\n$/)
      const down = await hutong(['spoke', 'test', 'down', '--config', world.config])
      expect(down.code).toBe(6)
      expect(down.out).toMatch(/✘ TCP +\d+ ms {2}ECONNREFUSED\n– TLS\n– HTTP\n$/)
      expect(down.err).toContain('  → check the port')
      const { ok, stages } = documentOf(await hutong(['spoke', 'test', 'down', '--config', world.config, '--json']))
      expect(ok).toBe(false)
      expect(stages).toMatchObject([
        { stage: 'dns' },
        { stage: 'tcp', result: 'failed' },
        { stage: 'tls' },
        { stage: 'http' },
      ])
    } finally {
      await new Promise((closed) => server.close(closed))
    }
    const unknown = await hutong(['spoke', 'test', 'nobody', '--config', world.config])
    expect(unknown).toMatchObject({ code: 2, out: '', err: expect.stringContaining('SPOKE_UNKNOWN') })
  })

  test('trust material that cannot be used is told, not thrown', async () => {
    await world.addSpoke(
      'hunan',
      '--node',
      '43',
      '--dialect',
      'canonical',
      '--endpoint',
      'https://127.0.0.1:9',
      '--key',
      `h=${world.point}`,
    )
    const ca = world.write('ca.pem', 'no certificate')
    world.edit('spokes/hunan.yaml', ({ ask }) => Object.assign(ask as object, { tls: { ca } }))
    const ran = await hutong(['spoke', 'test', 'hunan', '--config', world.config])
    expect(ran).toMatchObject({ code: 6, out: '' })
    expect(ran.err).toContain('  spokes/hunan.yaml ask.tls.ca: it holds no PEM certificate\n')
    rmSync(ca)
    const gone = await hutong(['spoke', 'test', 'hunan', '--config', world.config])
    expect(gone.err).toMatch(/ {2}spokes\/hunan\.yaml ask\.tls: .*ca\.pem cannot be read \(ENOENT\)\n/)
  })
})
