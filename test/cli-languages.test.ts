import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandSpecs } from '../src/cli/commands/index.js'
import { startGateway } from '../src/cli/gateway/gateway.js'
import { loadSettings } from '../src/config/load.js'
import { CJK, documentOf, hutong } from './cli-run.js'
import { type CliWorld, openCliWorld } from './cli-world.js'
import { startVerifyHub, type VerifyHub, verdictAnswer } from './verify-hub.js'

const HUNAN = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
const modes = ['zh', 'en', 'json'] as const

/** A command line that is well, or not, and what its exit code is. `once`: a name that differs at every run. */
interface Row {
  readonly argv: readonly string[]
  readonly code: number
}
type Rows = (once: string) => readonly Row[]

let world: CliWorld
let hub: VerifyHub
const nowhere = () => world.path('nowhere')

beforeAll(async () => {
  world = await openCliWorld()
  world.edit('gateway.yaml', (gateway) => {
    Object.assign(gateway, { publicVerify: { enabled: true } })
    Object.assign(gateway['listen'] as object, { port: 0 })
  })
  await world.addSpoke(
    'hunan',
    '--node',
    '43',
    '--dialect',
    'canonical',
    '--endpoint',
    'http://127.0.0.1:9',
    '--key',
    `h=${world.point}`,
  )
  hub = await startVerifyHub(() => ({ status: 200, body: JSON.stringify(verdictAnswer('VALID')) }))
  const gateway = await startGateway({
    load: () => loadSettings(world.config),
    data: world.path('data'),
    passphraseFile: world.passphraseFile,
    log: 'silent',
  })
  await hutong(['verify', HUNAN, '--hub', gateway.url, '--receipt', world.path('receipt.json')])
  await gateway.close()
  const bent = readFileSync(world.path('receipt.json'), 'utf8').replace('UNREACHABLE', 'UNKNOWN')
  writeFileSync(world.path('bent.json'), bent)
})
afterAll(async () => {
  await hub.close()
  world.close()
})

const rowsOf: Readonly<Record<string, Rows>> = {
  demo: () => [{ argv: ['--fault', 'hunan'], code: 2 }],
  serve: () => [{ argv: ['--config', nowhere()], code: 6 }],
  verify: () => [
    { argv: [HUNAN, '--hub', hub.url], code: 0 },
    { argv: ['none'], code: 2 },
    { argv: [HUNAN, '--hub', 'http://127.0.0.1:1'], code: 5 },
  ],
  explain: () => [
    { argv: [HUNAN], code: 0 },
    { argv: ['REVOKED'], code: 0 },
    { argv: ['NONCE_REPLAYED'], code: 0 },
    { argv: ['NONSENSE_CODE'], code: 2 },
  ],
  doctor: () => [
    { argv: ['--passphrase-file', world.passphraseFile], code: 0 },
    { argv: ['--config', world.config, '--data', world.path('data')], code: 6 },
  ],
  'config init': (once) => [
    { argv: [world.path(once), '--name', 'x', '--passphrase-file', world.passphraseFile], code: 0 },
    { argv: [world.config, '--name', 'x', '--passphrase-file', world.passphraseFile], code: 2 },
  ],
  'config check': () => [
    { argv: [world.config], code: 0 },
    { argv: [nowhere()], code: 6 },
  ],
  'config show': () => [
    { argv: [world.config], code: 0 },
    { argv: [nowhere()], code: 6 },
  ],
  'config diff': () => [
    { argv: [world.config, world.config], code: 0 },
    { argv: [world.config, nowhere()], code: 6 },
  ],
  'spoke list': () => [
    { argv: ['--config', world.config], code: 0 },
    { argv: ['--config', nowhere()], code: 6 },
  ],
  'spoke add': (once) => [
    { argv: [once, '--config', world.path('other'), '--node', '35', '--dialect', 'gjzwfwpt', '--serve'], code: 0 },
    { argv: ['x', '--config', world.config, '--node', '99', '--dialect', 'gjzwfwpt'], code: 2 },
    { argv: ['x', '--config', world.config, '--node', '43', '--dialect', 'canonical'], code: 2 },
  ],
  'spoke test': () => [
    { argv: ['hunan', '--config', world.config], code: 6 },
    { argv: ['nobody', '--config', world.config], code: 2 },
  ],
  'keys new': (once) => [
    { argv: [world.path(once), '--id', 'k', '--passphrase-file', world.passphraseFile], code: 0 },
    { argv: [world.path('k'), '--id', 'k'], code: 6 },
  ],
  'keys show': () => [
    { argv: [join(world.config, 'keys/sign.json')], code: 0 },
    { argv: [nowhere()], code: 2 },
  ],
  'audit verify': () => [
    { argv: ['--data', world.path('data'), '--config', world.config], code: 0 },
    { argv: ['--data', nowhere()], code: 6 },
  ],
  'audit show': () => [
    { argv: ['--data', world.path('data')], code: 0 },
    { argv: ['--data', nowhere()], code: 6 },
  ],
  'receipt verify': () => [
    { argv: [world.path('receipt.json'), '--config', world.config], code: 0 },
    { argv: [world.path('bent.json'), '--config', world.config], code: 4 },
    { argv: [nowhere(), '--config', world.config], code: 2 },
  ],
}

/** Prints what is configured or recorded and says nothing besides, so that there is nothing to translate. */
const wordless = new Set(['config show', 'audit show', 'keys show'])

test('every command is in the table', () => {
  expect(Object.keys(rowsOf).sort()).toEqual(commandSpecs.map(({ name }) => name).sort())
})

describe.each(Object.keys(rowsOf))('hutong %s', (name) => {
  test.each(modes)('in %s', async (mode) => {
    if (name === 'spoke add')
      await hutong(['config', 'init', world.path('other'), '--name', 'o', '--passphrase-file', world.passphraseFile])
    const slug = name.replace(' ', '-')
    for (const [nth, { argv, code }] of (rowsOf[name]?.(`${slug}-${mode}`) ?? []).entries()) {
      const ran = await hutong([...name.split(' '), ...argv, ...(mode === 'json' ? ['--json'] : ['--lang', mode])])
      expect({ nth, code: ran.code, err: ran.err }).toMatchObject({ nth, code })
      if (mode === 'json') {
        const document = documentOf(ran)
        // A mistake is told in both languages; a finding or a verdict is what was asked for.
        if ('error' in document) {
          expect(document['error']).toMatchObject({
            code: expect.stringMatching(/^[A-Z_]+$/),
            message: { zh: expect.stringMatching(CJK), en: expect.not.stringMatching(CJK) },
            next: { zh: expect.any(String), en: expect.not.stringMatching(CJK) },
          })
        }
      }
      if (mode === 'en') expect(ran.out + ran.err).not.toMatch(CJK)
      if (mode === 'zh' && !(wordless.has(name) && code === 0)) expect(ran.out + ran.err).toMatch(CJK)
      // A failure with a code ends with what to do.
      if (ran.err.startsWith('✘')) expect(ran.err).toMatch(/\n {2}→ .+\n$/)
    }
  })
})
