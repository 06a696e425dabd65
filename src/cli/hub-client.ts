import { request } from 'undici'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'

const DEADLINE_MS = 30_000
const ANSWER_LIMIT = 1 << 20

export interface HubAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One call to a gateway, with a deadline; an unreachable one is said so, with what to run next. */
export async function callHub(
  hub: string,
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Uint8Array | null = null,
): Promise<HubAnswer> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    const answer = await request(`${hub.replace(/\/$/, '')}${path}`, {
      method,
      headers: { ...headers },
      body,
      signal: deadline,
    })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of answer.body) {
      size += (chunk as Buffer).length
      if (size > ANSWER_LIMIT) throw new Error('answer too large')
      chunks.push(chunk as Buffer)
    }
    const plain = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
    return { status: answer.statusCode, headers: plain, body: Buffer.concat(chunks).toString('utf8') }
  } catch {
    throw new CliError(
      'HUB_UNREACHABLE',
      { zh: `连不上网关 ${hub}`, en: `the gateway at ${hub} cannot be reached` },
      {
        zh: '先运行 hutong demo 或 hutong serve，或用 --hub 指明地址',
        en: 'run `hutong demo` or `hutong serve` first, or name it with --hub',
      },
      exitCode.unconfirmed,
    )
  }
}
