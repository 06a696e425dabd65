import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a process has used so far: CPU in microseconds, and what it counts itself. */
export interface Usage {
  readonly cpu: number
  readonly counters: Readonly<Record<string, number>>
}

/** A server in a process of its own, so that its CPU is nobody else's. */
export interface MeasuredProcess {
  readonly url: string
  usage(): Promise<Usage>
  stop(): void
}

type Reply = { readonly url: string } | Usage

/** Starts `bench/process/<name>` with arguments and waits until it says where it listens. */
export async function startMeasured(name: string, args: readonly string[] = []): Promise<MeasuredProcess> {
  const file = fileURLToPath(new URL(`./process/${name}.js`, import.meta.url))
  const child: ChildProcess = fork(file, [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [ready] = (await once(child, 'message')) as [Reply]
  if (!('url' in ready)) throw new Error(`${name} did not say where it listens`)
  return {
    url: ready.url,
    async usage() {
      child.send('usage')
      const [usage] = (await once(child, 'message')) as [Usage]
      return usage
    },
    stop: () => void child.kill('SIGKILL'),
  }
}

/** The child's side: tells the address, then answers questions about its CPU. */
export function serveMeasured(url: string, counters: () => Readonly<Record<string, number>> = () => ({})): void {
  process.send?.({ url })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system, counters: counters() })
  })
  process.once('disconnect', () => process.exit(0))
}
