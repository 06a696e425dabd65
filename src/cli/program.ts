import type { Readable, Writable } from 'node:stream'
import { type CommonOptions, commandTree, type Invocation, ParseStop } from './command-tree.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { failureOf } from './failure.js'
import { guarded, sayFailure } from './guard.js'
import { createTerminal, langOf, type Terminal } from './terminal.js'
import { usageError } from './usage-error.js'

/** What the program runs in; main.ts gives the process, tests give their own. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly version: string
}

/** Runs one command line and resolves to its exit code. Every failure is told on stderr with code, cause and next step. */
export async function runProgram(argv: readonly string[], host: Host): Promise<ExitCode> {
  let outcome: ExitCode = exitCode.ok
  const tree = commandTree({
    lang: langOf(langSaid(argv), host.environment),
    version: host.version,
    writeOut: (text) => host.stdout.write(text),
    writeErr: (text) => host.stderr.write(text),
    async run(invocation) {
      const terminal = terminalFor(invocation.common, host)
      outcome = await guarded(terminal, () => act(terminal, invocation))
    },
  })
  try {
    await tree.parseAsync([...argv], { from: 'user' })
    return outcome
  } catch (thrown) {
    if (!(thrown instanceof ParseStop)) throw thrown
    return stopped(thrown, terminalFor(commonOf(argv), host))
  }
}

async function act(terminal: Terminal, { spec, args, options }: Invocation): Promise<ExitCode> {
  const action = (await spec.load()) as (terminal: Terminal, ...rest: unknown[]) => Promise<ExitCode>
  return action(terminal, ...args, options)
}

/** Help and version end well; anything else is a mistake, and said in our own words. */
function stopped({ error, path }: ParseStop, terminal: Terminal): ExitCode {
  if (error.exitCode === 0) return exitCode.ok
  const failure = failureOf(usageError(error, path))
  const { code, message, next, exit } = failure
  if (terminal.json) terminal.result({ error: { code, message, next } })
  // Without a command the help has been printed, which says more.
  if (code !== 'COMMAND_MISSING') sayFailure(terminal, failure)
  return exit
}

/** The common options of a command line that did not parse, as far as they can be told. */
function commonOf(argv: readonly string[]): CommonOptions {
  const has = (flag: string) => argv.includes(flag)
  return { json: has('--json'), lang: langSaid(argv), colour: !has('--no-color'), input: !has('--no-input') }
}

/** The language must be known before the command line is parsed: help and mistakes are told in it. */
function langSaid(argv: readonly string[]): 'zh' | 'en' | undefined {
  for (const [index, each] of argv.entries()) {
    const said = each === '--lang' ? argv[index + 1] : /^--lang=(.*)$/.exec(each)?.[1]
    if (said === 'zh' || said === 'en') return said
  }
  return undefined
}

function terminalFor({ json, lang, colour, input }: CommonOptions, host: Host): Terminal {
  const { environment, stdin, stdout, stderr } = host
  const wanted = colour && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
  return createTerminal({
    json,
    lang: langOf(lang, environment),
    colour: wanted && stdout.isTTY === true,
    errorColour: wanted && stderr.isTTY === true,
    interactive: input && stdin.isTTY === true,
    attended: stderr.isTTY === true,
    debug: Boolean(environment['HUTONG_DEBUG']),
    input: stdin,
    out: stdout,
    err: stderr,
  })
}
