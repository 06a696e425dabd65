import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { commandSpecs, groupSpecs } from '../src/cli/commands/index.js'
import { CJK, documentOf, ESCAPE, hutong } from './cli-run.js'

const folder = mkdtempSync(join(tmpdir(), 'hutong-usage-'))
afterAll(() => rmSync(folder, { recursive: true }))

const paths = ['', ...groupSpecs.map(({ name }) => name), ...commandSpecs.map(({ name }) => name)]
const line = (path: string) => path.split(' ').filter((word) => word !== '')

describe.each(paths)('hutong %s --help', (path) => {
  test('begins with examples that can be typed, in English without a Chinese character', async () => {
    const { code, out, err } = await hutong([...line(path), '--help', '--lang', 'en'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^Examples:\n {2}# .+\n {2}(?:hutong ${path}|kill)`))
    expect(out).toContain(`Usage: hutong ${path}`.trim())
    expect(out.match(CJK)).toBeNull()
  })

  test('is Chinese in Chinese, commander’s own words included', async () => {
    const { code, out } = await hutong([...line(path), '-h', '--lang', 'zh'])
    expect(code).toBe(0)
    expect(out).toMatch(/^例子:\n/)
    for (const word of ['用法:', '选项:', '显示帮助']) expect(out).toContain(word)
    for (const word of ['Usage:', 'Options:', 'Commands:', 'Arguments:', 'default', 'choices', 'display']) {
      expect(out).not.toContain(word)
    }
  })

  test('lists the options that every command has', async () => {
    const { out } = await hutong([...line(path), '--help'])
    for (const flag of ['--json', '--lang <lang>', '--no-color', '--no-input', '--help']) expect(out).toContain(flag)
  })
})

test('every command is described, with its examples, in both languages', () => {
  for (const { about, examples, arguments: own = [], options = [], notes = [] } of commandSpecs) {
    const texts = [about, ...notes, ...[...examples, ...own, ...options].map((each) => each.about)]
    for (const { zh, en } of texts) {
      expect(zh).toMatch(CJK)
      expect(en).not.toMatch(CJK)
    }
  }
})

describe('a command line that is not understood', () => {
  test.each<[argv: string[], code: string, next: string]>([
    [['verfy', 'x'], 'COMMAND_UNKNOWN', 'hutong verify'],
    [['keys', 'nwe'], 'COMMAND_UNKNOWN', 'hutong keys new'],
    [['frobnicate'], 'COMMAND_UNKNOWN', 'hutong --help'],
    [['verify'], 'ARGUMENT_MISSING', 'hutong verify --help'],
    [['verify', 'a', 'b'], 'ARGUMENT_EXCESS', 'hutong verify --help'],
    [['verify', 'a', '--jsn'], 'OPTION_UNKNOWN', '--json? See hutong verify --help'],
    [['verify', 'a', '--hub'], 'OPTION_VALUE_MISSING', 'hutong verify --help'],
    [['keys', 'new', 'k.json'], 'OPTION_MISSING', 'hutong keys new --help'],
    [['explain', 'x', '--lang', 'fr'], 'OPTION_VALUE_INVALID', 'one of zh, en'],
    [['keys', 'new', 'k.json', '--id', 'a', '--use', 'x'], 'OPTION_VALUE_INVALID', 'one of sign, encrypt, hash'],
    [['spoke', 'add', 'x', '--node', '43', '--dialect', 'soap'], 'OPTION_VALUE_INVALID', 'one of canonical, '],
    [['audit', 'show', '--last', 'x'], 'OPTION_VALUE_INVALID', 'a whole number from 1 to 100000'],
    [['demo', '--port', '70000'], 'OPTION_VALUE_INVALID', 'a whole number from 0 to 65535'],
    [['demo', '--fault', 'hunan'], 'FAULT_UNKNOWN', '--fault hunan=lie'],
    [['demo', '--fault', 'guangdong=lie'], 'FAULT_UNKNOWN', 'hunan shandong tax national'],
  ])('%j exits 2 with %s and what to type', async (argv, code, next) => {
    const ran = await hutong(argv)
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toMatch(new RegExp(`^✘ ${code}  `))
    expect(ran.err).toContain('  → ')
    expect(ran.err).toContain(next)
    expect(ran.err.match(CJK)).toBeNull()
    const chinese = await hutong(argv, { environment: { LANG: 'zh_CN.UTF-8' } })
    expect(chinese).toMatchObject({ code: 2, out: '', err: expect.stringMatching(CJK) })
    const { error } = documentOf(await hutong(['--json', ...argv]))
    expect(error).toMatchObject({ code, message: { zh: expect.stringMatching(CJK) }, next: { zh: expect.any(String) } })
  })

  test('without a command the help is printed to stderr, and it exits 2', async () => {
    const ran = await hutong([])
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toMatch(/^Examples:/)
    expect(documentOf(await hutong(['--json']))).toMatchObject({ error: { code: 'COMMAND_MISSING' } })
    expect(await hutong(['keys'])).toMatchObject({ code: 2, out: '' })
  })

  test('a bare identifier, as a scan gun types it, is shown with its command', async () => {
    const id = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
    const ran = await hutong([id])
    expect(ran.code).toBe(2)
    expect(ran.err).toContain(`→ hutong verify ${id}`)
  })
})

test('--version prints the version alone', async () => {
  expect(await hutong(['--version'])).toEqual({ code: 0, out: '0.0.0-test\n', err: '' })
})

describe('the language', () => {
  const said = async (environment: Record<string, string>, ...argv: string[]) =>
    (await hutong(['explain', 'VALID', ...argv], { environment: { LANG: '', ...environment } })).out.includes('有效')

  test.each<[boolean, Record<string, string>, string[]]>([
    [true, {}, []],
    [true, { LANG: 'zh_CN.UTF-8' }, []],
    [false, { LANG: 'en_GB.UTF-8' }, []],
    [false, { LANG: 'C' }, []],
    [false, { LANG: 'de_DE.UTF-8' }, []],
    [true, { LANG: 'zh_CN.UTF-8', LC_ALL: '' }, []],
    [false, { LANG: 'zh_CN.UTF-8', LC_ALL: 'en_US' }, []],
    [true, { LC_ALL: 'en_US', HUTONG_LANG: 'zh' }, []],
    [false, { HUTONG_LANG: 'zh' }, ['--lang', 'en']],
    [false, { HUTONG_LANG: 'zh' }, ['--lang=en']],
  ])('is Chinese: %s with %j %j', async (chinese, environment, argv) => {
    expect(await said(environment, ...argv)).toBe(chinese)
  })

  test('the common options may stand before the command too', async () => {
    const { code, out } = await hutong(['--lang', 'zh', '--json', 'explain', 'VALID'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ code: 'VALID' })
    expect((await hutong(['--lang', 'zh', 'explain', 'VALID'])).out).toContain('有效')
  })
})

describe('colour', () => {
  const failing = ['keys', 'show', join(folder, 'missing.json')]
  const coloured = async (argv: string[], tty: ('stdout' | 'stderr')[], environment: Record<string, string> = {}) => {
    const { out, err } = await hutong(argv, { tty, environment })
    return [out.includes(ESCAPE), err.includes(ESCAPE)]
  }

  test('goes to terminals alone, each stream for itself', async () => {
    expect(await coloured(failing, ['stdout', 'stderr'])).toEqual([false, true])
    expect(await coloured(failing, ['stdout'])).toEqual([false, false])
    expect(await coloured(['doctor'], ['stdout'])).toEqual([true, false])
    expect(await coloured(['doctor'], ['stderr'])).toEqual([false, false])
  })

  test.each<[string[], Record<string, string>]>([
    [['--no-color'], {}],
    [[], { NO_COLOR: '1' }],
    [[], { TERM: 'dumb' }],
  ])('is off with %j %j', async (argv, environment) => {
    expect(await coloured([...failing, ...argv], ['stdout', 'stderr'], environment)).toEqual([false, false])
  })

  test('an empty NO_COLOR is none', async () => {
    expect(await coloured(failing, ['stderr'], { NO_COLOR: '' })).toEqual([false, true])
  })
})

describe('questions', () => {
  const keysNew = (name: string) => ['keys', 'new', join(folder, name), '--id', 'test-1']

  test('a new passphrase is asked twice and not echoed', async () => {
    const ran = await hutong(keysNew('asked.json'), {
      tty: ['stdin'],
      types: ['hutong-test-pass\r', 'hutong-test-pass\r'],
    })
    expect(ran.code).toBe(0)
    expect(ran.err).toMatch(/^Passphrase: \nAgain: \n✔ /)
    expect(ran.err + ran.out).not.toContain('hutong-test-pass')
  })

  test('a slip of the finger writes nothing', async () => {
    const ran = await hutong(keysNew('slip.json'), {
      tty: ['stdin'],
      types: ['hutong-test-pass\r', 'hutong-test-pasx\r'],
    })
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toContain('PASSPHRASE_DIFFERS')
    expect((await hutong(['keys', 'show', join(folder, 'slip.json')])).err).toContain('KEY_FILE_MISSING')
  })

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s at the question exits 130', async (_, key) => {
    const ran = await hutong(keysNew('interrupted.json'), { tty: ['stdin'], types: [key] })
    expect(ran).toMatchObject({ code: 130, out: '' })
    expect(ran.err).toContain('INTERRUPTED')
  })

  test.each<[string, string[], ('stdin' | 'stdout')[]]>([
    ['--no-input', ['--no-input'], ['stdin']],
    ['no terminal', [], []],
  ])('with %s nothing is asked', async (_, argv, tty) => {
    const ran = await hutong([...keysNew('unasked.json'), ...argv], { tty })
    expect(ran.code).toBe(6)
    expect(ran.err).toMatch(/^✘ PASSPHRASE_MISSING/)
    expect(ran.err).toContain('--passphrase-file')
  })
})
