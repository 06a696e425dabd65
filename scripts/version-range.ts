/** major, minor, patch, and 0 for a pre-release of it, 1 for the release; compared from left to right. */
export type Version = readonly [major: number, minor: number, patch: number, release: 0 | 1]

/** From `low` to before `high`; a version is in it when it is not below the one and below the other. */
interface Interval {
  readonly low: Version
  readonly high: Version
}

const ZERO: Version = [0, 0, 0, 1]
const NEVER: Version = [Number.POSITIVE_INFINITY, 0, 0, 1]

/** `1.2.3`, with or without a pre-release or build tag; null for anything else. */
export function parseVersion(text: string): Version | null {
  const match = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.exec(text)
  if (match === null) return null
  const [, major, minor, patch, tag] = match
  return [Number(major), Number(minor), Number(patch), tag === undefined ? 1 : 0]
}

/** Negative when `a` comes first, zero when they are the same, positive when `b` comes first. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]
}

/**
 * Whether a range as package.json writes it (`^20.19 || >=24`, `>=18 <20`, `10.x`, `14 - 18`) admits a version.
 *
 * @throws RangeError when the range cannot be read: what is not understood must not pass as admitted
 */
export function admits(range: string, version: Version): boolean {
  return alternatives(range).some((all) => all.every((interval) => contains(interval, version)))
}

/** The lowest version of each alternative: `^20.19 || >=24` begins at 20.19.0 and at 24.0.0. @throws RangeError */
export function lowestOf(range: string): readonly Version[] {
  return alternatives(range).map((all) => all.map(({ low }) => low).reduce(later, ZERO))
}

/** Whether the range has no upper end. @throws RangeError */
export function isOpenEnded(range: string): boolean {
  return alternatives(range).some((all) => all.every(({ high }) => high === NEVER))
}

export function versionText([major, minor, patch]: Version): string {
  return `${major}.${minor}.${patch}`
}

function later(a: Version, b: Version): Version {
  return compareVersions(a, b) < 0 ? b : a
}

function contains({ low, high }: Interval, version: Version): boolean {
  return compareVersions(version, low) >= 0 && compareVersions(version, high) < 0
}

function alternatives(range: string): readonly (readonly Interval[])[] {
  return range.split('||').map((alternative) => {
    const text = alternative.trim()
    const hyphen = /^(\S+) +- +(\S+)$/.exec(text)
    if (hyphen !== null) return [{ low: partial(hyphen[1] ?? '').low, high: partial(hyphen[2] ?? '').high }]
    // An operator may stand apart from its version: `>= 18`.
    const comparators = text.replace(/(>=|<=|>|<|=|\^|~)\s+/g, '$1').split(/\s+/)
    return comparators.map(comparator)
  })
}

function comparator(text: string): Interval {
  const [, operator = '', version = ''] = /^(>=|<=|>|<|=|\^|~)?(.*)$/.exec(text) ?? []
  if (operator !== '' && version === '') throw new RangeError(`not a version range: ${text}`)
  const { low, high } = partial(version)
  switch (operator) {
    case '>=':
      return { low, high: NEVER }
    case '>':
      return { low: high, high: NEVER }
    case '<':
      return { low: ZERO, high: low }
    case '<=':
      return { low: ZERO, high }
    case '^':
      return { low, high: later(high, afterCaret(low)) }
    case '~':
      return { low, high: later(high, [low[0], low[1] + 1, 0, 0]) }
    default:
      return { low, high }
  }
}

/** `^` keeps the leftmost number that is not zero. */
function afterCaret([major, minor, patch]: Version): Version {
  if (major > 0) return [major + 1, 0, 0, 0]
  return minor > 0 ? [0, minor + 1, 0, 0] : [0, 0, patch + 1, 0]
}

/** All versions that begin like this: `20` is 20.0.0 to before 21.0.0. */
function partial(text: string): Interval {
  const full = parseVersion(text.replace(/^v/, ''))
  if (full !== null)
    return { low: full, high: full[3] === 0 ? [full[0], full[1], full[2], 1] : [full[0], full[1], full[2] + 1, 0] }
  const match = /^v?(\d{1,9}|[xX*]|)(?:\.(\d{1,9}|[xX*]))?(?:\.[xX*])?$/.exec(text)
  if (match === null) throw new RangeError(`not a version range: ${text}`)
  const [major, minor] = match.slice(1).map((part) => (/^\d+$/.test(part ?? '') ? Number(part) : null))
  if (major == null) return { low: ZERO, high: NEVER }
  if (minor == null) return { low: [major, 0, 0, 1], high: [major + 1, 0, 0, 0] }
  return { low: [major, minor, 0, 1], high: [major, minor + 1, 0, 0] }
}
