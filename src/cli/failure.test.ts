import { readFile } from 'node:fs/promises'
import { Readable, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { DamagedLogError } from '../audit/damaged-log.js'
import { EndpointError } from '../canonical/endpoint.js'
import { errorTable, HubError, isErrorCode } from '../canonical/errors.js'
import { ConfigError } from '../config/problem.js'
import { NoEngineError } from '../crypto/choose-engine.js'
import { KeyFileError } from '../crypto/key-file.js'
import { CliError } from './cli-error.js'
import { failureOf } from './failure.js'
import { guarded } from './guard.js'
import { createTerminal } from './terminal.js'

const CJK = /[\u3400-\u9fff]/
const problem = { file: 'spokes/x.yaml', line: 3, at: 'keys', message: { zh: '缺少', en: 'missing' } }
const endpoint = new EndpointError('tls.ca', '其中没有 PEM 证书', 'it holds no PEM certificate')

async function tell(thrown: unknown, { json = false, debug = false, lang = 'en' as 'zh' | 'en' } = {}) {
  const written = { out: '', err: '' }
  const sink = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk)
        done()
      },
    })
  const plain = { colour: false, errorColour: false, interactive: false, attended: false, input: Readable.from([]) }
  const terminal = createTerminal({ ...plain, json, debug, lang, out: sink('out'), err: sink('err') })
  const code = await guarded(terminal, () => Promise.reject(thrown))
  return { code, ...written }
}

const noSuchFile: unknown = await readFile('/nowhere/hutong-test').catch((thrown: unknown) => thrown)

describe('everything that a command can throw has a code, a cause and a next step', () => {
  test.each<[string, unknown, string, number]>([
    ['a key file', new KeyFileError('passphrase-wrong'), 'KEY_FILE_UNREADABLE', 6],
    ['no engine', new NoEngineError([{ name: 'node', reason: 'failed: sign' }]), 'ENGINE_NONE', 6],
    ['an endpoint', endpoint, 'ENDPOINT_REFUSED', 6],
    ['a damaged log', new DamagedLogError({ zh: '记录丢失', en: 'records were lost' }, 7), 'AUDIT_LOG_DAMAGED', 6],
    ['a bad folder', new ConfigError([problem], '.'), 'CONFIG_INVALID', 6],
    ['a missing folder', new ConfigError([problem], '/nowhere/hutong-test'), 'CONFIG_MISSING', 6],
    [
      'a mistake',
      new CliError('FILE_EXISTS', { zh: '已存在', en: 'it exists' }, { zh: '换', en: 'other' }, 2),
      'FILE_EXISTS',
      2,
    ],
    ['an identifier', new HubError('LICENCE_ID_MALFORMED', { subject: 'licenceId' }), 'LICENCE_ID_MALFORMED', 2],
    ['a disk', new HubError('AUDIT_UNAVAILABLE'), 'AUDIT_UNAVAILABLE', 6],
    ['an issuer', new HubError('ISSUER_UNREACHABLE'), 'ISSUER_UNREACHABLE', 5],
    ['a file', noSuchFile, 'SYSTEM_REFUSED', 6],
    ['a bug', new TypeError('x is not a function'), 'INTERNAL', 1],
    ['a bug that the hub wrapped', HubError.from(new TypeError('x is not a function')), 'INTERNAL', 1],
    ['no error at all', 'thrown text', 'INTERNAL', 1],
    ['undefined', undefined, 'INTERNAL', 1],
  ])('%s', async (_, thrown, code, exit) => {
    const english = await tell(thrown)
    expect(english).toMatchObject({ code: exit, out: '' })
    expect(english.err).toMatch(new RegExp(`^✘ ${code} {2}.+\n(?: {2}.+\n)* {2}→ .+\n$`))
    expect(english.err).not.toMatch(CJK)
    expect(english.err).not.toMatch(/\n +at /)
    expect((await tell(thrown, { lang: 'zh' })).err).toMatch(CJK)
    const json = await tell(thrown, { json: true })
    expect(JSON.parse(json.out)).toMatchObject({ error: { code, message: { zh: expect.stringMatching(CJK) } } })
  })
})

test('a configuration’s problems are listed, in words and in JSON', async () => {
  expect((await tell(new ConfigError([problem, problem], '.'))).err).toBe(
    '✘ CONFIG_INVALID  2 problems in .\n  spokes/x.yaml:3 keys: missing\n  spokes/x.yaml:3 keys: missing\n' +
      '  → correct it, then run hutong config check .\n',
  )
  const { out } = await tell(new ConfigError([problem], '.'), { json: true })
  expect(JSON.parse(out)).toMatchObject({ error: { problems: [problem] } })
})

test('the stack of a bug is printed only to who asked for it', async () => {
  const bug = new TypeError('x is not a function')
  expect((await tell(bug)).err).toContain('HUTONG_DEBUG=1')
  for (const thrown of [bug, HubError.from(bug)]) expect((await tell(thrown, { debug: true })).err).toMatch(/\n +at /)
  expect((await tell(endpoint, { debug: true })).err).not.toMatch(/\n +at /)
})

test('every code of the closed list has an exit code that fits its origin', () => {
  const exits = Object.keys(errorTable)
    .filter(isErrorCode)
    .filter((code) => code !== 'INTERNAL')
    .map((code) => [errorTable[code].origin, failureOf(new HubError(code)).exit])
  for (const [origin, exit] of exits) expect(exit).toBe(origin === 'client' ? 2 : origin === 'store' ? 6 : 5)
})
