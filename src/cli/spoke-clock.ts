import { Pool } from 'undici'
import type { Settings } from '../config/settings.js'
import { readTlsFiles } from '../config/tls-files.js'
import { tlsConnection } from '../spokes/spoke-tls.js'

export interface ClockOffset {
  readonly spoke: string
  /** Theirs minus ours, whole seconds; HTTP dates have no finer grain. */
  readonly seconds: number
}

const DEADLINE_MS = 3000

/** How far the clocks of the systems that we ask are from ours, by the `Date` header of a bare HEAD. */
export async function clockOffsets({ spokes }: Settings): Promise<readonly ClockOffset[]> {
  const read = await Promise.all(
    spokes.map(async ({ name, ask }) => {
      if (ask === null) return undefined
      const { origin, pathname, protocol } = new URL(ask.endpoint)
      let pool: Pool | undefined
      try {
        const tls = protocol === 'https:' ? tlsConnection(readTlsFiles(ask.tls)) : {}
        pool = new Pool(origin, { connect: { timeout: DEADLINE_MS, ...tls } })
        const { headers, body } = await pool.request({
          method: 'HEAD',
          path: pathname,
          signal: AbortSignal.timeout(DEADLINE_MS),
        })
        await body.dump()
        const theirs = Date.parse(String(headers['date']))
        return Number.isNaN(theirs) ? undefined : { spoke: name, seconds: Math.round((theirs - Date.now()) / 1000) }
      } catch {
        // Reachability and TLS files are other checks' business; a system without an answer has no clock to compare.
        return undefined
      } finally {
        await pool?.destroy()
      }
    }),
  )
  return read.filter((offset) => offset !== undefined)
}
