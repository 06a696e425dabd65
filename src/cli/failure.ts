import { existsSync } from 'node:fs'
import { DamagedLogError } from '../audit/damaged-log.js'
import { EndpointError } from '../canonical/endpoint.js'
import { type ErrorOrigin, HubError } from '../canonical/errors.js'
import type { Text } from '../canonical/text.js'
import { ConfigError, type Problem } from '../config/problem.js'
import { NoEngineError } from '../crypto/choose-engine.js'
import { KeyFileError } from '../crypto/key-file.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'

/** Anything thrown, as the user is told of it: a code, the cause, the next step. */
export interface Failure {
  readonly code: string
  readonly message: Text
  readonly next: Text
  readonly exit: ExitCode
  /** Of a configuration: every problem, with file and line. */
  readonly problems?: readonly Problem[]
}

const exitOfOrigin: Readonly<Record<ErrorOrigin, ExitCode>> = {
  client: exitCode.usage,
  hub: exitCode.unconfirmed,
  adapter: exitCode.unconfirmed,
  provider: exitCode.unconfirmed,
  trust: exitCode.unconfirmed,
  store: exitCode.misconfigured,
}

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CliError) {
    const { code, because, next, exit } = thrown
    return { code, message: because, next, exit }
  }
  if (thrown instanceof ConfigError) return configFailure(thrown)
  if (thrown instanceof HubError && thrown.code !== 'INTERNAL') {
    const { code, subject, entry } = thrown
    // The one field of a command line; naming it would only puzzle.
    const named = subject === undefined || subject === 'licenceId' ? '' : `: ${subject}`
    const message = { zh: `${entry.cause.zh}${named}`, en: `${entry.cause.en}${named}` }
    return { code, message, next: entry.next, exit: exitOfOrigin[entry.origin] }
  }
  if (thrown instanceof KeyFileError) return misconfigured('KEY_FILE_UNREADABLE', thrown.text, nexts.keyFile)
  if (thrown instanceof NoEngineError) {
    const reasons = thrown.refused.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
    const message = {
      zh: `没有 SM2 引擎通过自检，拒绝启动（${reasons}）`,
      en: `no SM2 engine passed its self-test, refusing to start (${reasons})`,
    }
    return misconfigured('ENGINE_NONE', message, nexts.engine)
  }
  if (thrown instanceof EndpointError) {
    const { subject, text } = thrown
    const message = { zh: `${subject}: ${text.zh}`, en: `${subject}: ${text.en}` }
    return misconfigured('ENDPOINT_REFUSED', message, nexts.endpoint)
  }
  if (thrown instanceof DamagedLogError) {
    const place = thrown.index === null ? '' : ` #${thrown.index}`
    const message = { zh: `${thrown.text.zh}${place}`, en: `${thrown.text.en}${place}` }
    return misconfigured('AUDIT_LOG_DAMAGED', message, nexts.log)
  }
  return systemFailure(thrown) ?? unexpected(thrown)
}

const nexts = {
  keyFile: {
    zh: '用 hutong keys show <文件> 检查；从备份恢复',
    en: 'look at it with `hutong keys show <file>`; restore it from a backup',
  },
  engine: { zh: 'hutong doctor', en: '`hutong doctor`' },
  endpoint: { zh: '改正后运行 hutong config check', en: 'correct it, then run `hutong config check`' },
  log: {
    zh: '不要删除或改动它；运行 hutong audit verify 查明位置，再从备份恢复',
    en: 'neither remove nor change it; find the place with `hutong audit verify`, then restore it from a backup',
  },
  file: { zh: '检查路径、权限和磁盘', en: 'check the path, its permissions and the disk' },
  unexpected: {
    zh: '设 HUTONG_DEBUG=1 再运行一次，把输出交给维护者',
    en: 'run it again with HUTONG_DEBUG=1 and give what it prints to a maintainer',
  },
} as const satisfies Record<string, Text>

function misconfigured(code: string, message: Text, next: Text): Failure {
  return { code, message, next, exit: exitCode.misconfigured }
}

function configFailure({ problems, folder }: ConfigError): Failure {
  if (!existsSync(folder)) {
    const message = { zh: `没有配置目录 ${folder}`, en: `there is no configuration folder ${folder}` }
    const init = `hutong config init ${folder} --name <name>`
    return misconfigured('CONFIG_MISSING', message, { zh: init, en: init })
  }
  const message = {
    zh: `${folder} 有 ${problems.length} 个问题`,
    en: `${problems.length === 1 ? 'one problem' : `${problems.length} problems`} in ${folder}`,
  }
  const check = `hutong config check ${folder}`
  const next = { zh: `改正后运行 ${check}`, en: `correct it, then run ${check}` }
  return { ...misconfigured('CONFIG_INVALID', message, next), problems }
}

/** What the operating system refused, by its own short name: ENOENT, EACCES, ENOSPC, EADDRNOTAVAIL. */
function systemFailure(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { code, syscall, path } = thrown as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return undefined
  const subject = path ?? syscall
  const message = { zh: `${subject} 用不了（${code}）`, en: `${subject} cannot be used (${code})` }
  return misconfigured('SYSTEM_REFUSED', message, nexts.file)
}

function unexpected(thrown: unknown): Failure {
  const cause = thrown instanceof HubError ? (thrown.cause ?? thrown) : thrown
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  const message = { zh: `意外失败（${what}）`, en: `unexpected failure (${what})` }
  return { code: 'INTERNAL', message, next: nexts.unexpected, exit: exitCode.internal }
}
