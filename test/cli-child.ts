import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../src/config/package-root.js'

/** The built program in a process of its own, for what only a process has: signals, pipes, an end. */
export interface CliChild {
  readonly process: ChildProcessWithoutNullStreams
  out(): string
  err(): string
  /** Resolves when something printed so far satisfies the question; rejects when the process ends before. */
  until(said: (out: string, err: string) => boolean): Promise<void>
  /** Resolves to the exit code, or the signal that ended it. */
  ended(): Promise<number | string>
}

export function startCli(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): CliChild {
  const main = join(packageRoot(), 'dist/src/main.js')
  if (!existsSync(main)) throw new Error('run `npm run build` first')
  const child = spawn(process.execPath, [main, ...argv], { env: { LANG: 'C.UTF-8', ...environment }, stdio: 'pipe' })
  const written = { stdout: '', stderr: '' }
  const exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
      child.emit('said')
    })
  }
  return {
    process: child,
    out: () => written.stdout,
    err: () => written.stderr,
    until: (said) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!said(written.stdout, written.stderr)) return
          child.off('said', look)
          resolve()
        }
        child.on('said', look)
        void exit.then((code) => reject(new Error(`ended with ${code}: ${written.stderr}`)))
        look()
      }),
    ended: () => exit,
  }
}

export interface LogLine {
  readonly event?: string
  readonly [fact: string]: unknown
}

/** Stderr of a gateway: JSON lines. Throws at a line that is none. */
export function logOf(err: string): readonly LogLine[] {
  return err
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine)
}
