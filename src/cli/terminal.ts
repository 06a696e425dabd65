import type { Writable } from 'node:stream'
import pc from 'picocolors'
import type { Text } from '../canonical/text.js'

export type Lang = keyof Text

/** Where a command writes: data to `out`, words to `err`, in the language and colours that the user asked for. */
export interface Terminal {
  readonly lang: Lang
  readonly json: boolean
  /** False when stdin is no terminal or the user said --no-input: nothing may be asked. */
  readonly interactive: boolean
  readonly colour: ReturnType<typeof pc.createColors>
  /** Data for programs or people: one line. */
  data(line: string): void
  /** The result as JSON, one document; what `--json` promises. */
  result(value: unknown): void
  /** Words for people. */
  say(line: string): void
  /** The message in the user's language. */
  text(text: Text): string
}

export interface TerminalOptions {
  readonly json: boolean
  readonly lang: Lang
  readonly colour: boolean
  readonly interactive: boolean
  readonly out: Writable
  readonly err: Writable
}

export function createTerminal({ json, lang, colour, interactive, out, err }: TerminalOptions): Terminal {
  return {
    lang,
    json,
    interactive,
    colour: pc.createColors(colour),
    data: (line) => out.write(`${line}\n`),
    result: (value) => out.write(`${JSON.stringify(value, null, 2)}\n`),
    say: (line) => err.write(`${line}\n`),
    text: (text) => text[lang],
  }
}

/** Chinese unless the locale says otherwise: people here read Chinese first. */
export function langOf(option: string | undefined, environment: Readonly<Record<string, string | undefined>>): Lang {
  const said =
    option ??
    environment['HUTONG_LANG'] ??
    environment['LC_ALL'] ??
    environment['LC_MESSAGES'] ??
    environment['LANG'] ??
    ''
  return /^(?:en|C\b|POSIX)/.test(said) ? 'en' : 'zh'
}
