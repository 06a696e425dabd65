import { readFileSync } from 'node:fs'

/** The clock at which the golden messages hold, epoch milliseconds: 2023-11-14T22:13:20Z. */
export const GOLDEN_NOW = 1_700_000_000_000

/** A message kept as text: start line, header fields, an empty line, the body, and one LF that is not the body's. */
export interface GoldenMessage {
  readonly start: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** The text of a golden file (`<dialect>/<name>`) without its last LF. */
export function goldenText(path: string): string {
  const text = readFileSync(new URL(path, import.meta.url), 'utf8')
  if (!text.endsWith('\n')) throw new Error(`${path} does not end in LF`)
  return text.slice(0, -1)
}

export function goldenMessage(path: string): GoldenMessage {
  const text = goldenText(path)
  const end = text.indexOf('\n\n')
  if (end < 0) throw new Error(`${path} has no empty line`)
  const [start = '', ...lines] = text.slice(0, end).split('\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)] as const
  })
  return { start, headers: Object.fromEntries(headers), body: Buffer.from(text.slice(end + 2)) }
}
