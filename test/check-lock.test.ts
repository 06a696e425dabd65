import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bounds, checkLock, type Lock, type LockedPackage, type Manifest } from '../scripts/lock-problems.js'
import { admits, isOpenEnded, lowestOf, parseVersion, type Version } from '../scripts/version-range.js'
import { packageRoot } from '../src/config/package-root.js'

const integrity = `sha512-${'A'.repeat(86)}==`
const manifest: Manifest = {
  name: 'sample',
  version: '1.0.0',
  engines: { node: '^20.19 || ^22.13 || >=24' },
  dependencies: { fastify: '5.12.8' },
  devDependencies: { linter: '2.0.0' },
}
const sound: Lock['packages'] = {
  '': { version: '1.0.0', dependencies: { fastify: '5.12.8' }, devDependencies: { linter: '2.0.0' } },
  'node_modules/fastify': { version: '5.12.8', integrity, dependencies: { undici: '^7.0.0', inner: '^1.0.0' } },
  'node_modules/fastify/node_modules/undici': { version: '7.30.2', integrity, engines: { node: '>=20.18.1' } },
  'node_modules/inner': { version: '1.4.0', integrity, engines: ['node >= 0.8'], peerDependencies: { fastify: '5' } },
  'node_modules/linter': {
    version: '2.0.0',
    integrity,
    dev: true,
    optionalDependencies: { '@linter/linux-x64': '2.0.0', '@linter/linux-arm64': '2.0.0' },
    peerDependencies: { absent: '*' },
    peerDependenciesMeta: { absent: { optional: true } },
  },
  'node_modules/@linter/linux-x64': { version: '2.0.0', integrity, dev: true, hasInstallScript: true },
  'node_modules/@linter/linux-arm64': { version: '2.0.0', integrity, dev: true },
}

/** The sound lock with some packages replaced, or taken out where the value is null. */
function lockWith(changes: Readonly<Record<string, Partial<LockedPackage> | null>>): Lock {
  const packages = Object.fromEntries(
    Object.entries({ ...sound, ...changes })
      .filter(([path]) => changes[path] !== null)
      .map(([path, locked]) => [path, { ...sound[path], ...locked }]),
  )
  return { lockfileVersion: 3, packages }
}

describe('a lock', () => {
  test('that is sound has no problem', () => {
    const { problems, notes, checked } = checkLock(manifest, lockWith({}))
    expect(problems).toEqual([])
    expect(notes).toEqual([])
    expect(checked).toContain('2 optional packages (platform builds) have entries of their own')
    expect(checked).toContain('every package admits Node 20.19.0, 22.13.0, 24.0.0')
  })

  test.each<[what: string, changes: Parameters<typeof lockWith>[0], problem: string]>([
    [
      'lacks a platform package',
      { 'node_modules/@linter/linux-arm64': null },
      'linter needs @linter/linux-arm64, which is not in the lock',
    ],
    [
      'has a platform package of another version',
      { 'node_modules/@linter/linux-arm64': { version: '2.0.1' } },
      'linter needs @linter/linux-arm64 2.0.0, but 2.0.1 is locked',
    ],
    [
      'has a platform package without integrity',
      { 'node_modules/@linter/linux-arm64': { integrity: '' } },
      '@linter/linux-arm64 has an integrity that is not one sha512',
    ],
    [
      'has a weak integrity',
      { 'node_modules/inner': { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' } },
      'inner has an integrity that is not one sha512',
    ],
    ['lacks a dependency', { 'node_modules/inner': null }, 'fastify needs inner, which is not in the lock'],
    [
      'lacks a direct dependency',
      { 'node_modules/fastify': null, 'node_modules/fastify/node_modules/undici': null },
      'fastify is not in the lock',
    ],
    [
      'holds a nested package out of reach',
      {
        'node_modules/fastify/node_modules/undici': null,
        'node_modules/inner/node_modules/undici': { version: '7.30.2', integrity },
      },
      'fastify needs undici, which is not in the lock',
    ],
    [
      'lacks a peer',
      { 'node_modules/inner': { peerDependencies: { host: '1' } } },
      'inner needs host, which is not in the lock',
    ],
    [
      'was written before package.json changed',
      { '': { dependencies: { fastify: '5.12.7' } } },
      'fastify: package.json says 5.12.8, the lock 5.12.7',
    ],
    [
      'remembers a dependency that is gone',
      { '': { dependencies: { fastify: '5.12.8', gone: '1.0.0' } } },
      'gone: package.json says nothing, the lock 1.0.0',
    ],
    [
      'holds another version than the one pinned',
      { 'node_modules/linter': { version: '2.0.1' } },
      'linter: 2.0.0 is wanted, 2.0.1 is locked',
    ],
    [
      'holds a package for newer Nodes only',
      { 'node_modules/inner': { engines: { node: '>=22' } } },
      'inner@1.4.0 wants Node >=22, which excludes 20.19.0',
    ],
    [
      'holds a package for one line only',
      { 'node_modules/inner': { engines: { node: '^20' } } },
      'inner@1.4.0 wants Node ^20, which excludes 24.0.0',
    ],
    [
      'holds an engine range that nobody can read',
      { 'node_modules/inner': { engines: { node: 'lts' } } },
      'inner@1.4.0: not a version range: lts',
    ],
    [
      'runs foreign code at install',
      { 'node_modules/inner': { hasInstallScript: true } },
      'inner runs a script when it is installed',
    ],
    [
      'names a registry',
      { 'node_modules/inner': { resolved: 'https://registry.example/inner.tgz' } },
      'inner has an address; the lock is written without addresses',
    ],
    ['links to a folder', { 'node_modules/inner': { link: true } }, 'inner is a link to a folder'],
  ])('that %s is refused', (_what, changes, problem) => {
    expect(checkLock(manifest, lockWith(changes)).problems).toContain(problem)
  })

  test('without integrity is refused', () => {
    const { integrity: _gone, ...bare } = sound['node_modules/inner'] ?? {}
    const lock = { lockfileVersion: 3, packages: { ...sound, 'node_modules/inner': bare } }
    expect(checkLock(manifest, lock).problems).toEqual(['inner has no integrity'])
  })

  test('of another version of the format is refused', () => {
    expect(checkLock(manifest, { ...lockWith({}), lockfileVersion: 2 }).problems).toEqual([
      'lockfileVersion is 2, not 3',
    ])
  })

  test('with a range in package.json is refused', () => {
    const ranged = { ...manifest, dependencies: { fastify: '^5.12.8' } }
    const lock = lockWith({ '': { dependencies: { fastify: '^5.12.8' } } })
    expect(checkLock(ranged, lock).problems).toEqual(['fastify: ^5.12.8 is not an exact version'])
  })

  test('with a package that ends before we do is noted', () => {
    const lock = lockWith({ 'node_modules/inner': { engines: { node: '^24 || ^22 || ^20' } } })
    const { notes, problems } = checkLock(manifest, lock)
    expect(problems).toEqual([])
    expect(notes).toEqual(['inner@1.4.0 wants Node ^24 || ^22 || ^20; ours (^20.19 || ^22.13 || >=24) has no end'])
  })

  test.each(bounds.map((bound) => [bound.name, bound] as const))(
    'holds %s within its bounds, wherever it lies',
    (name, bound) => {
      const path = `node_modules/inner/node_modules/${name}`
      const at = (version: string) =>
        checkLock(manifest, lockWith({ [path]: { version, integrity } })).problems.filter((each) =>
          each.includes('is outside'),
        )
      const limit = parseVersion(bound.atLeast ?? bound.below ?? '')
      if (limit === null) throw new Error('a bound without a version')
      const [major, minor, patch] = limit
      const limitText = `${major}.${minor}.${patch}`
      const beforeText =
        patch > 0 ? `${major}.${minor}.${patch - 1}` : minor > 0 ? `${major}.${minor - 1}.99` : `${major - 1}.99.0`
      const [bad, good] = bound.atLeast === undefined ? [limitText, beforeText] : [beforeText, limitText]
      expect(at(good)).toEqual([])
      expect(at(bad)).toEqual([expect.stringContaining(bound.because)])
      if (bound.atLeast !== undefined) expect(at(`${limitText}-rc.1`)).toHaveLength(1)
    },
  )

  test('of this project is sound', () => {
    const read = (name: string): unknown => JSON.parse(readFileSync(join(packageRoot(), name), 'utf8'))
    const { problems } = checkLock(read('package.json') as Manifest, read('package-lock.json') as Lock)
    expect(problems).toEqual([])
  })
})

describe('a version range', () => {
  const version = (text: string): Version => {
    const parsed = parseVersion(text)
    if (parsed === null) throw new Error(`${text} is no version`)
    return parsed
  }

  test.each([
    [
      '^20.19 || ^22.13 || >=24',
      ['20.19.0', '20.99.9', '22.13.0', '24.0.0', '99.0.0'],
      ['20.18.9', '21.0.0', '22.12.9', '23.9.0'],
    ],
    ['>=18.20.0 <20 || >=20.12.1', ['18.20.0', '19.9.9', '20.12.1'], ['18.19.9', '20.0.0', '20.12.0']],
    ['10.* || >= 12.*', ['10.0.0', '12.0.0', '30.1.2'], ['9.9.9', '11.0.0']],
    ['>=v12.22.7', ['12.22.7'], ['12.22.6']],
    ['>= 10.x', ['10.0.0'], ['9.9.9']],
    ['14 - 18', ['14.0.0', '18.9.9'], ['13.9.9', '19.0.0']],
    ['~18.20', ['18.20.0', '18.20.9'], ['18.21.0']],
    ['>20', ['21.0.0'], ['20.9.9']],
    ['<=20', ['20.9.9'], ['21.0.0']],
    ['^0.3.1', ['0.3.9'], ['0.4.0', '0.3.0']],
    ['^0.0.4', ['0.0.4'], ['0.0.5']],
    ['1.2.3', ['1.2.3'], ['1.2.4', '1.2.2']],
    ['*', ['0.0.0', '99.0.0'], []],
    ['', ['0.0.0'], []],
  ])('%s', (range, inside, outside) => {
    for (const text of inside) expect([text, admits(range, version(text))]).toEqual([text, true])
    for (const text of outside) expect([text, admits(range, version(text))]).toEqual([text, false])
  })

  test.each(['lts', '>=', '1.2.3.4', '^', '20.19.0.', '>= 20 and more', '20.1e3'])('%s is refused', (range) => {
    expect(() => admits(range, version('20.19.0'))).toThrow(RangeError)
  })

  test('begins and ends', () => {
    expect(lowestOf('^20.19 || ^22.13 || >=24').map(([major, minor]) => [major, minor])).toEqual([
      [20, 19],
      [22, 13],
      [24, 0],
    ])
    expect(isOpenEnded('^20 || >=24')).toBe(true)
    expect(isOpenEnded('^20 || ^24')).toBe(false)
  })
})
