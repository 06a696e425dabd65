import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SPEC = new URL('../spec/', import.meta.url)

/**
 * A plain list under `spec/`: a value a line, blanks kept; empty lines and lines that begin with `#` are left out.
 *
 * @throws Error when the list is empty, since a suite without cases must not pass
 */
export function readVectors(path: string): readonly string[] {
  const lines = readFileSync(fileURLToPath(new URL(path, SPEC)), 'utf8').split('\n')
  const values = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (values.length === 0) throw new Error(`no vectors in ${path}`)
  return values
}
