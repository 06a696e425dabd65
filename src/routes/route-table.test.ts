import { expect, test } from 'vitest'
import { resolveLicence } from './resolve.js'
import { compileRoutes, type RouteInput } from './route-table.js'

const hunanType = '11100000000013338W011'
const hunanIssuer = '11430000006122244L'

function problemsOf(input: Omit<RouteInput, 'configVersion'>): readonly string[] {
  const { problems } = compileRoutes({ ...input, configVersion: 'v1' })
  return problems.map(({ code, subject, spokes }) => `${code} ${subject} [${spokes.join(',')}]`)
}

test('claims without a collision are no problem', () => {
  expect(
    problemsOf({
      spokes: [
        { name: 'hunan', node: '43', divisions: ['43'] },
        { name: 'changsha', node: '43', divisions: ['430100'] },
      ],
    }),
  ).toEqual([])
})

test('one prefix claimed twice is reported with both spokes, however it is written', () => {
  expect(
    problemsOf({
      spokes: [
        { name: 'a', node: '43', divisions: ['43'] },
        { name: 'b', node: '43', divisions: ['430000'] },
        { name: 'c', node: '43', divisions: ['430000000000'] },
      ],
    }),
  ).toEqual(['AMBIGUOUS division 43 [a,b]', 'AMBIGUOUS division 43 [a,b,c]'])
})

test('an ambiguous claim leads nowhere: not to the first, not to a shorter prefix, not to the way out', () => {
  const table = compileRoutes({
    spokes: [
      { name: 'a', node: '43', divisions: ['4301'] },
      { name: 'b', node: '43', divisions: ['4301'] },
      { name: 'hunan', node: '43', divisions: ['43'] },
      { name: 'national', node: 'national', isDefault: true },
    ],
    configVersion: 'v1',
  })
  const decision = resolveLicence(table, { type: hunanType, issuer: '430100' })
  expect(decision).toMatchObject({ spoke: null, code: 'ISSUER_UNKNOWN', rule: 'division' })
  expect(decision.steps.find(({ rule }) => rule === 'division')?.outcome).toBe('ambiguous')
  expect(decision.candidates.map(({ spoke, chosen }) => [spoke, chosen])).toContainEqual(['b', false])
})

test('a definer claimed by two vertical systems is reported', () => {
  expect(
    problemsOf({
      spokes: [
        { name: 'tax', node: 'sta', definers: ['11100000000014445H'] },
        { name: 'other', node: 'sta' },
      ],
      verticals: [{ definer: '11100000000014445H', spoke: 'other' }],
    }),
  ).toEqual(['AMBIGUOUS definer 11100000000014445H [tax,other]'])
})

test('the same claim made twice by one spoke is no collision', () => {
  expect(
    problemsOf({
      spokes: [{ name: 'tax', node: 'sta', definers: ['11100000000014445H'] }],
      verticals: [{ definer: '11100000000014445H', spoke: 'tax' }],
    }),
  ).toEqual([])
})

test('two ways out, unknown spokes, names used twice and malformed divisions are reported', () => {
  expect(
    problemsOf({
      spokes: [
        { name: 'a', node: '43', isDefault: true, divisions: ['4x', '043'] },
        { name: 'b', node: '44', isDefault: true },
        { name: 'b', node: '44' },
      ],
      verticals: [{ issuer: hunanIssuer, spoke: 'nobody' }],
    }),
  ).toEqual([
    'SPOKE_TWICE spoke b [b]',
    'DIVISION_MALFORMED division 4x [a]',
    'DIVISION_MALFORMED division 043 [a]',
    `SPOKE_UNKNOWN vertical issuer ${hunanIssuer} [nobody]`,
    'AMBIGUOUS default way out [a,b]',
  ])
  expect(problemsOf({ spokes: [], defaultSpoke: 'nobody' })).toEqual(['SPOKE_UNKNOWN default way out [nobody]'])
})

test('every problem has a message in both languages', () => {
  const { problems } = compileRoutes({ spokes: [], defaultSpoke: 'nobody', configVersion: 'v1' })
  expect(problems).toHaveLength(1)
  for (const { message } of problems) expect(message.zh.length * message.en.length).toBeGreaterThan(0)
})
