import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type VerdictCode, verdictReport } from '../src/canonical/verdict.js'

/** A server on loopback that plays a gateway's public verification, with whatever answer a test wants. */
export interface VerifyHub {
  readonly url: string
  /** Bodies of the questions that came. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

export async function startVerifyHub(
  answer: () => { readonly status: number; readonly body: string },
): Promise<VerifyHub> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`)
    const { status, body } = answer()
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A gateway's answer with a code: parts as they would be, and a licence in its own state. */
export function verdictAnswer(code: VerdictCode) {
  const evidence = { source: 'hunan', asOf: '2026-11-23T08:00:00.000Z' }
  const valid = { value: 'VALID', reason: null, evidence } as const
  const report = verdictReport({
    code,
    parts: {
      identity: valid,
      status: code === 'VALID' ? valid : { value: 'INVALID', reason: code, evidence },
    },
    lifecycle: { state: 'valid', raw: '01', encumbrances: ['mortgaged'] },
  })
  return { ...report, receipt: { no: 'HT20261123-0000001-ABCD' } }
}
