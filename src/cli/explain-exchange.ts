import type { AuditRecord } from '../canonical/audit-record.js'
import type { Text } from '../canonical/text.js'
import { auditFolder } from './audit-folder.js'
import { CliError } from './cli-error.js'
import { type ExchangeName, findExchange } from './exchange-record.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { codeNamed, explainCode } from './explain-code.js'
import { oneLine, type Terminal } from './terminal.js'

/**
 * What became of an exchange, by its receipt number or trace id, from the audit log of this machine. The log keeps no
 * identifier, so why the licence went there is answered for the identifier alone.
 */
export async function explainExchange(terminal: Terminal, name: ExchangeName, data = 'data'): Promise<ExitCode> {
  const record = await findExchange(await auditFolder(data), name)
  if (record === null) {
    throw new CliError(
      'EXCHANGE_UNKNOWN',
      { zh: `${data} 的日志里没有这一笔`, en: `the log in ${data} has no such exchange` },
      {
        zh: '核对编号；用 --data 指明是哪个网关的日志',
        en: 'check the number; --data names the log of another gateway',
      },
      exitCode.usage,
    )
  }
  if (terminal.json) terminal.result({ record })
  else {
    for (const [label, value] of rows(record)) {
      if (value !== null) terminal.data(`${terminal.text(label)}  ${oneLine(value)}`)
    }
    terminal.data(
      `${terminal.text({ zh: '结果', en: 'outcome' })}  ${terminal.text(outcomes[record.outcome])}  ${record.code}`,
    )
    const code = codeNamed(record.code)
    if (code !== undefined) explainCode(terminal, code)
  }
  return exitCode.ok
}

const outcomes: Readonly<Record<AuditRecord['outcome'], Text>> = {
  answered: { zh: '已答复', en: 'answered' },
  refused: { zh: '已拒绝', en: 'refused' },
}

function rows({ at, ms, trace, caller, operation, type, route, configVersion, index }: AuditRecord) {
  const labelled: readonly (readonly [Text, string | null])[] = [
    [{ zh: '时间', en: 'at' }, `${at}  ${ms} ms`],
    [{ zh: '记录', en: 'record' }, `#${index}`],
    [{ zh: '追踪号', en: 'trace' }, trace],
    [{ zh: '提问方', en: 'asked by' }, caller],
    [{ zh: '操作', en: 'operation' }, operation],
    [{ zh: '证照类型', en: 'type' }, type],
    [{ zh: '问到', en: 'routed to' }, route],
    [{ zh: '配置版本', en: 'configuration' }, configVersion],
  ]
  return labelled
}
