import { hash } from 'node:crypto'

/** RFC 9530 field for a body. `sm3` stands in no registry; it is sent beside `sha-256`, which everybody can check. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:, sm3=:${hash('sm3', body, 'base64')}:`
}

const ALGORITHM_OF: Readonly<Record<string, string>> = { 'sha-256': 'sha256', sm3: 'sm3' }
const MEMBER = /^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):$/

/** Whether a field holds for a body: at least one algorithm is known, and every known one matches. */
export function digestHolds(field: string, body: Uint8Array): boolean {
  if (field.length > 1024) return false
  const seen = new Set<string>()
  let known = 0
  for (const member of field.split(',')) {
    const [, name = '', value] = MEMBER.exec(member.trim()) ?? []
    // A repeated algorithm is refused: which of the two counts would depend on the reader.
    if (value === undefined || seen.has(name)) return false
    seen.add(name)
    const algorithm = Object.hasOwn(ALGORITHM_OF, name) ? ALGORITHM_OF[name] : undefined
    if (algorithm === undefined) continue
    if (hash(algorithm, body, 'base64') !== value) return false
    known++
  }
  return known > 0
}
