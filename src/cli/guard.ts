import { HubError } from '../canonical/errors.js'
import { describeProblem } from '../config/problem.js'
import type { ExitCode } from './exit-code.js'
import { type Failure, failureOf } from './failure.js'
import type { Terminal } from './terminal.js'

/** Turns what a command throws into words and an exit code; with --json the words are JSON too. */
export async function guarded(terminal: Terminal, action: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await action()
  } catch (thrown) {
    const failure = failureOf(thrown)
    const { code, message, next, problems } = failure
    if (terminal.json) {
      terminal.result({ error: { code, message, next, ...(problems === undefined ? {} : { problems }) } })
    }
    sayFailure(terminal, failure)
    if (code === 'INTERNAL' && terminal.debug) terminal.say(stackOf(thrown))
    return failure.exit
  }
}

/** Code, cause and next step, on stderr. */
export function sayFailure(terminal: Terminal, { code, message, next, problems = [] }: Failure): void {
  terminal.say(`${terminal.errorColour.red('✘')} ${code}  ${terminal.text(message)}`)
  for (const problem of problems) terminal.say(`  ${describeProblem(problem, terminal.lang)}`)
  terminal.say(`  → ${terminal.text(next)}`)
}

function stackOf(thrown: unknown): string {
  const cause = thrown instanceof HubError ? (thrown.cause ?? thrown) : thrown
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
