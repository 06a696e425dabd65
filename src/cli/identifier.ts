import { type LicenceId, parseLicenceId } from '../canonical/licence-id.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'
import { readAll } from './files.js'
import type { Terminal } from './terminal.js'

const INPUT_LIMIT = 64 * 1024

/** An argument, or for `-` the one line on stdin; full-width letters and digits become plain ones (NFKC). */
export async function subjectFrom(terminal: Terminal, argument: string): Promise<string> {
  return (argument === '-' ? await lineFromInput(terminal) : argument).normalize('NFKC').trim()
}

/** @throws HubError as `parseLicenceId` does */
export async function identifierFrom(terminal: Terminal, argument: string): Promise<LicenceId> {
  return parseLicenceId(await subjectFrom(terminal, argument))
}

async function lineFromInput(terminal: Terminal): Promise<string> {
  if (terminal.interactive) {
    terminal.say(terminal.text({ zh: '输入标识，Ctrl-D 结束:', en: 'Type the identifier, then Ctrl-D:' }))
  }
  const bytes = await readAll(terminal.input, INPUT_LIMIT)
  const lines = (bytes ?? Buffer.alloc(0)).toString('utf8').split(/\r?\n/)
  const [line, ...others] = lines.filter((each) => each.trim() !== '')
  if (line !== undefined && others.length === 0) return line
  throw new CliError(
    'INPUT_UNUSABLE',
    { zh: '标准输入应当恰好有一行', en: 'stdin should hold exactly one line' },
    { zh: '一次给一个标识；多个请逐个运行', en: 'give one identifier at a time, and run it once for each' },
    exitCode.usage,
  )
}
