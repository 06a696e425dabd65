export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

/**
 * RFC 8785 (JCS) text: members sorted by UTF-16 code units, ECMAScript numbers, no white space. Members that are
 * undefined are left out.
 *
 * @throws TypeError for NaN, Infinity and lone surrogates, which RFC 8785 has no form for, and for what is no JSON value
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('not a JSON number')
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `[${value.map(canonicalJson).join(',')}]` : object(value)
    default:
      throw new TypeError(`no JSON form for ${typeof value}`)
  }
}

// Every message, receipt and audit record is written here, so it builds one string and no intermediate lists.
function object(value: object): string {
  const members = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const key of Object.keys(members).sort()) {
    const member = members[key]
    if (member !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these, and surrogates are looked at apart
const PLAIN = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new TypeError('lone surrogate')
  return JSON.stringify(text)
}
