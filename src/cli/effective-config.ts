import { sep } from 'node:path'
import type { Settings } from '../config/settings.js'

const MASK = '******'

/** What is in force, defaults filled in. Secrets are told by name alone; of a key there are only file names here. */
export function effectiveConfig({ version, gateway, spokes, useList }: Settings) {
  return {
    version,
    gateway,
    spokes: Object.fromEntries(
      spokes.map((spoke) => [
        spoke.name,
        { ...spoke, secrets: Object.fromEntries(Object.keys(spoke.secrets).map((name) => [name, MASK])) },
      ]),
    ),
    useList,
  }
}

export interface Change {
  readonly setting: string
  readonly from: string | null
  readonly to: string | null
}

/**
 * Settings that differ, in alphabetical order; files by their path within the folder. A secret that changed is named,
 * and what it changed to is not.
 */
export function changesBetween(older: Settings, newer: Settings): readonly Change[] {
  const before = flatten(effectiveConfig(older), older.folder)
  const after = flatten(effectiveConfig(newer), newer.folder)
  const plain = [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ setting: name, from: before.get(name) ?? null, to: after.get(name) ?? null }))
  const secret = [...changedSecrets(older, newer)].map((setting) => ({ setting, from: MASK, to: `${MASK} (≠)` }))
  return [...plain, ...secret].sort((left, right) => (left.setting < right.setting ? -1 : 1))
}

function* changedSecrets(older: Settings, newer: Settings): Generator<string> {
  for (const { name, secrets } of newer.spokes) {
    const before = older.spokes.find((spoke) => spoke.name === name)?.secrets ?? {}
    for (const [secret, value] of Object.entries(secrets)) {
      const old = before[secret]
      if (old !== undefined && old !== value) yield `spokes.${name}.secrets.${secret}`
    }
  }
}

function flatten(value: unknown, folder: string, prefix = '', into = new Map<string, string>()): Map<string, string> {
  if (value === null || typeof value !== 'object')
    into.set(prefix, JSON.stringify(value).replace(`"${folder}${sep}`, '"'))
  else
    for (const [key, member] of Object.entries(value))
      flatten(member, folder, prefix === '' ? key : `${prefix}.${key}`, into)
  return into
}
