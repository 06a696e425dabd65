import { listSegments, readLines } from '../audit/segment.js'
import { type AuditReport, type AuditWarning, verifyAuditLog } from '../audit/verify-log.js'
import type { Text } from '../canonical/text.js'
import { auditFolder } from './audit-folder.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { readBounded } from './files.js'
import { type KeySource, verifyingKeysFrom } from './hub-keys.js'
import { wholeNumber } from './option-value.js'
import type { Terminal } from './terminal.js'

export interface VerifyAuditOptions extends KeySource {
  readonly data: string
  /** File with a checkpoint seen earlier, which the log must extend. */
  readonly checkpoint?: string
  /** The gateway is running, or was not closed: an unsigned end is a warning. */
  readonly live?: boolean
}

/** `hutong audit verify`: proves the whole log against its signed checkpoints. */
export async function verifyAudit(terminal: Terminal, options: VerifyAuditOptions): Promise<ExitCode> {
  const folder = await auditFolder(options.data)
  const checkpoint = options.checkpoint === undefined ? {} : { checkpoint: await readCheckpoint(options.checkpoint) }
  const keys = await verifyingKeysFrom(options)
  const report = await verifyAuditLog(folder, keys, { live: options.live ?? false, ...checkpoint })
  if (terminal.json) terminal.result(report)
  else showReport(terminal, report)
  return report.holds ? exitCode.ok : exitCode.rejected
}

const CHECKPOINT_LIMIT = 64 * 1024

async function readCheckpoint(file: string): Promise<string> {
  const bytes = await readBounded(file, CHECKPOINT_LIMIT)
  if (bytes !== undefined) return bytes.toString('utf8')
  throw new CliError(
    'CHECKPOINT_UNREADABLE',
    { zh: `检查点文件读不出来: ${file}`, en: `the checkpoint cannot be read: ${file}` },
    {
      zh: '检查路径；回执的 proof.checkpoint 也是检查点',
      en: 'check the path; proof.checkpoint of a receipt is one too',
    },
    exitCode.usage,
  )
}

const warningTexts: Readonly<Record<AuditWarning['kind'], Text>> = {
  'time-goes-back': { zh: '时间倒退的记录', en: 'records whose time goes back' },
  'unsigned-tail': { zh: '末尾尚未签名的记录', en: 'records at the end that no checkpoint signs yet' },
  'torn-tail': { zh: '末尾不完整', en: 'the end is torn' },
  'tree-differs': {
    zh: '树文件与记录不符（以记录为准，下次启动时重算）',
    en: 'the tree file differs from the records, which prevail',
  },
}

function showReport(terminal: Terminal, { holds, failure, warnings, size, checkpoints, root }: AuditReport): void {
  if (holds) {
    terminal.data(
      terminal.text({
        zh: `✔ 日志完整：${size} 条记录，${checkpoints} 个检查点，根 ${root}`,
        en: `✔ the log holds: records ${size}, checkpoints ${checkpoints}, root ${root}`,
      }),
    )
  }
  for (const { kind, index, count } of warnings)
    terminal.data(`! ${kind} #${index} ×${count}  ${terminal.text(warningTexts[kind])}`)
  if (failure === null) return
  const { fault, index, upTo, text } = failure
  const place = index === null ? '' : upTo === null ? ` #${index}` : ` #${index}–#${upTo}`
  terminal.data(`✘ ${fault}${place}  ${terminal.text(text)}`)
  terminal.say(
    `  → ${terminal.text({
      zh: '保全整个数据目录，与备份和另外保存的检查点比对；网关还在运行则加 --live',
      en: 'keep the data folder as it is, and compare it with backups and kept checkpoints; add --live if the gateway is running',
    })}`,
  )
}

export interface ShowAuditOptions {
  readonly data: string
  readonly last: string
}

/** `hutong audit show`: the last records, one JSON object a line; they hold no personal data. */
export async function showAudit(terminal: Terminal, options: ShowAuditOptions): Promise<ExitCode> {
  const most = wholeNumber('--last', options.last, 1, 100_000)
  const last = await lastLines(await auditFolder(options.data), most)
  if (terminal.json) terminal.result({ records: last.map(parseRecord) })
  else for (const line of last) terminal.data(line)
  if (last.length === 0) terminal.say(terminal.text({ zh: '（还没有记录）', en: '(no records yet)' }))
  return exitCode.ok
}

async function lastLines(folder: string, most: number): Promise<readonly string[]> {
  const last: string[] = []
  for (const segment of await listSegments(folder)) {
    for await (const { lines } of readLines(segment.path)) {
      for (const line of lines) last.push(Buffer.from(line).toString('utf8').trimEnd())
      last.splice(0, Math.max(0, last.length - most))
    }
  }
  return last
}

function parseRecord(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new CliError(
      'AUDIT_RECORD_UNREADABLE',
      { zh: '日志里有读不出的记录', en: 'the log holds a record that cannot be read' },
      { zh: 'hutong audit verify 指出是哪一条', en: '`hutong audit verify` says which' },
    )
  }
}
