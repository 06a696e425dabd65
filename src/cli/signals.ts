import { type ExitCode, exitCode } from './exit-code.js'

export type EndSignal = 'SIGINT' | 'SIGTERM'

const endSignals: readonly EndSignal[] = ['SIGINT', 'SIGTERM']

/** Resolves at SIGINT or SIGTERM. A second signal is not caught, so that an impatient operator gets his way. */
export function untilSignalled(): Promise<EndSignal> {
  return new Promise((resolve) => {
    const heard = (signal: NodeJS.Signals) => {
      for (const each of endSignals) process.off(each, heard)
      resolve(signal as EndSignal)
    }
    for (const signal of endSignals) process.on(signal, heard)
  })
}

/** After a clean end: a supervisor's SIGTERM is what was wanted, a Ctrl-C is an interruption. */
export function exitCodeAfter(signal: EndSignal): ExitCode {
  return signal === 'SIGTERM' ? exitCode.ok : exitCode.interrupted
}
