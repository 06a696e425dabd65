import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { loadSettings } from './load.js'
import { ConfigError } from './problem.js'

const point = `04${'ab'.repeat(64)}`
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hutong-config-'))
  mkdirSync(join(folder, 'spokes'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const gateway = {
  name: 'test',
  listen: { port: 8787 },
  keys: { sign: ['s.json'], encrypt: ['e.json'], hash: 'h.json' },
}
const hunan = {
  name: 'hunan',
  node: '43',
  dialect: 'canonical',
  ask: { endpoint: 'https://hunan.test', answersFor: { divisions: ['43'] } },
  keys: [{ id: 'hunan-1', publicKey: point }],
}

function write(files: Readonly<Record<string, unknown>>): void {
  const all: Record<string, unknown> = {
    'gateway.yaml': gateway,
    'use-list.yaml': { uses: [] },
    'spokes/hunan.yaml': hunan,
    ...files,
  }
  for (const [name, value] of Object.entries(all)) {
    writeFileSync(join(folder, name), typeof value === 'string' ? value : stringify(value))
  }
}

function problems() {
  try {
    loadSettings(folder)
    return []
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    return thrown.problems.map(({ file, line, at, message }) => ({ file, line, at, message: message.en }))
  }
}

test('a sound folder is read whole, with its defaults', () => {
  write({})
  const settings = loadSettings(folder)
  expect(settings.gateway).toMatchObject({
    listen: { host: '127.0.0.1', port: 8787 },
    publicVerify: { enabled: false },
    limits: { bodyBytes: 1_048_576 },
  })
  expect(settings.spokes[0]).toMatchObject({
    name: 'hunan',
    ask: { deadlineMs: 8000, answersFor: { divisions: ['43'], everybodyElse: false } },
  })
  expect(settings.version).toMatch(/^[0-9a-f]{16}$/)
})

test('the version follows the content', () => {
  write({})
  const before = loadSettings(folder).version
  expect(loadSettings(folder).version).toBe(before)
  write({ 'gateway.yaml': { ...gateway, publicVerify: { enabled: true } } })
  expect(loadSettings(folder).version).not.toBe(before)
})

test('all problems come at once, each with its file and line', () => {
  write({
    'gateway.yaml': 'name: Test\nlisten:\n  port: 99999\nkeys:\n  sign: [s.json]\n  encrypt: [e.json]\n',
    'spokes/hunan.yaml': 'name: hunan\nnode: "43"\ndialect: soap\nsurprise: 1\n',
  })
  const found = problems()
  for (const expected of [
    { file: 'gateway.yaml', line: 5, at: 'keys', message: 'hash is missing' },
    { file: 'gateway.yaml', line: 1, at: 'name', message: 'must match ^[a-z0-9][a-z0-9-]{0,39}$' },
    { file: 'gateway.yaml', line: 3, at: 'listen.port', message: 'must be <= 65535' },
    { file: 'spokes/hunan.yaml', line: 4, at: 'surprise', message: 'there is no such setting' },
  ]) {
    expect(found).toContainEqual(expected)
  }
  expect(found).toHaveLength(5)
})

test('broken YAML, duplicate keys and missing files are told, not thrown about', () => {
  write({ 'gateway.yaml': 'name: a\nname: b\n', 'spokes/hunan.yaml': 'name: [unclosed\n' })
  rmSync(join(folder, 'use-list.yaml'))
  expect(problems().map(({ file }) => file)).toEqual(
    expect.arrayContaining(['gateway.yaml', 'use-list.yaml', 'spokes/hunan.yaml']),
  )
})

const fujian = {
  name: 'fujian',
  node: '35',
  dialect: 'head-data-sm2',
  serve: { operations: ['verifyData'] },
  encryptTo: point,
  secrets: { accessId: { value: 'hutong-test-fujian' }, accessToken: { file: 'token' } },
}

test.each([
  [
    'http away from loopback',
    { 'spokes/hunan.yaml': { ...hunan, ask: { ...hunan.ask, endpoint: 'http://hunan.test' } } },
    'ask.endpoint',
  ],
  ['a signed dialect without a key', { 'spokes/hunan.yaml': { ...hunan, keys: [] } }, 'keys'],
  ['a name that is not the file’s', { 'spokes/hunan.yaml': { ...hunan, name: 'other' } }, 'name'],
  [
    'two spokes with one key id',
    {
      'spokes/guangdong.yaml': {
        ...hunan,
        name: 'guangdong',
        ask: { ...hunan.ask, answersFor: { divisions: ['44'] } },
      },
    },
    'keys.0.id',
  ],
  [
    'nothing to ask and nothing to serve',
    { 'spokes/hunan.yaml': { name: 'hunan', node: '43', dialect: 'canonical', keys: hunan.keys } },
    '',
  ],
  [
    'a secret that is not there',
    { 'spokes/fujian.yaml': { ...fujian, secrets: { accessId: { value: 'x' } } }, token: 'x' },
    'secrets.accessToken',
  ],
  [
    'an unsigned dialect on an open address',
    { 'gateway.yaml': { ...gateway, listen: { host: '0.0.0.0', port: 1 } }, 'spokes/fujian.yaml': fujian, token: 'x' },
    'serve.pinnedCertificates',
  ],
  ['nobody to encrypt to', { 'spokes/fujian.yaml': { ...fujian, encryptTo: undefined }, token: 'x' }, 'encryptTo'],
  [
    'a use of a spoke that may not ask',
    {
      'use-list.yaml': {
        uses: [
          {
            spoke: 'hunan',
            category: 'hotel',
            item: null,
            fields: [],
            types: ['11100000000013338W011'],
            operations: ['verifyData'],
          },
        ],
      },
    },
    'uses.0.spoke',
  ],
  [
    'a vertical that leads nowhere',
    { 'gateway.yaml': { ...gateway, verticals: [{ definer: '11100000000014445H', spoke: 'tax' }] } },
    'verticals.0.spoke',
  ],
])('refuses %s', (_name, files, at) => {
  write(files)
  if ('token' in files) chmodSync(join(folder, 'token'), 0o600)
  expect(problems().map((problem) => problem.at)).toContain(at)
})

test('a secret that others may read is refused', () => {
  write({ 'spokes/fujian.yaml': fujian, token: 'hutong-test-token\n' })
  chmodSync(join(folder, 'token'), 0o644)
  expect(problems()).toMatchObject([{ file: 'spokes/fujian.yaml', at: 'secrets.accessToken.file' }])
  chmodSync(join(folder, 'token'), 0o600)
  expect(loadSettings(folder).spokes.find(({ name }) => name === 'fujian')?.secrets).toEqual({
    accessId: 'hutong-test-fujian',
    accessToken: 'hutong-test-token',
  })
})

test('the national platform’s secret may stand as it was handed out, wrapped under the appkey', () => {
  const mca = {
    name: 'mca',
    node: 'mca',
    dialect: 'gjzwfwpt',
    serve: { operations: ['verifyData'] },
    secrets: {
      rid: { value: 'rid-test@df-0001' },
      appkey: { value: 'hutong-test-appkey-0001' },
      wrappedAppsecret: { value: 'u98rn2h8iR44YN99eTF1bTQBTylVVzZMf39aCWoR6RY=' },
      sidSearch: { value: 's1' },
      sidGetData: { value: 's2' },
      sidVerifyData: { value: 's3' },
    },
  }
  write({ 'spokes/mca.yaml': mca })
  const secrets = loadSettings(folder).spokes.find(({ name }) => name === 'mca')?.secrets
  expect(secrets?.['appsecret']).toBe('hutong-test-appsecret-0001')
  write({ 'spokes/mca.yaml': { ...mca, secrets: { ...mca.secrets, appkey: { value: 'another' } } } })
  expect(problems().map(({ at }) => at)).toContain('secrets.wrappedAppsecret')
})
