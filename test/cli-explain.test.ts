import { describe, expect, test } from 'vitest'
import { legacyCheckCharacter } from '../src/canonical/check-character.js'
import { errorTable } from '../src/canonical/errors.js'
import { formatLicenceId } from '../src/canonical/licence-id.js'
import { verdictTable } from '../src/canonical/verdict.js'
import { CJK, documentOf, hutong } from './cli-run.js'
import { openCliWorld, putSecrets } from './cli-world.js'

const HUNAN = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
const TAX = formatLicenceId({
  type: '11100000000014445H901',
  issuer: '114300000061231244',
  serial: '1',
  version: '001',
})
const NOBODY = formatLicenceId({ type: '11100000000013338W011', issuer: '9999', serial: '20230000403', version: '001' })

describe('a licence, with no configuration and no network', () => {
  test('goes to Hunan, and why', async () => {
    const ran = await hutong(['explain', HUNAN])
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain('result  → Hunan [43]\nrule  division\n')
    expect(ran.out).toContain('the division belongs to a node that has no spoke')
    expect(ran.out).toMatch(/no spoke is configured, so nothing would be sent\n$/)
    expect(ran.out).not.toMatch(CJK)
    const chinese = await hutong(['explain', HUNAN, '--lang', 'zh'])
    expect(chinese.out).toContain('结论  → 湖南省 [43]\n规则  区划\n')
    expect(chinese.out).toContain('没有配置任何节点，不会发出请求')
    expect(documentOf(await hutong(['explain', HUNAN, '--json']))).toMatchObject({
      licence: { issuer: '11430000006122244L', definer: '11100000000013338W', check: 'ok' },
      decision: { node: '43', spoke: null, rule: 'division', configured: false, code: null },
    })
  })

  test('kept in a vertical system goes there, and not to the province whose bureau issued it', async () => {
    const { decision } = documentOf(await hutong(['explain', TAX, '--json']))
    expect(decision).toMatchObject({ node: 'sta', rule: 'vertical' })
  })

  test('of an unknown issuer goes to nobody: exit 5, and never a broadcast', async () => {
    const ran = await hutong(['explain', NOBODY])
    expect(ran.code).toBe(5)
    expect(ran.out).toContain('no node answers (ISSUER_UNKNOWN); nothing is broadcast')
    expect(documentOf(await hutong(['explain', NOBODY, '--json']))).toMatchObject({
      decision: { code: 'ISSUER_UNKNOWN' },
    })
  })

  test('with the check character of a deployed product is read, and that is said', async () => {
    const body = '11100000000013338W011.11430000006122244L.20230000403.001'
    const legacy = `1.2.156.3005.2.${body}.${legacyCheckCharacter(body.replaceAll('.', ''))}`
    expect(legacy).not.toBe(HUNAN)
    const ran = await hutong(['explain', legacy])
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('(ok-legacy)')
    expect(documentOf(await hutong(['explain', legacy, '--json']))).toMatchObject({ licence: { check: 'ok-legacy' } })
  })

  test('from stdin, in full-width characters', async () => {
    const wide = HUNAN.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0))
    expect((await hutong(['explain', '-'], { stdin: wide })).out).toContain('→ Hunan [43]')
  })
})

test('with a configuration it goes to the spoke that claims it', async () => {
  const world = await openCliWorld()
  try {
    const { config, point } = world
    await world.addSpoke(
      'hn',
      '--node',
      '43',
      '--dialect',
      'canonical',
      '--endpoint',
      'https://h.test',
      '--key',
      `h=${point}`,
    )
    const ran = await hutong(['explain', HUNAN, '--config', config])
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('result  → Hunan [hn]\n')
    const { decision } = documentOf(await hutong(['explain', HUNAN, '--config', config, '--json']))
    expect(decision).toMatchObject({ spoke: 'hn', configured: true, code: null })
    // A vertical system that is known but not connected is not replaced by the province.
    const vertical = await hutong(['explain', TAX, '--config', config])
    expect(vertical.code).toBe(5)
    await world.addSpoke('tax', '--node', 'sta', '--dialect', 'tax-gt3', '--endpoint', 'https://t.test')
    putSecrets(world, ['secrets/tax-channelId'])
    expect((await hutong(['explain', TAX, '--config', config])).out).toContain('[tax]')
  } finally {
    world.close()
  }
  expect(await hutong(['explain', HUNAN, '--config', '/nowhere/hutong-test'])).toMatchObject({
    code: 6,
    err: expect.stringContaining('CONFIG_MISSING'),
  })
})

describe('a code', () => {
  test.each(Object.entries(verdictTable))('%s, a verdict', async (code, { word, action }) => {
    for (const lang of ['zh', 'en'] as const) {
      const { code: exit, out } = await hutong(['explain', code, '--lang', lang])
      expect(exit).toBe(0)
      expect(out).toContain(`${code}  ${word[lang]}  (`)
      expect(out).toContain(`  → ${action[lang]}\n`)
    }
  })

  test.each(Object.entries(errorTable).filter(([code]) => !Object.hasOwn(verdictTable, code)))(
    '%s, an error',
    async (code, { cause, next, status }) => {
      for (const lang of ['zh', 'en'] as const) {
        expect(await hutong(['explain', code, '--lang', lang])).toMatchObject({
          code: 0,
          out: expect.stringMatching(new RegExp(`^${code} {2}HTTP ${status} `)),
          err: '',
        })
        const { out } = await hutong(['explain', code, '--lang', lang])
        expect(out).toContain(`  ${cause[lang]}\n  → ${next[lang]}\n`)
      }
      expect(documentOf(await hutong(['explain', code, '--json']))).toMatchObject({ code, status, cause, next })
    },
  )

  test('is found in small letters and with hyphens', async () => {
    expect((await hutong(['explain', 'issuer-unreachable'])).out).toMatch(/^ISSUER_UNREACHABLE /)
  })

  test.each([
    ['ISSUER_UNREACHED', 'hutong explain ISSUER_UNKNOWN'],
    ['FROBNICATED', 'spec/errors.md'],
  ])('%s is none: those that are like it are named', async (text, next) => {
    const ran = await hutong(['explain', text])
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining('CODE_UNKNOWN') })
    expect(ran.err).toContain(next)
  })
})

test.each([
  ['nonsense 1', 'LICENCE_ID_MALFORMED'],
  [HUNAN.replace(/U$/, 'V'), 'LICENCE_ID_CHECK_FAILED'],
])('%s exits 2', async (text, code) => {
  expect(await hutong(['explain', text])).toMatchObject({ code: 2, out: '', err: expect.stringContaining(code) })
})
