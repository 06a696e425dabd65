import { request } from 'undici'
import { EndpointError, parseEndpoint } from '../canonical/endpoint.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'
import { readAll } from './files.js'

const DEADLINE_MS = 30_000
const ANSWER_LIMIT = 1 << 20

/**
 * Posts JSON to a gateway and resolves to the body of its answer, whatever the status.
 *
 * @throws CliError HUB_REFUSED for an address over which an answer could be forged, HUB_UNREACHABLE
 */
export async function postToHub(hub: string, path: string, value: unknown): Promise<string> {
  const { origin, mount } = hubEndpoint(hub)
  try {
    const answer = await request(`${origin}${mount}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const body = await readAll(answer.body, ANSWER_LIMIT)
    if (body === undefined) throw new Error('the answer is too large')
    return body.toString('utf8')
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

function hubEndpoint(hub: string) {
  try {
    return parseEndpoint(hub)
  } catch (thrown) {
    if (!(thrown instanceof EndpointError)) throw thrown
    throw new CliError(
      'HUB_REFUSED',
      { zh: `网关地址用不了：${thrown.text.zh}`, en: `the address of the gateway cannot be used: ${thrown.text.en}` },
      { zh: '例如 --hub https://gateway.example', en: 'for example --hub https://gateway.example' },
      exitCode.usage,
    )
  }
}
