const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const CREDIT = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** Check character of a licence identifier (EST: ISO/IEC 7064 MOD 37,36 over the parts after the root, without dots). */
export function licenceCheck(body: string): string {
  let carried = 36
  for (const letter of body) {
    const value = LETTERS.indexOf(letter)
    if (value === -1) throw new RangeError('a licence identifier is digits and capital letters')
    const sum = (carried + value) % 36
    carried = ((sum === 0 ? 36 : sum) * 2) % 37
  }
  return LETTERS.charAt((37 - carried) % 36)
}

/** Whether an identifier is root + type + issuer + serial + version + the check character that they earn. */
export function licenceHolds(id: string): boolean {
  const parts = /^1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{2,18})\.([0-9A-Z]+)\.(\d{3})\.([0-9A-Z])$/.exec(id)
  if (parts === null) return false
  const [, type = '', issuer = '', serial = '', version = '', check] = parts
  return licenceCheck(type + issuer + serial + version) === check
}

/** Check character of a unified social credit code's first seventeen (EST: GB 32100, weights 3^i mod 31). */
export function creditCheck(body: string): string {
  let weight = 1
  let sum = 0
  for (const letter of body) {
    const value = CREDIT.indexOf(letter)
    if (value === -1) throw new RangeError('a credit code has no I, O, S, V or Z')
    sum += value * weight
    weight = (weight * 3) % 31
  }
  return CREDIT.charAt((31 - (sum % 31)) % 31)
}

/** Whether eighteen characters are a credit code. */
export function creditHolds(code: string): boolean {
  return /^[0-9A-HJ-NP-RTUWXY]{18}$/.test(code) && creditCheck(code.slice(0, 17)) === code[17]
}
