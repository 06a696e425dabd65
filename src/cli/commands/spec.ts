import type { Text } from '../../canonical/text.js'
import type { ExitCode } from '../exit-code.js'
import type { Terminal } from '../terminal.js'

/** What a command runs: arguments in order, then its options. */
export type Action = (terminal: Terminal, ...rest: never[]) => Promise<ExitCode>

export interface ArgumentSpec {
  /** `<must>` or `[may]`. */
  readonly name: string
  readonly about: Text
  readonly fallback?: string
}

export interface OptionSpec {
  readonly flags: string
  readonly about: Text
  readonly fallback?: string
  readonly choices?: readonly string[]
  readonly required?: true
}

export interface Example {
  readonly line: string
  readonly about: Text
}

/** A command as the help shows it. `load` imports its code, so that a quick command never waits for the server's. */
export interface CommandSpec {
  /** `verify`, or group and name: `keys new`. */
  readonly name: string
  readonly about: Text
  readonly examples: readonly [Example, ...Example[]]
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Further lines of the help: what the exit code means, what is kept. */
  readonly notes?: readonly Text[]
  load(): Promise<Action>
}

/** Commands under one word. */
export interface GroupSpec {
  readonly name: string
  readonly about: Text
}

export const configOption: OptionSpec = {
  flags: '--config <folder>',
  about: { zh: '配置目录', en: 'configuration folder' },
  fallback: 'config',
}
export const dataOption: OptionSpec = {
  flags: '--data <folder>',
  about: { zh: '数据目录（审计日志、防重放记录）', en: 'state: audit log, replay journal' },
  fallback: 'data',
}
export const passphraseOption: OptionSpec = {
  flags: '--passphrase-file <file>',
  about: { zh: '密钥的口令文件；不给则提问', en: 'file with the passphrase of the keys; asked for when absent' },
}
export const hubKeysOption: OptionSpec = {
  flags: '--hub-keys <file>',
  about: {
    zh: '网关的公钥文件（GET /v1/keys 的答复），代替 --config',
    en: 'public keys of the gateway (what GET /v1/keys answers), instead of --config',
  },
}
