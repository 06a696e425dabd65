import { writeFile } from 'node:fs/promises'
import { isErrorCode } from '../canonical/errors.js'
import { type ExitCode, exitCode, exitCodeOf } from './exit-code.js'
import { postToHub } from './hub-client.js'
import { identifierFrom } from './identifier.js'
import { oneLine, type Terminal } from './terminal.js'
import { showError, showVerdict } from './verdict-view.js'
import { readVerifyAnswer } from './verify-answer.js'

export interface VerifyOptions {
  readonly hub: string
  /** File to keep the answer and its signed receipt in. */
  readonly receipt?: string
}

/** `hutong verify <id>`: asks a gateway's public verification and exits with what the verdict means. */
export async function verify(terminal: Terminal, input: string, options: VerifyOptions): Promise<ExitCode> {
  const licenceId = await identifierFrom(terminal, input)
  const answer = readVerifyAnswer(await postToHub(options.hub, '/v1/public/verify', { licenceId }))
  if ('error' in answer) {
    // The gateway gave no verdict, so nothing is said about the licence.
    if (terminal.json) terminal.result(answer.body)
    sayRefusal(terminal, answer.error)
    return exitCode.unconfirmed
  }
  const { report, receiptNo, body, text } = answer
  // Kept before anything is said: a verdict whose receipt was lost would look complete.
  if (options.receipt !== undefined && receiptNo !== null) await writeFile(options.receipt, `${text.trimEnd()}\n`)
  if (terminal.json) terminal.result(body)
  else {
    showVerdict(terminal, report)
    if (receiptNo !== null) terminal.say(`${terminal.text({ zh: '回执', en: 'receipt' })} ${oneLine(receiptNo)}`)
    terminal.say(`${terminal.text({ zh: '为什么走这条路', en: 'why this route' })}: hutong explain ${licenceId}`)
  }
  if (options.receipt !== undefined) sayKept(terminal, options.receipt, options.hub, receiptNo)
  return exitCodeOf(report.group)
}

function sayRefusal(terminal: Terminal, { code, subject }: { readonly code: string; readonly subject?: string }): void {
  if (isErrorCode(code)) showError(terminal, code, subject)
  else terminal.say(`${terminal.errorColour.red('✘')} ${oneLine(code)}`)
}

/** The whole answer was kept as it came, not the receipt alone: the receipt commits to the answer's hash. */
function sayKept(terminal: Terminal, file: string, hub: string, receiptNo: string | null): void {
  const keys = `curl -s ${hub.replace(/\/$/, '')}/v1/keys > keys.json`
  const check = `${keys} && hutong receipt verify ${file} --hub-keys keys.json`
  terminal.say(
    receiptNo === null
      ? terminal.text({ zh: '! 答复没有回执，没有保存', en: '! the answer carries no receipt; nothing was saved' })
      : terminal.text({ zh: `已保存 ${file}  验证: ${check}`, en: `saved ${file}  check it: ${check}` }),
  )
}
