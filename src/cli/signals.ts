/** Resolves at SIGINT or SIGTERM. A second signal is not caught, so that an impatient operator gets his way. */
export function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
  })
}
