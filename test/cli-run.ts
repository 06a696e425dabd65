import { PassThrough, Readable, Writable } from 'node:stream'
import { runProgram } from '../src/cli/program.js'

/** What a command line came to. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Streams that are terminals. */
  readonly tty?: readonly ('stdin' | 'stdout' | 'stderr')[]
  /** Typed one after the other, each when the program asks. */
  readonly types?: readonly string[]
}

/** Runs the program in this process, in English unless told otherwise, with streams of its own. */
export async function hutong(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { stdin = '', environment = {}, tty = [], types } = options
  const written = { out: '', err: '' }
  const typing = types === undefined ? undefined : [...types]
  const keyboard = new PassThrough()
  const input = typing === undefined ? Readable.from([Buffer.from(stdin)]) : keyboard
  const sink = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk)
        // A question ends without a line break: that is when somebody types.
        if (name === 'err' && /: $/.test(String(chunk))) keyboard.write(typing?.shift() ?? '')
        done()
      },
    })
  const terminal = <S extends object>(name: 'stdin' | 'stdout' | 'stderr', stream: S) =>
    Object.assign(stream, { isTTY: tty.includes(name) })
  const code = await runProgram(argv, {
    environment: { LANG: 'C.UTF-8', ...environment },
    stdin: terminal('stdin', input),
    stdout: terminal('stdout', sink('out')),
    stderr: terminal('stderr', sink('err')),
    version: '0.0.0-test',
  })
  return { code, ...written }
}

/** The one JSON document that a command printed; anything else on stdout fails. */
export function documentOf({ out }: Ran): Record<string, unknown> {
  const value: unknown = JSON.parse(out)
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Error('stdout holds no JSON object')
  return value as Record<string, unknown>
}

/** Chinese characters and full-width punctuation. */
export const CJK = /[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]/

/** The start of a terminal's control sequence: colour, as a rule. */
export const ESCAPE = '\u001b['
