import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listSegments, readLines } from '../audit/segment.js'
import { type AuditReport, verifyAuditLog } from '../audit/verify-log.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { type KeySource, verifyingKeysFrom } from './hub-keys.js'
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
  const keys = await verifyingKeysFrom(options)
  const checkpoint = options.checkpoint === undefined ? {} : { checkpoint: await readFile(options.checkpoint, 'utf8') }
  const report = await verifyAuditLog(join(options.data, 'audit'), keys, { live: options.live ?? false, ...checkpoint })
  if (terminal.json) terminal.result(report)
  else showReport(terminal, report)
  return report.holds ? exitCode.ok : exitCode.rejected
}

function showReport(terminal: Terminal, { holds, failure, warnings, size, checkpoints, root }: AuditReport): void {
  if (holds) {
    terminal.data(
      terminal.text({
        zh: `✔ 日志完整：${size} 条记录，${checkpoints} 个检查点，根 ${root}`,
        en: `✔ the log holds: ${size} records, ${checkpoints} checkpoints, root ${root}`,
      }),
    )
  }
  for (const { kind, index, count } of warnings) terminal.data(`! ${kind} #${index} ×${count}`)
  if (failure === null) return
  const place =
    failure.index === null ? '' : failure.upTo === null ? ` #${failure.index}` : ` #${failure.index}–#${failure.upTo}`
  terminal.data(`✘ ${failure.fault}${place}  ${terminal.text(failure.text)}`)
}

export interface ShowAuditOptions {
  readonly data: string
  readonly last: string
}

/** `hutong audit show`: the last records, one JSON object a line; they hold no personal data. */
export async function showAudit(terminal: Terminal, options: ShowAuditOptions): Promise<ExitCode> {
  const most = Math.max(1, Math.min(100_000, Number.parseInt(options.last, 10) || 20))
  const last: string[] = []
  for (const segment of await listSegments(join(options.data, 'audit'))) {
    for await (const { lines } of readLines(segment.path)) {
      for (const line of lines) last.push(Buffer.from(line).toString('utf8').trimEnd())
      last.splice(0, Math.max(0, last.length - most))
    }
  }
  if (terminal.json) terminal.result({ records: last.map((line) => JSON.parse(line) as unknown) })
  else for (const line of last) terminal.data(line)
  return exitCode.ok
}
