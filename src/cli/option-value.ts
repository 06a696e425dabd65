import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'

/** An option's whole number. @throws CliError OPTION_VALUE_INVALID when it is none, or outside the bounds */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new CliError(
    'OPTION_VALUE_INVALID',
    { zh: `${option} 的值不对`, en: `the value of ${option} is wrong` },
    { zh: `${least} 至 ${most} 的整数`, en: `a whole number from ${least} to ${most}` },
    exitCode.usage,
  )
}
