import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { World } from './gateway-bed.js'

/** A gateway in a process of its own, from the build in `dist/`: its memory, its limits and its death are its own. */
export interface GatewayChild {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** After a collection of garbage, in bytes: what is in use, and what the system has given. */
  memory(): Promise<{ readonly used: number; readonly resident: number }>
  /** Drains and ends it. */
  close(): Promise<void>
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
}

const dist = resolve(import.meta.dirname, '../dist')
const built = (module: string) => JSON.stringify(pathToFileURL(join(dist, module)).href)

const program = `
import { startGateway } from ${built('src/cli/gateway/gateway.js')}
import { loadSettings } from ${built('src/config/load.js')}
const [, , config, data, passphraseFile] = process.argv
const gateway = await startGateway({ load: () => loadSettings(config), data, passphraseFile, log: 'silent' })
process.once('disconnect', () => process.exit(0))
process.on('message', async (what) => {
  if (what === 'close') {
    await gateway.close()
    process.disconnect()
  } else {
    gc()
    gc()
    const { heapUsed, external, rss } = process.memoryUsage()
    process.send({ used: heapUsed + external, resident: rss })
  }
})
process.send({ url: gateway.url })
`

/** @throws Error when there is no build, or the gateway does not start */
export async function startGatewayChild({ folder, config, data, trust }: World): Promise<GatewayChild> {
  if (!existsSync(join(dist, 'src/cli/gateway/gateway.js'))) throw new Error('run `npm run build` first')
  const file = join(folder, 'gateway-child.mjs')
  await writeFile(file, program)
  const child = fork(file, [config, data, trust.passphraseFile], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const url = String((await answerOf(child))['url'])
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    async memory() {
      child.send('memory')
      const { used, resident } = await answerOf(child)
      return { used: Number(used), resident: Number(resident) }
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      if (child.connected) child.send('close')
      await gone
    },
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function answerOf(child: ChildProcess): Promise<Record<string, unknown>> {
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the gateway’s process ended')
    }),
  ])
  return answer as Record<string, unknown>
}
