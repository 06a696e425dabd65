import { admits, compareVersions, isOpenEnded, lowestOf, parseVersion, versionText } from './version-range.js'

type Names = Readonly<Record<string, string>>

/** The parts of package.json that are looked at. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Names
  readonly devDependencies?: Names
  readonly overrides?: unknown
}

/** One package of a lock, version 3. */
export interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly hasInstallScript?: boolean
  readonly engines?: unknown
  readonly dependencies?: Names
  readonly devDependencies?: Names
  readonly optionalDependencies?: Names
  readonly peerDependencies?: Names
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export interface Lock {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, LockedPackage>>
}

export interface LockReport {
  /** What was checked, one line each. */
  readonly checked: readonly string[]
  /** True, but no reason to refuse. */
  readonly notes: readonly string[]
  readonly problems: readonly string[]
}

interface Bound {
  readonly name: string
  readonly atLeast?: string
  readonly below?: string
  readonly because: string
}

/** Versions with known holes, or known not to work, are not locked. */
export const bounds: readonly Bound[] = [
  { name: 'fastify', atLeast: '5.8.3', because: 'CVE-2026-3635, CVE-2026-25223, CVE-2026-33806' },
  { name: 'undici', atLeast: '7.24.0', because: 'six CVEs below it' },
  { name: '@fastify/http-proxy', atLeast: '11.4.4', because: 'CVE-2026-33805' },
  { name: '@fastify/reply-from', atLeast: '12.6.2', because: 'CVE-2026-33805' },
  { name: 'protobufjs', atLeast: '8.0.2', because: 'CVE-2026-41242, fixed in 8.0.1' },
  { name: 'sm-crypto', atLeast: '0.5.0', because: 'CVE-2026-23965, -23966, -23967 and -73567' },
  { name: 'nock', below: '15.0.0', because: '15 installs on Node 20 and does not work there' },
]

const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/

/** Looks for what makes `npm ci` fail, warn or run foreign code somewhere else than where the lock was written. */
export function checkLock(manifest: Manifest, lock: Lock): LockReport {
  const problems: string[] = []
  const notes: string[] = []
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
  if (lock.lockfileVersion !== 3) problems.push(`lockfileVersion is ${lock.lockfileVersion}, not 3`)
  const dependencies = checkRoot(manifest, lock, problems)
  let platform = 0
  for (const [path, locked] of packages) {
    checkSource(path, locked, problems)
    platform += checkNeeds(path, locked, lock, problems)
  }
  const engines = checkEngines(manifest, packages, problems, notes)
  const production = packages.filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
  for (const [path, { hasInstallScript }] of production) {
    if (hasInstallScript === true) problems.push(`${nameOf(path)} runs a script when it is installed`)
  }
  checkBounds(packages, problems)
  const checked = [
    `${dependencies} dependencies of package.json are locked at their pinned versions`,
    `${packages.length} packages have a sha512 integrity and no address`,
    `${platform} optional packages (platform builds) have entries of their own`,
    `every package admits Node ${engines.join(', ')}`,
    `${production.length} production packages run no install script`,
    `bounds: ${bounds.map(boundText).join(', ')}`,
  ]
  return { checked, notes, problems }
}

/** package.json and what the lock remembers of it must be one; versions are pinned exactly. */
function checkRoot(manifest: Manifest, lock: Lock, problems: string[]): number {
  const root = lock.packages['']
  if (root === undefined) {
    problems.push('the lock does not describe the project itself')
    return 0
  }
  if (root.version !== manifest.version) problems.push('the lock is of another version of the project')
  for (const kind of ['dependencies', 'devDependencies'] as const) {
    const wanted = manifest[kind] ?? {}
    const known = root[kind] ?? {}
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(known)])) {
      if (wanted[name] !== known[name]) {
        problems.push(`${name}: package.json says ${wanted[name] ?? 'nothing'}, the lock ${known[name] ?? 'nothing'}`)
      }
    }
  }
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  for (const [name, version] of all) {
    const locked = lock.packages[`node_modules/${name}`]
    if (parseVersion(version) === null) problems.push(`${name}: ${version} is not an exact version`)
    else if (locked === undefined) problems.push(`${name} is not in the lock`)
    else if (locked.version !== version) problems.push(`${name}: ${version} is wanted, ${locked.version} is locked`)
  }
  return all.length
}

/** The bytes are named by their hash; the address is the registry that whoever installs has configured. */
function checkSource(path: string, { version, integrity, resolved, link }: LockedPackage, problems: string[]): void {
  const name = nameOf(path)
  if (link === true) problems.push(`${name} is a link to a folder`)
  if (parseVersion(version ?? '') === null) problems.push(`${name} has no version`)
  if (integrity === undefined) problems.push(`${name} has no integrity`)
  else if (!SHA512.test(integrity)) problems.push(`${name} has an integrity that is not one sha512`)
  if (resolved !== undefined) problems.push(`${name} has an address; the lock is written without addresses`)
}

/** Everything that a package asks for has an entry that it would find. Returns how many of them were optional. */
function checkNeeds(path: string, locked: LockedPackage, lock: Lock, problems: string[]): number {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = locked
  const peers = Object.entries(peerDependencies).filter(([name]) => peerDependenciesMeta[name]?.optional !== true)
  const optional = Object.entries(optionalDependencies)
  for (const [name, range] of [...Object.entries(dependencies), ...optional, ...peers]) {
    const found = findFrom(path, name, lock)
    if (found === undefined) problems.push(`${nameOf(path)} needs ${name}, which is not in the lock`)
    else if (parseVersion(range) !== null && found.version !== range) {
      problems.push(`${nameOf(path)} needs ${name} ${range}, but ${found.version} is locked`)
    }
  }
  return optional.length
}

/** As node looks for packages: in the folder of the asker, then in every folder above. */
function findFrom(path: string, name: string, { packages }: Lock): LockedPackage | undefined {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const found = packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`]
    if (found !== undefined || folder === '') return found
    if (!folder.includes('/node_modules/')) return packages[`node_modules/${name}`]
  }
}

/** Returns the lowest versions that we admit, each of which every package must admit too. */
function checkEngines(
  { engines }: Manifest,
  packages: readonly (readonly [string, LockedPackage])[],
  problems: string[],
  notes: string[],
): readonly string[] {
  const ours = engines?.node
  if (ours === undefined) {
    problems.push('package.json names no engines.node')
    return []
  }
  const lowest = lowestOf(ours)
  for (const [path, locked] of packages) {
    const range = nodeRange(locked)
    if (range === undefined) continue
    const label = `${nameOf(path)}@${locked.version}`
    try {
      for (const version of lowest) {
        if (!admits(range, version))
          problems.push(`${label} wants Node ${range}, which excludes ${versionText(version)}`)
      }
      if (isOpenEnded(ours) && !isOpenEnded(range))
        notes.push(`${label} wants Node ${range}; ours (${ours}) has no end`)
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown
      problems.push(`${label}: ${thrown.message}`)
    }
  }
  return lowest.map(versionText)
}

/** Old packages write engines as a list, which npm does not look at. */
function nodeRange({ engines }: LockedPackage): string | undefined {
  if (engines === undefined || engines === null || Array.isArray(engines)) return undefined
  const { node } = engines as { readonly node?: unknown }
  return typeof node === 'string' ? node : undefined
}

function checkBounds(packages: readonly (readonly [string, LockedPackage])[], problems: string[]): void {
  for (const [path, locked] of packages) {
    const bound = bounds.find(({ name }) => name === nameOf(path))
    const version = parseVersion(locked.version ?? '')
    if (bound === undefined || version === null) continue
    const least = parseVersion(bound.atLeast ?? '')
    const below = parseVersion(bound.below ?? '')
    const holds =
      (least === null || compareVersions(version, least) >= 0) &&
      (below === null || compareVersions(version, below) < 0)
    if (!holds) problems.push(`${nameOf(path)}@${locked.version} is outside ${boundText(bound)}: ${bound.because}`)
  }
}

function boundText({ name, atLeast, below }: Bound): string {
  return `${name}${atLeast === undefined ? '' : ` ≥ ${atLeast}`}${below === undefined ? '' : ` < ${below}`}`
}

/** `node_modules/a/node_modules/@b/c` → `@b/c` */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
