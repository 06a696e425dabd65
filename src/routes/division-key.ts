import { isUscc, usccDivision } from '../canonical/uscc.js'

/** Lengths of a division prefix, longest first: village, township, county, prefecture, province. */
export const prefixLengths = [12, 9, 6, 4, 2] as const

/**
 * A claim's division as the prefix that it stands for: `43`, `430000` and `430000000000` are all `43`. Takes 2, 4, 6
 * or 12 digits without a leading zero; undefined for anything else.
 */
export function divisionPrefix(text: string): string | undefined {
  if (!isDigits(text) || text.startsWith('0')) return undefined
  if (text.length === 12) {
    if (!text.endsWith('000')) return text
    return text.endsWith('000000') ? shorten(text.slice(0, 6)) : text.slice(0, 9)
  }
  return text.length === 2 || text.length === 4 || text.length === 6 ? shorten(text) : undefined
}

/** `430000` → `43`; `430100` → `4301`. */
function shorten(digits: string): string {
  let prefix = digits
  while (prefix.length > 2 && prefix.endsWith('00')) prefix = prefix.slice(0, -2)
  return prefix
}

/**
 * The division that an issuer code (颁发机构代码) names, as 6 or 12 digits: characters 3-8 of a USCC whose check
 * character holds, or a code that is itself a division of 2, 6 or 12 digits. Undefined for anything else: a mistyped
 * code must not choose whom to ask.
 */
export function issuerDivision(code: string): string | undefined {
  if (code.length === 18) {
    // The cheap test of the digits first: it turns most wrong codes away before their check character is computed.
    return isDivision(code.slice(2, 8)) && isUscc(code) ? usccDivision(code) : undefined
  }
  if (!isDivision(code)) return undefined
  if (code.length === 6 || code.length === 12) return code
  return code.length === 2 ? `${code}0000` : undefined
}

function isDivision(text: string): boolean {
  return isDigits(text) && !text.startsWith('0')
}

// Character codes rather than a regular expression: this runs for every request.
function isDigits(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 48 || code > 57) return false
  }
  return text.length > 0
}
