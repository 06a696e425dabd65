import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError } from './cli-error.js'

/** The folder of a gateway's log below its data folder. Where there is none, `--data` is more likely misspelt than empty. */
export async function auditFolder(data: string): Promise<string> {
  const folder = join(data, 'audit')
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory()) return folder
  throw new CliError(
    'AUDIT_LOG_MISSING',
    { zh: `没有审计日志 ${folder}`, en: `there is no audit log ${folder}` },
    { zh: '用 --data 指明 hutong serve 的数据目录', en: 'name the data folder of `hutong serve` with --data' },
  )
}
