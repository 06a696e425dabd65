/** Members of something that came from outside, none of them checked yet. */
export type Members = Readonly<Record<string, unknown>>

/** The members of an object; none when the value is no object. */
export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}
}

/** Follows member names inwards; undefined as soon as one is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, name) => membersOf(inner)[name], value)
}

/** The text at a path; null when there is none or it is no text. */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : null
}

/** JSON text as a value, or undefined when it is none. Bytes that are not UTF-8 are no JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** RFC 8785: members sorted by UTF-16 code units, no white space. Numbers are whole ones here. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}
