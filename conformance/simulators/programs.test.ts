import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

// The programs as they are run, compiled into a folder of the test's own: a build in dist/ may be of yesterday.

const root = resolve(import.meta.dirname, '../..')
const names = ['canonical', 'gjzwfwpt', 'head-data-sm2', 'tax-gt3'] as const
const nodeOf = { canonical: 'hunan', gjzwfwpt: 'national', 'head-data-sm2': 'shandong', 'tax-gt3': 'tax' } as const
const credentials = {
  keyId: 'issuer-1',
  privateKey: '1'.repeat(64),
  peerKeys: {},
  callerPublicKey: '04',
  rid: 'rid-test',
  appsecret: 'hutong-test-appsecret-0001',
  sids: { search: 's_test_0001', getData: 's_test_0002', verifyData: 's_test_0003' },
  accessId: 'hutong-test-access',
  accessToken: 'hutong-test-token-0001',
  channelId: 'HTTEST01',
  spokeSecret: 'hutong-test-spoke-secret-0001',
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulators-'))
  const compilerOptions = {
    noEmit: false,
    noCheck: true,
    rootDir: root,
    outDir: folder,
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const files = names.map((name) => join(root, `conformance/simulators/${name}.ts`))
  const project = join(folder, 'tsconfig.json')
  await writeFile(
    project,
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }),
  )
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../lib/tsc.js')
  await promisify(execFile)(process.execPath, [compiler, '-p', project])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(name: (typeof names)[number], config: unknown): Promise<ChildProcess> {
  const file = join(folder, `${name}.json`)
  await writeFile(file, JSON.stringify(config))
  const program = join(folder, `conformance/simulators/${name}.js`)
  return spawn(process.execPath, [program, '--config', file], { stdio: ['pipe', 'pipe', 'pipe'] })
}

function firstLine(child: ChildProcess, of: 'stdout' | 'stderr' = 'stdout'): Promise<string> {
  const stream = child[of]
  if (stream === null) throw new Error(`no ${of}`)
  return new Promise((said) => createInterface({ input: stream }).once('line', said))
}

function exitOf(child: ChildProcess): Promise<readonly [number | null, string | null]> {
  return new Promise((ended) => child.once('exit', (code, signal) => ended([code, signal])))
}

test.each(names)('%s says in one line that it is ready, and ends when its stdin does', async (name) => {
  const config = {
    node: nodeOf[name],
    issuer: { host: '127.0.0.1', port: 0, ...credentials },
    asker: { node: 'x', hub: 'http://127.0.0.1:9', mount: '/in/x', ...credentials },
    control: { port: 0 },
  }
  const child = await start(name, config)
  const ready = JSON.parse(await firstLine(child)) as Record<string, unknown>
  expect(ready).toMatchObject({ ready: true, node: nodeOf[name], dialect: name })
  expect(ready['issuerPort']).toBeGreaterThan(0)
  expect(ready['controlPort']).toBeGreaterThan(0)
  expect(ready['licences']).toContainEqual({
    id: expect.stringMatching(/^1\.2\.156\.3005\.2\./),
    typeCode: expect.stringMatching(/^[0-9A-Z]{21}$/),
    issuer: expect.stringMatching(/^[0-9A-Z]{18}$/),
    earns: 'VALID',
  })
  const exit = exitOf(child)
  child.stdin?.end()
  expect(await exit).toEqual([0, null])
})

test('SIGTERM ends it', async () => {
  const child = await start('tax-gt3', { node: 'x', issuer: null, asker: null })
  expect(JSON.parse(await firstLine(child))).toMatchObject({ issuerPort: null, licences: [] })
  const exit = exitOf(child)
  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
})

test('a configuration that lacks something is refused with its name, on stderr', async () => {
  const child = await start('gjzwfwpt', { node: 'national', issuer: { rid: 'x' } })
  const said = firstLine(child, 'stderr')
  const exit = exitOf(child)
  expect(await said).toBe('gjzwfwpt: config.issuer.appsecret must be a text')
  expect(await exit).toEqual([1, null])
})
