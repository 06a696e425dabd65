import { readFileSync } from 'node:fs'
import { mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Keeps a second process out of a data folder: two writers would ruin the audit log. */
export interface DataLock {
  release(): Promise<void>
}

/** Another process has the folder. */
export class DataLockedError extends Error {
  override readonly name = 'DataLockedError'
  readonly pid: number
  constructor(pid: number) {
    super(`the data folder is in use by process ${pid}`)
    this.pid = pid
  }
}

interface Owner {
  readonly pid: number
  /** Start of the process where the system tells it, so that a number used again is not taken for its owner. */
  readonly began: string | null
}

/**
 * Takes the folder for this process. A lock whose owner is gone (kill -9, a container that started anew) is taken over.
 *
 * @throws DataLockedError while another process holds it
 */
export async function lockData(folder: string): Promise<DataLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'lock')
  const own: Owner = { pid: process.pid, began: startOf(process.pid) }
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = await open(file, 'wx', 0o600)
      await handle.writeFile(JSON.stringify(own))
      await handle.close()
      return { release: () => unlink(file).catch(() => {}) }
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    }
    const owner = await ownerOf(file)
    if (owner !== undefined && isAlive(owner)) throw new DataLockedError(owner.pid)
    await unlink(file).catch(() => {})
  }
  throw new DataLockedError(0)
}

async function ownerOf(file: string): Promise<Owner | undefined> {
  try {
    const { pid, began } = JSON.parse(await readFile(file, 'utf8')) as Partial<Owner>
    return typeof pid === 'number' && Number.isInteger(pid) && pid > 0 ? { pid, began: began ?? null } : undefined
  } catch {
    // Gone meanwhile, or torn by a crash: nobody's.
    return undefined
  }
}

function isAlive({ pid, began }: Owner): boolean {
  const start = startOf(pid)
  if (start !== null && began !== null) return start === began
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Clock ticks since boot at which a process began, from /proc; null where there is no /proc or no such process. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold anything, so fields count from the last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
