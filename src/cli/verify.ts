import { isErrorCode } from '../canonical/errors.js'
import { parseLicenceId } from '../canonical/licence-id.js'
import type { VerdictReport } from '../canonical/verdict.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode, exitCodeOf } from './exit-code.js'
import { callHub } from './hub-client.js'
import type { Terminal } from './terminal.js'
import { showError, showVerdict } from './verdict-view.js'

export interface VerifyOptions {
  readonly hub: string
  /** File to keep the signed receipt in. */
  readonly receipt?: string
}

/** `hutong verify <id>`: asks a gateway's public verification and exits with what the verdict means. */
export async function verify(terminal: Terminal, input: string, options: VerifyOptions): Promise<ExitCode> {
  const licenceId = parseLicenceId(input.normalize('NFKC').trim())
  const body = Buffer.from(JSON.stringify({ licenceId }))
  const answer = await callHub(options.hub, 'POST', '/v1/public/verify', { 'content-type': 'application/json' }, body)
  const value = parseAnswer(answer.body)
  if (value.error !== undefined) return refused(terminal, value)
  const { receipt, ...report } = value
  if (options.receipt !== undefined && receipt !== undefined) await keep(terminal, options.receipt, value)
  if (terminal.json) terminal.result(value)
  else {
    showVerdict(terminal, report as unknown as VerdictReport)
    if (receipt !== undefined) {
      terminal.say(`${terminal.text({ zh: '回执', en: 'receipt' })} ${receipt.no}`)
      terminal.say(`${terminal.text({ zh: '为什么走这条路', en: 'why this route' })}: hutong explain ${licenceId}`)
    }
  }
  return exitCodeOf((report as unknown as VerdictReport).group)
}

interface HubBody {
  readonly error?: { readonly code: string; readonly subject?: string }
  readonly receipt?: { readonly no: string }
}

function parseAnswer(body: string): HubBody {
  try {
    return JSON.parse(body) as HubBody
  } catch {
    throw new CliError(
      'ANSWER_UNREADABLE',
      { zh: '网关的答复不是 JSON', en: 'the gateway’s answer is not JSON' },
      { zh: '检查 --hub 指向的是不是网关', en: 'check that --hub names a gateway' },
      exitCode.unconfirmed,
    )
  }
}

function refused(terminal: Terminal, value: HubBody): ExitCode {
  const { code = 'INTERNAL', subject } = value.error ?? {}
  if (terminal.json) terminal.result(value)
  else if (isErrorCode(code)) showError(terminal, code, subject)
  else terminal.say(code)
  return exitCode.unconfirmed
}

/** The whole answer is kept, not the receipt alone: the receipt commits to the answer's hash. */
async function keep(terminal: Terminal, file: string, value: unknown): Promise<void> {
  const { writeFile } = await import('node:fs/promises')
  await writeFile(file, `${JSON.stringify(value)}\n`)
  terminal.say(`${terminal.text({ zh: '已保存', en: 'saved' })} ${file}  →  hutong receipt verify ${file}`)
}
