import { Argument, Command, type CommanderError, Option } from 'commander'
import type { Text } from '../canonical/text.js'
import { commandSpecs, groupSpecs } from './commands/index.js'
import type { ArgumentSpec, CommandSpec, OptionSpec } from './commands/spec.js'
import { examplesText, notesText, rootExamples, rootNotes, translatedHelp } from './help.js'
import type { Lang } from './terminal.js'

/** Options that every command has, before or after its name. */
export interface CommonOptions {
  readonly json: boolean
  readonly lang: string | undefined
  readonly colour: boolean
  readonly input: boolean
}

/** A command line that was understood. */
export interface Invocation {
  readonly spec: CommandSpec
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
  readonly common: CommonOptions
}

export interface TreeOptions {
  readonly lang: Lang
  readonly version: string
  writeOut(text: string): void
  writeErr(text: string): void
  run(invocation: Invocation): Promise<void>
}

/** What commander threw, and at which command. */
export class ParseStop extends Error {
  override readonly name = 'ParseStop'
  readonly error: CommanderError
  /** `hutong keys new` */
  readonly path: string
  constructor(error: CommanderError, path: string) {
    super(error.message)
    this.error = error
    this.path = path
  }
}

/** The commands as commander parses them. A parse that does not end in a command throws ParseStop. */
export function commandTree(options: TreeOptions): Command {
  const { lang, version } = options
  const words = (text: Text) => text[lang]
  const root = prepared(new Command('hutong'), options).version(version, '-V, --version', words(texts.version))
  root.description(words(texts.description)).helpCommand('help [command]', words(texts.helpCommand))
  root.addHelpText('before', examplesText(rootExamples, lang)).addHelpText('after', notesText(rootNotes, lang))
  const groups = new Map<string, Command>()
  for (const spec of commandSpecs) {
    const [first = '', second] = spec.name.split(' ')
    if (second === undefined) define(root, first, spec, options)
    else {
      const group = groups.get(first) ?? groupUnder(root, first, options)
      groups.set(first, group)
      define(group, second, spec, options)
    }
  }
  return root
}

const texts = {
  description: {
    zh: '互通：电子证照互认网关',
    en: 'hutong: a gateway for the mutual recognition of electronic licences',
  },
  version: { zh: '版本号', en: 'print the version' },
  help: { zh: '显示帮助', en: 'print this help' },
  helpCommand: { zh: '显示某个命令的帮助', en: 'print the help of a command' },
  fallback: { zh: '默认', en: 'default' },
  choices: { zh: '可选', en: 'one of' },
  json: { zh: '结果为一个 JSON 文档', en: 'the result as one JSON document' },
  lang: { zh: '语言 (zh, en)', en: 'language (zh, en)' },
  colour: { zh: '不用颜色', en: 'no colours' },
  input: { zh: '不提问', en: 'never ask anything' },
} as const satisfies Record<string, Text>

function groupUnder(root: Command, name: string, options: TreeOptions): Command {
  const about = groupSpecs.find((each) => each.name === name)?.about ?? { zh: name, en: name }
  const group = prepared(root.command(name), options).description(about[options.lang]).helpCommand(false)
  const examples = commandSpecs.filter((spec) => spec.name.startsWith(`${name} `)).map((spec) => spec.examples[0])
  return group.addHelpText('before', examplesText(examples, options.lang))
}

function define(parent: Command, name: string, spec: CommandSpec, options: TreeOptions): void {
  const { lang } = options
  const command = parent.command(name).description(spec.about[lang])
  for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument, lang))
  for (const option of spec.options ?? []) command.addOption(optionOf(option, lang))
  prepared(command, options)
    .addHelpText('before', examplesText(spec.examples, lang))
    .addHelpText('after', notesText(spec.notes ?? [], lang))
    .action(async (...values: unknown[]) => {
      const own = values.at(-2) as Readonly<Record<string, unknown>>
      await options.run({ spec, args: values.slice(0, -2), options: own, common: commonOptions(command) })
    })
}

/** What all commands share: the common options, our own error path, help in the user's language. */
function prepared(command: Command, { lang, writeOut, writeErr }: TreeOptions): Command {
  return command
    .enablePositionalOptions()
    .option('--json', texts.json[lang])
    .addOption(new Option('--lang <lang>', texts.lang[lang]).choices(['zh', 'en']))
    .option('--no-color', texts.colour[lang])
    .option('--no-input', texts.input[lang])
    .helpOption('-h, --help', texts.help[lang])
    .configureHelp(translatedHelp(lang))
    .configureOutput({ writeOut, writeErr, outputError: () => {} })
    .exitOverride((error) => {
      throw new ParseStop(error, pathOf(command))
    })
}

function argumentOf({ name, about, fallback }: ArgumentSpec, lang: Lang): Argument {
  const argument = new Argument(name, about[lang] + extra(lang, fallback))
  return fallback === undefined ? argument : argument.default(fallback)
}

function optionOf({ flags, about, fallback, choices, required }: OptionSpec, lang: Lang): Option {
  const option = new Option(flags, about[lang] + extra(lang, fallback, choices))
  if (fallback !== undefined) option.default(fallback)
  if (choices !== undefined) option.choices(choices)
  return option.makeOptionMandatory(required ?? false)
}

function extra(lang: Lang, fallback?: string, choices?: readonly string[]): string {
  const parts = [
    ...(choices === undefined ? [] : [`${texts.choices[lang]} ${choices.join(', ')}`]),
    ...(fallback === undefined ? [] : [`${texts.fallback[lang]} ${fallback}`]),
  ]
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}

/** The common options may stand before the command's name too, where they belong to the command above it. */
function commonOptions(command: Command): CommonOptions {
  const line = lineOf(command).map((each) =>
    each.opts<{ json?: true; lang?: string; color: boolean; input: boolean }>(),
  )
  return {
    json: line.some(({ json }) => json === true),
    lang: line.map(({ lang }) => lang).find((lang) => lang !== undefined),
    colour: line.every(({ color }) => color),
    input: line.every(({ input }) => input),
  }
}

function lineOf(command: Command): readonly Command[] {
  return command.parent === null ? [command] : [command, ...lineOf(command.parent)]
}

function pathOf(command: Command): string {
  return [...lineOf(command)]
    .reverse()
    .map((each) => each.name())
    .join(' ')
}
