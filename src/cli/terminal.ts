import type { Readable, Writable } from 'node:stream'
import pc from 'picocolors'
import type { Text } from '../canonical/text.js'

export type Lang = keyof Text
export type Palette = ReturnType<typeof pc.createColors>

/** Where a command writes: data to `out`, words to `err`, in the language and colours that the user asked for. */
export interface Terminal {
  readonly lang: Lang
  readonly json: boolean
  /** False when stdin is no terminal or the user said --no-input: nothing may be asked. */
  readonly interactive: boolean
  /** Whether stderr is a terminal, where somebody reads along. */
  readonly attended: boolean
  /** Whether an unexpected failure is told with its stack. */
  readonly debug: boolean
  /** Colours of what goes to stdout. */
  readonly colour: Palette
  /** Colours of what goes to stderr. */
  readonly errorColour: Palette
  readonly input: Readable
  /** Where a question is put; answers to secret ones are not echoed. */
  readonly prompt: Writable
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
  readonly errorColour: boolean
  readonly interactive: boolean
  readonly attended: boolean
  readonly debug: boolean
  readonly input: Readable
  readonly out: Writable
  readonly err: Writable
}

export function createTerminal({ out, err, colour, errorColour, ...rest }: TerminalOptions): Terminal {
  return {
    ...rest,
    colour: pc.createColors(colour),
    errorColour: pc.createColors(errorColour),
    prompt: err,
    data: (line) => out.write(`${line}\n`),
    result: (value) => out.write(`${JSON.stringify(value, null, 2)}\n`),
    say: (line) => err.write(`${line}\n`),
    text: (text) => text[rest.lang],
  }
}

/** Chinese unless the locale says otherwise: people here read Chinese first. */
export function langOf(option: string | undefined, environment: Readonly<Record<string, string | undefined>>): Lang {
  const { HUTONG_LANG, LC_ALL, LC_MESSAGES, LANG } = environment
  const said = option || HUTONG_LANG || LC_ALL || LC_MESSAGES || LANG || ''
  return said === '' || /^(?:zh|yue)/i.test(said) ? 'zh' : 'en'
}

/**
 * Text from another system as one line: a control character or a mark that turns the direction of writing could
 * otherwise repaint the terminal and show a verdict that nobody gave.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
}
