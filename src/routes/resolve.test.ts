import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { usccCheckCharacter } from '../canonical/uscc.js'
import { divisionPrefix } from './division-key.js'
import { resolveLicence, resolveSearch } from './resolve.js'
import { compileRoutes, type RouteInput, type RouteSpoke } from './route-table.js'

const hunanIssuer = '11430000006122244L'
const hunanTaxBureau = '114300000061231244'
const mohurdType = '11100000000013338W011'
const taxDefiner = '11100000000014445H'
const taxType = `${taxDefiner}001`

const spokes: readonly RouteSpoke[] = [
  { name: 'hunan', node: '43', divisions: ['430000'] },
  { name: 'changsha', node: '43', divisions: ['430100'] },
  { name: 'xinjiang', node: '65', divisions: ['65'] },
  { name: 'tax', node: 'sta', definers: [taxDefiner] },
  { name: 'national', node: 'national', isDefault: true },
]
const xpccAliases = [
  { from: '660000', to: '66' },
  { from: '659900', to: '66' },
  { from: '659001', to: '66' },
]

function table(extra: Partial<RouteInput> = {}) {
  return compileRoutes({ spokes, aliases: xpccAliases, configVersion: 'v7', ...extra })
}

function routeOf(type: string, issuer: string, extra: Partial<RouteInput> = {}): string {
  const { spoke, rule } = resolveLicence(table(extra), { type, issuer })
  return `${spoke ?? 'nobody'} by ${rule ?? 'nothing'}`
}

describe('the order of the rules', () => {
  test('the issuer’s division decides, not the definer’s', () => {
    expect(routeOf(mohurdType, hunanIssuer)).toBe('hunan by division')
  })
  test('the longest prefix wins', () => {
    expect(routeOf(mohurdType, '430102')).toBe('changsha by division')
    expect(routeOf(mohurdType, '430200')).toBe('hunan by division')
  })
  test('2, 6 and 12 digits name the same province', () => {
    for (const issuer of ['43', '430000', '430000000000']) {
      expect(routeOf(mohurdType, issuer)).toBe('hunan by division')
    }
  })
  test('a vertical system comes before the division of the bureau that issued', () => {
    expect(routeOf(taxType, hunanTaxBureau)).toBe('tax by vertical')
  })
  test('without the vertical rule the same licence would go to the province', () => {
    const plain = spokes.map(({ definers: _, ...spoke }) => spoke)
    expect(routeOf(taxType, hunanTaxBureau, { spokes: plain })).toBe('hunan by division')
  })
  test('a vertical row by type code comes before one by definer', () => {
    expect(routeOf(taxType, hunanTaxBureau, { verticals: [{ type: taxType, spoke: 'national' }] })).toBe(
      'national by vertical',
    )
  })
  test('a vertical row by issuer covers schools and hospitals under a sector authority', () => {
    expect(routeOf(mohurdType, hunanIssuer, { verticals: [{ issuer: hunanIssuer, spoke: 'xinjiang' }] })).toBe(
      'xinjiang by vertical',
    )
  })
  test('a successor is followed before anything else, vertical rows included', () => {
    const successors = [{ from: hunanIssuer, to: '650000' }]
    expect(routeOf(mohurdType, hunanIssuer, { successors })).toBe('xinjiang by division')
    const verticals = [{ issuer: hunanIssuer, spoke: 'tax' }]
    expect(routeOf(mohurdType, hunanIssuer, { successors, verticals })).toBe('xinjiang by division')
  })
  test('a claim by code comes before the division', () => {
    const claims: RouteSpoke[] = [...spokes, { name: 'bureau', node: 'x', issuers: [hunanIssuer] }]
    expect(routeOf(mohurdType, hunanIssuer, { spokes: claims })).toBe('bureau by issuer')
  })
  test.each(['660000', '659900', '659001', '659001000000'])('XPCC’s coding %s leads to the XPCC', (issuer) => {
    const claims: RouteSpoke[] = [...spokes, { name: 'xpcc', node: '66', divisions: ['66'] }]
    expect(routeOf(mohurdType, issuer, { spokes: claims })).toBe('xpcc by alias')
  })
  test('without an XPCC spoke its licences leave by the way out: Xinjiang is not asked', () => {
    expect(routeOf(mohurdType, '659001')).toBe('national by default')
    expect(routeOf(mohurdType, '659012')).toBe('xinjiang by division')
  })
  test('a spoke that claims the alias’s own digits keeps them', () => {
    const claims: RouteSpoke[] = [...spokes, { name: 'shihezi', node: '66', divisions: ['659001'] }]
    expect(routeOf(mohurdType, '659001', { spokes: claims })).toBe('shihezi by division')
  })
  test('who is not connected is reached by the way out', () => {
    expect(routeOf(mohurdType, '350000')).toBe('national by default')
  })
})

describe('nobody answers', () => {
  const closed = table({ spokes: spokes.filter(({ isDefault }) => isDefault !== true) })

  test('an unknown issuer is ISSUER_UNKNOWN and says what was tried', () => {
    const decision = resolveLicence(closed, { type: mohurdType, issuer: '350000' })
    expect(decision).toMatchObject({ spoke: null, node: null, rule: null, code: 'ISSUER_UNKNOWN', candidates: [] })
    expect(decision.tried).toEqual([
      'successor: 350000',
      `vertical: ${mohurdType}`,
      'issuer: 350000',
      'alias: 350000',
      'division: 350000',
    ])
  })
  test('a mistyped credit code does not choose whom to ask', () => {
    expect(resolveLicence(closed, { type: mohurdType, issuer: '11430000006122244K' }).code).toBe('ISSUER_UNKNOWN')
  })
  test('a value that is no code is not repeated', () => {
    const decision = resolveSearch(closed, { issuer: '测试员甲 11010519491231002x', division: null, typeCode: null })
    expect(decision.code).toBe('ISSUER_UNKNOWN')
    expect(JSON.stringify(decision)).not.toContain('11010519491231002')
  })
  test('names of JavaScript’s own are no claims', () => {
    for (const issuer of ['constructor', '__proto__', 'toString']) {
      expect(resolveLicence(closed, { type: issuer, issuer }).code).toBe('ISSUER_UNKNOWN')
    }
  })
})

describe('search', () => {
  const nothing = { issuer: null, division: null, typeCode: null }

  test('a search that names nobody is refused, whatever way out there is', () => {
    expect(resolveSearch(table(), nothing)).toMatchObject({ spoke: null, code: 'ISSUER_REQUIRED', candidates: [] })
    expect(resolveSearch(table(), { ...nothing, typeCode: mohurdType })).toMatchObject({
      spoke: null,
      code: 'ISSUER_REQUIRED',
    })
  })
  test.each([
    ['an issuer', { ...nothing, issuer: hunanIssuer }, 'hunan'],
    ['a division', { ...nothing, division: '430100' }, 'changsha'],
    ['a vertical type', { ...nothing, typeCode: taxType }, 'tax'],
    ['a division and a vertical type', { ...nothing, division: '430000', typeCode: taxType }, 'tax'],
    ['a division that is not connected', { ...nothing, division: '350000' }, 'national'],
  ])('%s is enough', (_, question, spoke) => {
    expect(resolveSearch(table(), question)).toMatchObject({ spoke, code: null })
  })
})

describe('the explanation', () => {
  test('every rule stands in it, in order', () => {
    const decision = resolveLicence(table(), { type: taxType, issuer: hunanTaxBureau })
    expect(decision.steps.map(({ rule, outcome }) => `${rule} ${outcome}`)).toEqual([
      'successor none',
      'vertical matched',
      'issuer none',
      'alias none',
      'division overridden',
      'default overridden',
    ])
    expect(decision.configVersion).toBe('v7')
  })
  test('the chosen candidate comes first, and the others say why they were passed over', () => {
    const { candidates } = resolveLicence(table(), { type: taxType, issuer: hunanTaxBureau })
    expect(candidates.map(({ spoke, chosen }) => [spoke, chosen])).toEqual([
      ['tax', true],
      ['hunan', false],
      ['national', false],
    ])
    for (const { why } of candidates) expect(why.zh.length * why.en.length).toBeGreaterThan(0)
  })
  test('a successor shows the whole chain', () => {
    const successors = [
      { from: hunanIssuer, to: hunanTaxBureau },
      { from: hunanTaxBureau, to: '650000' },
    ]
    const { steps } = resolveLicence(table({ successors }), { type: mohurdType, issuer: hunanIssuer })
    expect(steps[0]).toMatchObject({
      outcome: 'rewritten',
      value: `${hunanIssuer} → ${hunanTaxBureau} → 650000`,
    })
  })
})

describe('nodes of the registry that have no spoke', () => {
  const name = { zh: '公安部', en: 'Ministry of Public Security' }
  const mps = { id: 'mps', name, divisions: [], issuers: [], definers: ['11100000000013127D'], verticalIssuers: [] }
  const idCard = { type: '11100000000013127D001', issuer: hunanIssuer }

  test('a vertical system without a spoke is not replaced by the province: the way out answers', () => {
    const decision = resolveLicence(table({ knownNodes: [mps] }), idCard)
    expect(decision).toMatchObject({ spoke: 'national', rule: 'default' })
    expect(decision.candidates).toContainEqual(expect.objectContaining({ spoke: null, node: 'mps', chosen: false }))
  })
  test('without a way out the node is named', () => {
    const closed = spokes.filter(({ isDefault }) => isDefault !== true)
    const decision = resolveLicence(table({ knownNodes: [mps], spokes: closed }), idCard)
    expect(decision).toMatchObject({ spoke: null, node: 'mps', rule: 'vertical', code: 'ISSUER_UNKNOWN', name })
  })
  test('the node’s own spoke takes what the registry knows of it', () => {
    const connected = [...spokes, { name: 'police', node: 'mps' }]
    expect(resolveLicence(table({ knownNodes: [mps], spokes: connected }), idCard)).toMatchObject({
      spoke: 'police',
      rule: 'vertical',
    })
  })
})

describe('against a naive reference', () => {
  const digits = fc.stringMatching(/^[1-9]\d{5}$/)
  const claim = fc.oneof(
    fc.stringMatching(/^[1-9]\d$/),
    digits.map((text) => `${text.slice(0, 4)}00`),
    digits,
    fc.stringMatching(/^[1-9]\d{11}$/),
  )
  /** Divisions drawn from a handful of provinces, so that prefixes meet. */
  const near = fc.oneof(
    fc.stringMatching(/^4[1-4](?:0[0-2]){2}$/),
    fc.stringMatching(/^4[1-4](?:0[0-2]){2}(?:00[01]){2}$/),
    fc.stringMatching(/^4[1-4]$/),
  )

  /** The rule in one line: of all claims that the division begins with, the longest. */
  function naive(claims: readonly { prefix: string; spoke: string }[], division: string): string | null {
    return (
      claims
        .filter(({ prefix }) => division.startsWith(prefix))
        .reduce<{ prefix: string; spoke: string } | null>(
          (best, each) => (best === null || each.prefix.length > best.prefix.length ? each : best),
          null,
        )?.spoke ?? null
    )
  }

  test('the result equals the longest prefix among all claims', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(near, claim), { maxLength: 60 }), fc.oneof(near, digits), (texts, issuer) => {
        const prefixes = [...new Set(texts.map((text) => divisionPrefix(text) ?? ''))].filter((text) => text !== '')
        const claims = prefixes.map((prefix, index) => ({ prefix, spoke: `s${index}` }))
        const random = compileRoutes({
          spokes: claims.map(({ prefix, spoke }) => ({
            name: spoke,
            node: spoke,
            divisions: [prefix.length === 9 ? `${prefix}000` : prefix],
          })),
          configVersion: 'random',
        })
        expect(random.problems).toEqual([])
        const division = issuer.length === 2 ? `${issuer}0000` : issuer
        expect(resolveLicence(random, { type: mohurdType, issuer }).spoke).toBe(naive(claims, division))
      }),
      { numRuns: 500 },
    )
  })

  test('a credit code leads where its characters 3-8 lead', () => {
    fc.assert(
      fc.property(fc.array(near, { maxLength: 30 }), near, (texts, place) => {
        const division = place.padEnd(6, '0').slice(0, 6)
        const body = `11${division}MA0000TX0`
        const uscc = body + (usccCheckCharacter(body) ?? '')
        const prefixes = [...new Set(texts.map((text) => divisionPrefix(text) ?? ''))]
        const random = compileRoutes({
          spokes: prefixes.map((prefix, index) => ({
            name: `s${index}`,
            node: 'x',
            divisions: [prefix.length === 9 ? `${prefix}000` : prefix],
          })),
          configVersion: 'random',
        })
        const byCode = resolveLicence(random, { type: mohurdType, issuer: uscc })
        expect(byCode.spoke).toBe(resolveLicence(random, { type: mohurdType, issuer: division }).spoke)
      }),
    )
  })

  test('exactly one candidate is chosen when a spoke is, and none otherwise', () => {
    fc.assert(
      fc.property(fc.array(near, { maxLength: 20 }), near, fc.boolean(), (texts, issuer, hasWayOut) => {
        const random = compileRoutes({
          spokes: texts.map((text, index) => ({
            name: `s${index}`,
            node: 'x',
            divisions: [text],
            isDefault: hasWayOut && index === 0,
          })),
          configVersion: 'random',
        })
        const decision = resolveLicence(random, { type: mohurdType, issuer })
        const chosen = decision.candidates.filter((candidate) => candidate.chosen)
        expect(chosen.map(({ spoke }) => spoke)).toEqual(decision.spoke === null ? [] : [decision.spoke])
        expect(decision.steps.map(({ rule }) => rule)).toEqual([
          'successor',
          'vertical',
          'issuer',
          'alias',
          'division',
          'default',
        ])
      }),
    )
  })
})
