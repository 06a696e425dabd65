import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

let found: string | undefined

/**
 * The folder of our own package.json, where `spec/` lies. Looked for upwards, because the built files lie one folder
 * deeper than the sources.
 *
 * @throws Error when no folder above this file is the package
 */
export function packageRoot(): string {
  found ??= rootAbove(dirname(fileURLToPath(import.meta.url)))
  return found
}

function rootAbove(folder: string): string {
  const manifest = join(folder, 'package.json')
  if (existsSync(manifest)) {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown }
    if (name === 'hutong') return folder
  }
  const parent = dirname(folder)
  if (parent === folder) throw new Error('the package folder was not found')
  return rootAbove(parent)
}
