import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CliChild, logOf, startCli } from './cli-child.js'
import { documentOf, hutong } from './cli-run.js'
import { type CliWorld, copyCliWorld, openCliWorld } from './cli-world.js'
import { issues, openWorld, type World } from './gateway-bed.js'
import { licenceOf } from './test-issuer.js'

let template: CliWorld
let world: CliWorld
let children: CliChild[] = []
beforeAll(async () => {
  template = await openCliWorld()
})
afterAll(() => template.close())
beforeEach(() => {
  world = copyCliWorld(template)
  world.edit('gateway.yaml', (gateway) => Object.assign(gateway['listen'] as object, { port: 0 }))
})
afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL')
  await Promise.all(children.map((child) => child.ended()))
  children = []
  world.close()
})

function serve(config: string, data: string, passphraseFile: string, ...argv: string[]): CliChild {
  const child = startCli(['serve', '--config', config, '--data', data, '--passphrase-file', passphraseFile, ...argv])
  children.push(child)
  return child
}
const serveWorld = (...argv: string[]) => serve(world.config, world.path('data'), world.passphraseFile, ...argv)

const eventsOf = (child: CliChild) => logOf(child.err()).flatMap(({ event }) => event ?? [])
const heard = (event: string) => (_out: string, err: string) => err.includes(`"event":"${event}"`)
const healthOf = async (url: string) => (await (await fetch(`${url}/health`)).json()) as { configVersion: string }

/** What `--json` prints when the gateway listens. */
async function listening(child: CliChild): Promise<{ url: string; name: string; configVersion: string }> {
  await child.until((out) => out.endsWith('}\n'))
  return JSON.parse(child.out()) as { url: string; name: string; configVersion: string }
}

describe('a gateway that runs', () => {
  test.each([
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const)('%s drains it, and it exits %d; stderr was JSON from beginning to end', async (signal, code) => {
    const child = serveWorld('--json')
    const { url, name, configVersion } = await listening(child)
    expect(name).toBe('test-gateway')
    expect((await healthOf(url)).configVersion).toBe(configVersion)
    await fetch(`${url}/v1/search`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    child.process.kill(signal)
    expect(await child.ended()).toBe(code)
    expect(eventsOf(child)).toEqual(['listening', 'draining', 'drained'])
    expect(logOf(child.err())).toContainEqual(expect.objectContaining({ outcome: 'refused', index: 0 }))
    expect(JSON.parse(child.out())).toMatchObject({ url })
    // The folder was given back, and the log signed to its end.
    const audit = await hutong(['audit', 'verify', '--data', world.path('data'), '--config', world.config])
    expect(audit.out).toMatch(/^✔ the log holds: records 1, /)
  })

  test('SIGHUP puts a good configuration in force and refuses a bad one whole', async () => {
    const child = serveWorld('--json')
    const { url, configVersion: before } = await listening(child)
    world.edit('use-list.yaml', (list) => Object.assign(list, { grades: { 名称: 1 } }))
    child.process.kill('SIGHUP')
    await child.until(heard('reloaded'))
    const { configVersion: after } = await healthOf(url)
    expect(after).not.toBe(before)
    expect(logOf(child.err())).toContainEqual(expect.objectContaining({ event: 'reloaded', from: before, to: after }))

    writeFileSync(join(world.config, 'use-list.yaml'), 'uses: 1\n')
    child.process.kill('SIGHUP')
    await child.until(heard('reload-refused'))
    expect((await healthOf(url)).configVersion).toBe(after)
    const refused = logOf(child.err()).find(({ event }) => event === 'reload-refused')
    expect(refused).toMatchObject({ configVersion: after, cause: expect.stringContaining('use-list.yaml:1 uses') })

    child.process.kill('SIGTERM')
    expect(await child.ended()).toBe(0)
  })

  test('another on the same data folder is refused before it touches the log', async () => {
    await listening(serveWorld('--json'))
    const second = serveWorld()
    expect(await second.ended()).toBe(6)
    expect(second.err()).toMatch(/^✘ DATA_IN_USE {2}.+\n {2}→ .+\n$/)
    expect(second.out()).toBe('')
  })

  test('one that was killed leaves nothing that keeps the next from starting', async () => {
    const killed = serveWorld('--json')
    await listening(killed)
    killed.process.kill('SIGKILL')
    expect(await killed.ended()).toBe('SIGKILL')
    const next = serveWorld('--json')
    await listening(next)
    next.process.kill('SIGTERM')
    expect(await next.ended()).toBe(0)
  })
})

describe('a gateway with a question under way', () => {
  let network: World
  beforeAll(async () => {
    network = await openWorld()
  })
  afterAll(() => network.close())

  test('answers it after SIGTERM, takes no new ones, and exits 0', async () => {
    const child = serve(network.config, network.data, network.trust.passphraseFile, '--json')
    const { url } = await listening(child)
    const { type, issuer } = issues.canonical
    const ask = (licenceId: string) =>
      fetch(`${url}/v1/public/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ licenceId }),
      })
    const slow = ask(licenceOf(type, issuer, 'slow'))
    while (network.issuers.canonical.held() === 0) await new Promise((turn) => setTimeout(turn, 10))
    child.process.kill('SIGTERM')
    await child.until(heard('draining'))
    expect((await ask(licenceOf(type, issuer))).status).toBe(503)
    network.issuers.canonical.release()
    expect(await (await slow).json()).toMatchObject({ code: 'VALID' })
    expect(await child.ended()).toBe(0)
    expect(eventsOf(child)).toEqual(['listening', 'draining', 'drained'])
  })

  test('ends at once at a second signal', async () => {
    const child = serve(network.config, network.data, network.trust.passphraseFile, '--json')
    const { url } = await listening(child)
    const { type, issuer } = issues.canonical
    const body = JSON.stringify({ licenceId: licenceOf(type, issuer, 'slow') })
    const headers = { 'content-type': 'application/json' }
    const slow = fetch(`${url}/v1/public/verify`, { method: 'POST', headers, body }).catch(() => 'cut')
    while (network.issuers.canonical.held() === 0) await new Promise((turn) => setTimeout(turn, 10))
    child.process.kill('SIGTERM')
    await child.until(heard('draining'))
    child.process.kill('SIGTERM')
    expect(await child.ended()).toBe('SIGTERM')
    expect(await slow).toBe('cut')
    network.issuers.canonical.release()
  })
})

describe('a gateway that cannot start says why and ends', () => {
  const refused = async (child: CliChild, code: string) => {
    expect(await child.ended()).toBe(6)
    expect(child.err()).toMatch(new RegExp(`^✘ ${code} {2}`))
    expect(child.err()).toMatch(/\n {2}→ .+\n$/)
    expect(child.err()).not.toMatch(/\n +at /)
  }

  test('with a wrong passphrase', () =>
    refused(serve(world.config, world.path('data'), world.write('wrong', 'hutong-test-wrong')), 'KEY_FILE_UNOPENED'))
  test('without one', () =>
    refused(startCli(['serve', '--config', world.config, '--data', world.path('data')]), 'PASSPHRASE_MISSING'))
  test('without a configuration', () =>
    refused(serve(world.path('nowhere'), world.path('data'), world.passphraseFile), 'CONFIG_MISSING'))
  test('with a data folder that is a file', () =>
    refused(serve(world.config, world.write('file', ''), world.passphraseFile), 'SYSTEM_REFUSED'))

  test('at a port that is taken', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    world.edit('gateway.yaml', (gateway) => Object.assign(gateway['listen'] as object, { port }))
    await refused(serveWorld(), 'PORT_UNAVAILABLE')
    server.close()
    await once(server, 'close')
  })

  test('with a log that somebody cut', async () => {
    const child = serveWorld('--json')
    const { url } = await listening(child)
    await fetch(`${url}/v1/search`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    child.process.kill('SIGTERM')
    await child.ended()
    truncateSync(world.path('data/audit/records-0000000000000000.jsonl'))
    await refused(serveWorld(), 'AUDIT_LOG_DAMAGED')
  })

  test('and with --json the reason is the one document', async () => {
    const child = serve(world.path('nowhere'), world.path('data'), world.passphraseFile, '--json')
    expect(await child.ended()).toBe(6)
    expect(documentOf({ code: 6, out: child.out(), err: '' })).toMatchObject({ error: { code: 'CONFIG_MISSING' } })
  })
})
