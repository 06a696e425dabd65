declare const verified: unique symbol
/** A citizen identity number (公民身份号码, GB 11643) with a real date and a right check digit; `X` is upper case. */
export type CitizenId = string & { readonly [verified]: 'CitizenId' }

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'
const GRAMMAR = /^[1-9]\d{5}(?<year>(?:18|19|20)\d{2})(?<month>\d{2})(?<day>\d{2})\d{3}[\dX]$/

/** The number with its `x` raised to `X`, or undefined when its grammar, date or check digit is wrong. */
export function readCitizenId(text: string): CitizenId | undefined {
  const raised = text.replace(/x$/, 'X')
  const date = GRAMMAR.exec(raised)?.groups
  if (date === undefined || !isDate(Number(date['year']), Number(date['month']), Number(date['day']))) return undefined
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(raised[index]), 0)
  return CHECKS[sum % 11] === raised[17] ? (raised as CitizenId) : undefined
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
