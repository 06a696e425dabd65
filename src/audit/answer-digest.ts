import { isUtf8 } from 'node:buffer'
import { canonicalJson } from '../canonical/canonical-json.js'
import { sm3Hex } from '../crypto/sm3.js'

/**
 * What a receipt keeps of an answer, from the answer as its asker has it: SM3, 64 hex digits. A JSON object that
 * carries a `receipt` counts in its RFC 8785 form without that member, which is what the gateway had before it put the
 * receipt in; so it survives being parsed and written again. Every other body counts as its bytes.
 *
 * A JSON text that several readers could take differently (a name twice in one object, a number that a double cannot
 * hold or that is not in its ECMAScript form) is taken as bytes: re-writing it could change its meaning unnoticed.
 */
export function answerSm3(body: Uint8Array): string {
  const canonical = canonicalAnswer(body)
  return canonical === null ? sm3Hex(body) : sm3Hex(Buffer.from(canonical, 'utf8'))
}

function canonicalAnswer(body: Uint8Array): string | null {
  if (!startsObject(body) || !isUtf8(body)) return null
  try {
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== 'object' || !isUnambiguous(text, value)) return null
    if (!Object.hasOwn(value, 'receipt')) return null
    const { receipt: _, ...answer } = value as Record<string, unknown>
    return canonicalJson(answer)
  } catch {
    // Not JSON, nested beyond the stack, or a value that RFC 8785 has no form for.
    return null
  }
}

function startsObject(body: Uint8Array): boolean {
  for (const byte of body) {
    if (byte === 0x7b) return true
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false
  }
  return false
}

/** A string, with the colon that makes it a name; or a number. Strings are matched whole, so nothing inside counts. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*/g

function isUnambiguous(text: string, value: object): boolean {
  // The usual case, and the cheap one: text that JSON.stringify wrote repeats no name and spells every number its way.
  if (JSON.stringify(value) === text) return true
  let names = 0
  for (const [token, colon] of text.matchAll(TOKEN)) {
    if (colon !== undefined) names++
    else if (!token.startsWith('"') && JSON.stringify(Number(token)) !== token) return false
  }
  return names === membersIn(value)
}

/** Members of all objects within a value; fewer than the names in its text if one was repeated. */
function membersIn(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0
  const children = Object.values(value)
  return children.reduce<number>((sum, child) => sum + membersIn(child), Array.isArray(value) ? 0 : children.length)
}
