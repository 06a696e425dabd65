import { readFileSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'

/** Remembers under which start of the machine something was last open, and whether it was closed. */
export interface BootMark {
  /** Of this start; null when the system does not tell. */
  readonly id: string | null
  /** It was left open, and the machine has started anew since: what had not reached the disk is gone. */
  readonly lost: boolean
  /** To be called once everything is on the disk. */
  markClosed(): Promise<void>
}

/** Every claim was synced, so nothing can have been lost. */
const SYNCED = 'synced'

/** A number that the kernel draws at each start; null where there is none. */
export function machineBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null
  } catch {
    return null
  }
}

export async function openBootMark(file: string, id: string | null): Promise<BootMark> {
  const before = (await readFile(file, 'utf8').catch(() => '')).trim()
  const lost = !['', 'closed', SYNCED].includes(before) && before !== id
  await write(file, id ?? SYNCED)
  return { id, lost, markClosed: () => write(file, 'closed') }
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(`${text}\n`)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}
