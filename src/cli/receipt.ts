import { type ReceiptCheck, verifyReceipt } from '../audit/receipts.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { readBounded } from './files.js'
import { type KeySource, verifyingKeysFrom } from './hub-keys.js'
import type { Terminal } from './terminal.js'

const RECEIPT_LIMIT = 4 * 1024 * 1024

/** `hutong receipt verify`: signature, record, place in the log and answer, all from files. */
export async function verifyReceiptFile(terminal: Terminal, file: string, options: KeySource): Promise<ExitCode> {
  const bytes = await readBounded(file, RECEIPT_LIMIT)
  const value = bytes === undefined ? undefined : parse(bytes)
  if (bytes === undefined || value === undefined) {
    throw new CliError(
      'RECEIPT_UNREADABLE',
      { zh: `读不出回执: ${file}`, en: `the receipt cannot be read: ${file}` },
      {
        zh: '用 hutong verify <标识> --receipt <文件> 取得回执',
        en: 'get one with `hutong verify <identifier> --receipt <file>`',
      },
      exitCode.usage,
    )
  }
  // The file is an answer that carries its receipt, or a receipt alone.
  const carried = (value as { receipt?: unknown }).receipt
  const keys = await verifyingKeysFrom(options)
  const check = carried === undefined ? verifyReceipt(value, keys) : verifyReceipt(carried, keys, { answer: bytes })
  if (terminal.json) terminal.result(check)
  else showCheck(terminal, check)
  return check.holds ? exitCode.ok : exitCode.rejected
}

function showCheck(terminal: Terminal, { holds, receipt, failures, answer }: ReceiptCheck): void {
  if (holds && receipt !== null) {
    const { no, code, at, log, index } = receipt
    const facts = `${no}  ${code}  ${at}  ${log} #${index}`
    terminal.data(terminal.text({ zh: `✔ 回执属实  ${facts}`, en: `✔ the receipt holds  ${facts}` }))
  }
  for (const { fault, field, text } of failures)
    terminal.data(`✘ ${fault}${field === null ? '' : ` ${field}`}  ${terminal.text(text)}`)
  if (answer === 'not-given')
    terminal.say(terminal.text({ zh: '（没有答复可供比对）', en: '(no answer to compare with)' }))
}

function parse(bytes: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return value !== null && typeof value === 'object' ? value : undefined
  } catch {
    return undefined
  }
}
