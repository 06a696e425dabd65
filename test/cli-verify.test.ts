import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { errorBody } from '../src/canonical/error-body.js'
import { HubError } from '../src/canonical/errors.js'
import { verdictCodes, verdictTable } from '../src/canonical/verdict.js'
import { CJK, documentOf, hutong } from './cli-run.js'
import { type GatewayBed, issues, startBed } from './gateway-bed.js'
import { licenceOf } from './test-issuer.js'
import { startVerifyHub, type VerifyHub, verdictAnswer } from './verify-hub.js'

const HUNAN = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
const exitOf = { ok: 0, gr: 3, no: 4, un: 5 } as const
const markOf = { ok: '✔', gr: '○', no: '✘', un: '△' } as const
const folder = mkdtempSync(join(tmpdir(), 'hutong-verify-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a gateway’s answer', () => {
  let answer: { status: number; body: string }
  let hub: VerifyHub
  beforeAll(async () => {
    hub = await startVerifyHub(() => answer)
  })
  afterAll(() => hub.close())
  const verify = (...argv: string[]) => hutong(['verify', HUNAN, '--hub', hub.url, ...argv])
  const say = (value: unknown, status = 200) => {
    answer = { status, body: typeof value === 'string' ? value : JSON.stringify(value) }
  }

  describe.each(verdictCodes)('%s', (code) => {
    const { group, word, line, action, verdict } = verdictTable[code]

    test.each(['zh', 'en'] as const)('is told in %s, and its group is the exit code', async (lang) => {
      say(verdictAnswer(code))
      const ran = await verify('--lang', lang)
      expect(ran.code).toBe(exitOf[group])
      const [first, second, third] = ran.out.split('\n')
      expect(first).toBe(`${markOf[group]} ${word[lang]}  ${code}`)
      expect(second).toBe(`  ${line[lang]}`)
      expect(third).toBe(`  → ${action[lang]}`)
      // Four parts, whatever was checked.
      expect(ran.out.match(/^ {2}[✔✘?–] /gm)).toHaveLength(4)
      expect(ran.err).toContain('HT20261123-0000001-ABCD')
      expect(ran.err).toContain(`hutong explain ${HUNAN}`)
      if (lang === 'en') expect(ran.out + ran.err).not.toMatch(CJK)
      else for (const text of [ran.out, ran.err]) expect(text).toMatch(CJK)
    })

    test('is the whole answer at top level with --json', async () => {
      say(verdictAnswer(code))
      const ran = await verify('--json')
      expect(ran.code).toBe(exitOf[group])
      expect(documentOf(ran)).toEqual(JSON.parse(JSON.stringify(verdictAnswer(code))))
      expect(documentOf(ran)).toMatchObject({ verdict, code, group })
    })
  })

  test('the parts, the issuer’s own status, encumbrances and claims are told in words', async () => {
    say({ ...verdictAnswer('EXPIRED'), fields: { 持证主体: 'match', 有效期: 'mismatch', 备注: 'unknown' } })
    const { out } = await verify('--lang', 'zh')
    expect(out).toBe(
      [
        '○ 已过期  EXPIRED',
        '  证照真实，但已过有效期',
        '  → 请持证人换发',
        '  – 内容完整性  未检查',
        '  ✘ 当前状态  已过期 (EXPIRED)  hunan 2026-11-23T08:00:00.000Z',
        '  ✔ 制发单位  通过  hunan 2026-11-23T08:00:00.000Z',
        '  – 电子印章  未检查',
        '  制发单位原状态码 01 (有效)',
        '  已抵押',
        '  ✔ 持证主体  一致',
        '  ✘ 有效期  不一致',
        '  ? 备注  未核对',
        '',
      ].join('\n'),
    )
  })

  test('what another system wrote cannot repaint the terminal', async () => {
    const value = verdictAnswer('REVOKED')
    const raw = '02\u001b[2J\u001b[H✔ 有效  VALID\n\u202e'
    say({ ...value, lifecycle: { ...value.lifecycle, raw }, receipt: { no: 'HT\u001b]0;x\u0007\n' } })
    const ran = await verify()
    expect(ran.code).toBe(4)
    for (const control of ['\u001b', '\u0007', '\u202e']) expect(ran.out + ran.err).not.toContain(control)
    expect(ran.out.split('\n').filter((each) => each.startsWith('✔'))).toEqual([])
  })

  describe('that is none', () => {
    const valid = verdictAnswer('VALID')
    test.each<[string, unknown]>([
      ['an empty object', {}],
      ['no JSON', '<html>It works!</html>'],
      ['nothing', ''],
      ['an array', [valid]],
      ['null', 'null'],
      ['another program’s JSON', { code: 200, msg: 'ok', data: true }],
      ['an unknown code', { ...valid, code: 'FINE' }],
      ['a code of no table', { ...valid, code: 'toString' }],
      ['a group that is not the code’s', { ...verdictAnswer('REVOKED'), group: 'ok' }],
      ['a verdict that is not the code’s', { ...verdictAnswer('REVOKED'), verdict: 'VALID' }],
      ['no parts', { ...valid, parts: undefined }],
      ['a part of another form', { ...valid, parts: { ...valid.parts, seal: 'VALID' } }],
      ['a state of no list', { ...valid, lifecycle: { state: 'fine', raw: null, encumbrances: [] } }],
      ['a claim of no kind', { ...valid, fields: { name: 'yes' } }],
    ])('%s is no verdict: exit 5, never 0', async (_, value) => {
      say(value)
      const ran = await verify()
      expect(ran).toMatchObject({ code: 5, out: '' })
      expect(ran.err).toMatch(/^✘ ANSWER_UNREADABLE/)
      expect(documentOf(await verify('--json'))).toMatchObject({ error: { code: 'ANSWER_UNREADABLE' } })
    })
  })

  test('a refusal is told with cause and next step, and confirms nothing', async () => {
    say(errorBody(new HubError('TYPE_UNKNOWN', { subject: 'typeCode' }), 'trace-1'), 400)
    const ran = await verify()
    expect(ran).toMatchObject({ code: 5, out: '' })
    expect(ran.err).toBe(
      '✘ TYPE_UNKNOWN  the registry has no such licence type: typeCode\n  → check the type code against spec/registry\n',
    )
    expect(documentOf(await verify('--json'))).toMatchObject({ error: { code: 'TYPE_UNKNOWN', trace: 'trace-1' } })
    say({ error: { code: 'NEWER_THAN_WE\u001b' } }, 500)
    expect(await verify()).toMatchObject({ code: 5, err: '✘ NEWER_THAN_WE\ufffd\n' })
  })

  test('a receipt that cannot be kept stops it before it says anything', async () => {
    say(verdictAnswer('VALID'))
    const ran = await verify('--json', '--receipt', join(folder, 'no-such-folder/receipt.json'))
    expect(ran.code).toBe(6)
    expect(documentOf(ran)).toMatchObject({ error: { code: 'SYSTEM_REFUSED' } })
    const { receipt: _, ...bare } = verdictAnswer('VALID')
    say(bare)
    const unkept = await verify('--receipt', join(folder, 'unkept.json'))
    expect(unkept.code).toBe(0)
    expect(unkept.err).toContain('carries no receipt')
  })

  test('the identifier is read from stdin, in full-width characters too', async () => {
    say(verdictAnswer('VALID'))
    const wide = HUNAN.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0))
    for (const stdin of [`${HUNAN}\n`, `\r\n  ${HUNAN}  \r\n`, wide]) {
      const ran = await hutong(['verify', '-', '--hub', hub.url, '--json'], { stdin })
      expect(ran).toMatchObject({ code: 0, err: '' })
      expect(hub.asked.at(-1)).toBe(`POST /v1/public/verify {"licenceId":"${HUNAN}"}`)
    }
    expect((await hutong(['verify', wide, '--hub', hub.url])).code).toBe(0)
    for (const stdin of ['', '\n\n', `${HUNAN}\n${HUNAN}\n`, 'x'.repeat(70_000)]) {
      const ran = await hutong(['verify', '-', '--hub', hub.url], { stdin })
      expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining('INPUT_UNUSABLE') })
    }
  })
})

describe('an identifier that is none is not asked about', () => {
  test.each([
    ['x', 'LICENCE_ID_MALFORMED'],
    ['11010519491231002X', 'LICENCE_ID_MALFORMED'],
    [HUNAN.replace(/U$/, 'A'), 'LICENCE_ID_CHECK_FAILED'],
    [HUNAN.replace('W011', 'w011'), 'LICENCE_ID_CHARACTER_REFUSED'],
  ])('%s', async (identifier, code) => {
    const ran = await hutong(['verify', identifier])
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toMatch(new RegExp(`^✘ ${code}  `))
    // It may be a person's number that was typed in the wrong place.
    expect(ran.err).not.toContain(identifier.length > 1 ? identifier : 'x:')
    expect(documentOf(await hutong(['verify', identifier, '--json']))).toMatchObject({ error: { code } })
  })
})

describe('a gateway that is not there', () => {
  test('is unreachable: exit 5', async () => {
    const hub = await startVerifyHub(() => ({ status: 200, body: '' }))
    await hub.close()
    const ran = await hutong(['verify', HUNAN, '--hub', hub.url])
    expect(ran).toMatchObject({ code: 5, out: '' })
    expect(ran.err).toBe(
      `✘ HUB_UNREACHABLE  the gateway at ${hub.url} cannot be reached\n` +
        '  → run `hutong demo` or `hutong serve` first, or name it with --hub\n',
    )
  })

  test.each(['gateway.example', 'ftp://gateway.example', 'http://gateway.example', 'https://me:pw@gateway.example'])(
    '%s cannot be trusted with the question: exit 2',
    async (hub) => {
      const ran = await hutong(['verify', HUNAN, '--hub', hub])
      expect(ran).toMatchObject({ code: 2, out: '' })
      expect(ran.err).toMatch(/^✘ HUB_REFUSED/)
    },
  )
})

describe('a real gateway', () => {
  let bed: GatewayBed
  let keys = ''
  beforeAll(async () => {
    bed = await startBed()
    keys = join(folder, 'keys.json')
    writeFileSync(keys, await (await fetch(`${bed.url}/v1/keys`)).text())
  })
  afterAll(() => bed.close())
  const { type, issuer } = issues.canonical
  const verify = (...argv: string[]) => hutong(['verify', licenceOf(type, issuer), '--hub', bed.url, ...argv])
  const file = join(folder, 'receipt.json')
  const check = (...argv: string[]) => hutong(['receipt', 'verify', file, '--hub-keys', keys, ...argv])

  test('confirms a licence, and its receipt holds offline', async () => {
    const ran = await verify('--receipt', file)
    expect(ran.code).toBe(0)
    expect(ran.out).toMatch(/^✔ Valid {2}VALID\n/)
    expect(ran.err).toContain(`hutong receipt verify ${file} --hub-keys keys.json`)
    const checked = await check()
    expect(checked).toMatchObject({ code: 0, err: '' })
    const { receipt } = JSON.parse(readFileSync(file, 'utf8')) as { receipt: { no: string } }
    expect(checked.out).toMatch(new RegExp(`^✔ the receipt holds {2}${receipt.no} {2}VALID {2}`))
    expect(documentOf(await check('--json'))).toMatchObject({ holds: true, failures: [], answer: 'matches' })
    // On the gateway's own machine its configuration names the keys.
    expect((await hutong(['receipt', 'verify', file, '--config', bed.config])).code).toBe(0)
  })

  test('cannot confirm a licence of an issuer that does not answer', async () => {
    const ran = await hutong(['verify', licenceOf(type, issuer, 'reset'), '--hub', bed.url, '--json'])
    expect(ran.code).toBe(5)
    expect(documentOf(ran)).toMatchObject({ code: 'ISSUER_UNREACHABLE', verdict: 'UNDETERMINED', group: 'un' })
  })

  describe('a receipt that was tampered with', () => {
    afterEach(async () => {
      await verify('--receipt', file)
    })
    type Answer = {
      code: string
      receipt: { code: string; index: number; keyId: string; proof: { record: { ms: number } } }
    }

    test.each<[string, (answer: Answer) => unknown, fault: string]>([
      ['the answer', (answer) => Object.assign(answer, { code: 'REVOKED' }), 'answer-differs answerSm3'],
      ['its code', ({ receipt }) => Object.assign(receipt, { code: 'REVOKED' }), 'signature-invalid signature'],
      ['its place', ({ receipt }) => Object.assign(receipt, { index: receipt.index + 1 }), 'number-differs no'],
      ['its record', ({ receipt }) => Object.assign(receipt.proof.record, { ms: 99_999 }), 'not-included proof.path'],
      ['its key', ({ receipt }) => Object.assign(receipt, { keyId: 'nobody' }), 'key-unknown keyId'],
      ['its form', ({ receipt }) => Object.assign(receipt, { extra: 1 }), 'malformed unknown member'],
    ])('in %s fails with the reason', async (_, change, fault) => {
      await verify('--receipt', file)
      const answer = JSON.parse(readFileSync(file, 'utf8')) as Answer
      change(answer)
      writeFileSync(file, JSON.stringify(answer))
      const ran = await check()
      expect(ran.code).toBe(4)
      expect(ran.out).toContain(`✘ ${fault}  `)
      expect(ran.out).not.toMatch(CJK)
      const { failures } = documentOf(await check('--json')) as { failures: { fault: string; field: string }[] }
      expect(failures.map(({ fault: each, field }) => `${each} ${field}`)).toContain(fault)
    })
  })

  test('a receipt alone holds, and says that there was no answer to compare with', async () => {
    await verify('--receipt', file)
    const { receipt } = JSON.parse(readFileSync(file, 'utf8')) as { receipt: unknown }
    const alone = join(folder, 'alone.json')
    writeFileSync(alone, JSON.stringify(receipt))
    const ran = await hutong(['receipt', 'verify', alone, '--hub-keys', keys])
    expect(ran).toMatchObject({ code: 0, err: '(no answer to compare with)\n' })
  })

  test.each<[string, string, string, number]>([
    ['no file', 'missing.json', 'RECEIPT_UNREADABLE', 2],
    ['no JSON', 'text.json', 'RECEIPT_UNREADABLE', 2],
    ['JSON beyond any nesting', 'deep.json', 'malformed', 4],
    ['something else', 'other.json', 'malformed', 4],
  ])('%s is no receipt', async (_, name, code, exit) => {
    writeFileSync(join(folder, 'text.json'), 'receipt')
    writeFileSync(join(folder, 'deep.json'), `{"receipt":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
    writeFileSync(join(folder, 'other.json'), '{"receipt":{"v":2}}')
    const ran = await hutong(['receipt', 'verify', join(folder, name), '--hub-keys', keys])
    expect(ran.code).toBe(exit)
    expect(ran.out + ran.err).toContain(code)
  })

  test.each<[string, string]>([
    ['no file', 'missing'],
    ['no JSON', 'text'],
    ['no keys', 'empty'],
    ['a key that is no point', 'bad-point'],
  ])('%s instead of the gateway’s keys', async (_, name) => {
    await verify('--receipt', file)
    writeFileSync(join(folder, 'text'), 'keys')
    writeFileSync(join(folder, 'empty'), '{"keys":[]}')
    writeFileSync(join(folder, 'bad-point'), '{"keys":[{"keyId":"a","use":"sign","publicKey":"04ff"}]}')
    const ran = await hutong(['receipt', 'verify', file, '--hub-keys', join(folder, name)])
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining('HUB_KEYS_UNREADABLE') })
  })

  test('without any keys it says where to get them', async () => {
    await verify('--receipt', file)
    const ran = await hutong(['receipt', 'verify', file, '--config', join(folder, 'nowhere')])
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toContain('HUB_KEYS_MISSING')
    expect(ran.err).toContain('--hub-keys')
  })
})
