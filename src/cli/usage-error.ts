import type { CommanderError } from 'commander'
import { readLicenceId } from '../canonical/licence-id.js'
import type { Text } from '../canonical/text.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'

interface Misuse {
  readonly code: string
  cause(subject: string): Text
}

/** Commander's codes in our words. Its message quotes the subject first; that is all that is taken from it. */
const misuses: Readonly<Record<string, Misuse>> = {
  'commander.help': { code: 'COMMAND_MISSING', cause: () => ({ zh: '要说明做什么', en: 'say what to do' }) },
  'commander.unknownCommand': {
    code: 'COMMAND_UNKNOWN',
    cause: (subject) => ({ zh: `没有命令 ${subject}`, en: `there is no command ${subject}` }),
  },
  'commander.unknownOption': {
    code: 'OPTION_UNKNOWN',
    cause: (subject) => ({ zh: `没有选项 ${subject}`, en: `there is no option ${subject}` }),
  },
  'commander.missingArgument': {
    code: 'ARGUMENT_MISSING',
    cause: (subject) => ({ zh: `缺少参数 <${subject}>`, en: `the argument <${subject}> is missing` }),
  },
  'commander.excessArguments': {
    code: 'ARGUMENT_EXCESS',
    cause: () => ({ zh: '参数太多', en: 'there are too many arguments' }),
  },
  'commander.optionMissingArgument': {
    code: 'OPTION_VALUE_MISSING',
    cause: (subject) => ({ zh: `选项要带值: ${subject}`, en: `the option needs a value: ${subject}` }),
  },
  'commander.missingMandatoryOptionValue': {
    code: 'OPTION_MISSING',
    cause: (subject) => ({ zh: `缺少选项 ${subject}`, en: `the option ${subject} is missing` }),
  },
  'commander.invalidArgument': {
    code: 'OPTION_VALUE_INVALID',
    cause: (subject) => ({ zh: `选项的值不对: ${subject}`, en: `the value of the option is wrong: ${subject}` }),
  },
}

/** A command line that was not understood: which part, and what to type instead. `path` is the command it stopped at. */
export function usageError({ code, message }: CommanderError, path: string): CliError {
  const subject = /'([^']*)'/.exec(message)?.[1] ?? ''
  const misuse = misuses[code] ?? { code: 'USAGE', cause: () => ({ zh: '用法不对', en: 'wrong usage' }) }
  return new CliError(misuse.code, misuse.cause(subject), nextOf(code, subject, message, path), exitCode.usage)
}

function nextOf(code: string, subject: string, message: string, path: string): Text {
  // An identifier without a command, as it comes out of a scanner.
  if (code === 'commander.unknownCommand' && typeof readLicenceId(subject.normalize('NFKC')) !== 'string')
    return same(`${path} verify ${subject}`)
  const alike = /\(Did you mean (?:one of )?(.*)\?\)/.exec(message)?.[1]
  if (code === 'commander.unknownCommand' && alike !== undefined) {
    return same(
      alike
        .split(', ')
        .map((each) => `${path} ${each}`)
        .join(' · '),
    )
  }
  if (alike !== undefined) return { zh: `是不是 ${alike}？见 ${path} --help`, en: `${alike}? See ${path} --help` }
  const choices = /Allowed choices are (.*)\./.exec(message)?.[1]
  if (choices !== undefined) return { zh: `可选 ${choices}`, en: `one of ${choices}` }
  return same(`${path} --help`)
}

function same(text: string): Text {
  return { zh: text, en: text }
}
