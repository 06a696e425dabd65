import { readReceiptNumber, receiptDate } from '../audit/receipt-number.js'
import { readRecordLine } from '../audit/record-line.js'
import { listSegments, readLines } from '../audit/segment.js'
import type { AuditRecord } from '../canonical/audit-record.js'

/** How an exchange is named by those who took part in it. */
export type ExchangeName =
  | { readonly kind: 'receipt'; readonly date: string; readonly index: number }
  | { readonly kind: 'trace'; readonly trace: string }

/** Reads a receipt number or a trace id; null for anything else. */
export function exchangeName(text: string): ExchangeName | null {
  const number = readReceiptNumber(text.toUpperCase())
  if (number !== null) return { kind: 'receipt', ...number }
  return /^[0-9a-f]{32}$/i.test(text) ? { kind: 'trace', trace: text.toLowerCase() } : null
}

/** Looks an exchange up in the audit log's files, from the first record on; null when it is not there. */
export async function findExchange(folder: string, name: ExchangeName): Promise<AuditRecord | null> {
  const isIt = (record: AuditRecord) =>
    name.kind === 'trace'
      ? record.trace === name.trace
      : record.index === name.index && receiptDate(record.at) === name.date
  for (const segment of await listSegments(folder)) {
    for await (const { lines } of readLines(segment.path)) {
      for (const line of lines) {
        const record = readRecordLine(line)
        if (typeof record !== 'string' && isIt(record)) return record
      }
    }
  }
  return null
}
