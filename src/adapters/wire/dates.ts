/** A date as systems write it: compact, with `-`, `/` or `.`, or in Chinese; a time may follow and is dropped. */
const DAY = String.raw`(\d{4})(\d{2})(\d{2})|(\d{4})([-/.])(\d{1,2})\5(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日`
const CLOCK = String.raw`\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?|时(?:\d{1,2}分(?:\d{1,2}秒)?)?)`
const FORMS = new RegExp(String.raw`^(?:${DAY})(?:[T ]?${CLOCK}|\d{6}(?:\d{3})?)?$`)
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{3})?)(?:Z|([+-]\d{2}):?(\d{2}))$/
const OPEN_ENDED = /^(?:|长期|长期有效|永久|9999[-/年]?12[-/月]?3[01]日?(?:[T ]?[\d:.]*))$/

/** The end of a validity: null is open-ended, and `raw` is what was written in place of a date (`长期`, `9999-12-31`). */
export interface ValidTo {
  readonly date: string | null
  readonly raw: string | null
}

/**
 * Reads `20230521`, `2023-05-21`, `2023/5/21`, `2023.05.21`, `2023年5月21日`, each also with a time of day, and instants such as
 * `2023-05-20T16:00:00Z`, which is the 21st in China.
 *
 * @returns `YYYY-MM-DD`, or undefined when the text is no date that exists
 */
export function readDate(text: string): string | undefined {
  const trimmed = text.length <= 40 ? text.trim() : ''
  const found = FORMS.exec(trimmed)
  if (found === null) return readInstant(trimmed)
  const year = found[1] ?? found[4] ?? found[8] ?? ''
  const month = (found[2] ?? found[6] ?? found[9] ?? '').padStart(2, '0')
  const day = (found[3] ?? found[7] ?? found[10] ?? '').padStart(2, '0')
  return isDate(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : undefined
}

/** The day in China (UTC+8, no daylight saving) of an instant. */
function readInstant(text: string): string | undefined {
  const found = INSTANT.exec(text)
  if (found === null || readDate(found[1] ?? '') === undefined) return undefined
  const [, day, time, hours = '+00', minutes = '00'] = found
  const at = Date.parse(`${day}T${time}${hours}:${minutes}`)
  return Number.isNaN(at) ? undefined : new Date(at + 8 * 3_600_000).toISOString().slice(0, 10)
}

/**
 * Reads the end of a validity. Empty, 长期, 长期有效, 永久 and 9999-12-30 or -31 in any form are open-ended.
 *
 * @returns undefined for a text that is neither a date nor open-ended; it must never be read as "for ever"
 */
export function readValidTo(text: string): ValidTo | undefined {
  const trimmed = text.trim()
  if (trimmed.length <= 40 && OPEN_ENDED.test(trimmed)) return { date: null, raw: trimmed === '' ? null : trimmed }
  const date = readDate(trimmed)
  return date === undefined ? undefined : { date, raw: null }
}

/** `YYYY-MM-DD` as `YYYYMMDD`. */
export function compactDate(date: string): string {
  return date.replaceAll('-', '')
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
