import type { Text } from '../canonical/text.js'

/** One thing wrong with a configuration folder, where it stands, in both languages. */
export interface Problem {
  readonly file: string
  /** Counted from 1; 0 when the fault is the file as a whole. */
  readonly line: number
  /** Path inside the file, `ask.endpoint`. */
  readonly at: string
  readonly message: Text
}

/** All problems of a folder at once, so that an operator corrects it once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]
  /** The folder, as it was named. */
  readonly folder: string
  constructor(problems: readonly Problem[], folder: string) {
    super(problems.map((problem) => describeProblem(problem, 'en')).join('\n'))
    this.problems = problems
    this.folder = folder
  }
}

export function describeProblem({ file, line, at, message }: Problem, lang: keyof Text): string {
  return `${file}${line > 0 ? `:${line}` : ''}${at === '' ? '' : ` ${at}`}: ${message[lang]}`
}
