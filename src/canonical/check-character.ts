const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * ISO/IEC 7064 MOD 37,36 (hybrid) check character of a licence identifier's body, dots removed, root excluded.
 *
 * Source: EST; five public identifiers from four provinces pass it.
 * @returns the character, or undefined when the text holds anything outside `[0-9A-Z]`
 */
export function checkCharacter(text: string): string | undefined {
  let product = 36
  for (const character of text) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return undefined
    product = (((product + value) % 36 || 36) * 2) % 37
  }
  return ALPHABET[(37 - product) % 36]
}

/**
 * The deviating check character that a licence system deployed in several cities writes: letters are valued one
 * too high, their running sum is reduced by 37 before it is reduced by 36, and the result is read one too low.
 *
 * Source: INF; the public code computes it so and one published identifier agrees.
 * @returns the character, or undefined when the text holds anything outside `[0-9A-Z]`
 */
export function legacyCheckCharacter(text: string): string | undefined {
  let product = 36
  for (const character of text) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return undefined
    const isLetter = value > 9
    let sum = product + value + (isLetter ? 1 : 0)
    if (isLetter && sum > 37) sum %= 37
    product = ((sum % 36 || 36) * 2) % 37
  }
  return ALPHABET[36 - product]
}
