import type { Text } from '../canonical/text.js'
import { type ExitCode, exitCode } from './exit-code.js'

/** A failure that a command explains: a stable code, the cause, and the next command to run. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: string
  readonly because: Text
  readonly next: Text
  readonly exit: ExitCode
  constructor(code: string, cause: Text, next: Text, exit: ExitCode = exitCode.misconfigured) {
    super(`[${code}] ${cause.en}`)
    this.code = code
    this.because = cause
    this.next = next
    this.exit = exit
  }
}
