import { type ErrorEntry, errorTable } from '../src/canonical/errors.js'
import type { Text } from '../src/canonical/text.js'
import { type VerdictEntry, verdictTable } from '../src/canonical/verdict.js'

/** `spec/errors.md`: every code of the closed list. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(([code, entry]) => errorRow(code, entry))
  return page(errorsIntroduction, ['code', 'origin', 'stage', 'status', 'retry', 'cause 原因', 'next step 处理'], rows)
}

/** `spec/verdicts.md`: every verdict code, in the order that decides. */
export function verdictsPage(): string {
  const rows = Object.entries(verdictTable).map(([code, entry], index) => verdictRow(index + 1, code, entry))
  const heads = ['#', 'code', 'verdict', 'group', 'word 结论', 'line 说明', 'action 处理', 'ETSI EN 319 102-1']
  return page(verdictsIntroduction, heads, rows)
}

function errorRow(code: string, { origin, stage, status, retryable, cause, next }: ErrorEntry): readonly string[] {
  return [`\`${code}\``, origin, stage, String(status), retryable ? 'yes' : 'no', both(cause), both(next)]
}

function verdictRow(place: number, code: string, entry: VerdictEntry): readonly string[] {
  const { verdict, group, word, line, action, etsi } = entry
  return [String(place), `\`${code}\``, verdict, group, both(word), both(line), both(action), etsi ?? '–']
}

function both({ zh, en }: Text): string {
  return `${zh}<br>${en}`
}

function page(introduction: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [heads, heads.map(() => '---'), ...rows]
  return `${introduction}\n${table.map(line).join('\n')}\n`
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

const errorsIntroduction = `# Errors

The closed list of codes. A negative or undetermined verdict is an answer, not an error: [\`verdicts.md\`](verdicts.md).

Each code has an *origin* (who has to do something: client, hub, adapter, provider, trust, store), a *stage* (the step of the exchange that failed), the HTTP *status* in dialects that use HTTP’s own, whether it is worth asking again, and what to do. In the dialect \`canonical\` an error is

\`\`\`
{"error":{"code":"…","origin":"…","stage":"…","retryable":true,"message":{"zh":"…","en":"…"},"next":{"zh":"…","en":"…"},"subject":"…","tried":["…"],"trace":"…"}}
\`\`\`

\`subject\` names the field, header or rule concerned, \`tried\` what was tried; both are absent where there is nothing to say. No message holds personal data, an address of another system or a stack. Every other dialect carries our code in its own message slot, as \`[CODE] text\`, and its own code beside it: see the dialect’s page.

This page is printed by \`node dist/scripts/print-errors.js errors\`; a test compares the two.
`

const verdictsIntroduction = `# Verdicts

The codes of a verification, in the one total order that decides when several hold: the first that holds wins. The verdict (VALID, INVALID, UNDETERMINED) and the group follow from the code.

| group | meaning |
|---|---|
| \`no\` | rejected: INVALID |
| \`gr\` | genuine, but not usable: INVALID |
| \`un\` | could not be confirmed: UNDETERMINED. It says nothing against the licence, and nothing for it |
| \`ok\` | VALID |

An outage, an unknown issuer and a status without a mapping are UNDETERMINED; they are never shown as invalid and never as valid. VALID needs every part that the operation requires: for \`verifyData\`, status and identity.

This page is printed by \`node dist/scripts/print-errors.js verdicts\`; a test compares the two.
`
