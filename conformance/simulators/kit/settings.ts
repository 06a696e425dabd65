import { membersOf } from './json.js'

/** Part of a configuration file. Each reader throws with the member's full name when it is missing or malformed. */
export interface Settings {
  has(name: string): boolean
  text(name: string): string
  /** A whole number from 0 to 65535; the fallback when it is missing. */
  port(name: string, fallback: number): number
  texts(name: string): Readonly<Record<string, string>>
  part(name: string): Settings
}

/** Reads a value as settings; `where` is how messages call it. */
export function settingsOf(value: unknown, where = 'config'): Settings {
  const members = membersOf(value)
  const wrong = (name: string, want: string) => new Error(`${where}.${name} must be ${want}`)
  const text = (name: string): string => {
    const found = members[name]
    if (typeof found !== 'string' || found === '') throw wrong(name, 'a text')
    return found
  }
  return {
    has: (name) => members[name] !== undefined && members[name] !== null,
    text,
    port(name, fallback) {
      const found = members[name] ?? fallback
      if (typeof found !== 'number' || !Number.isInteger(found) || found < 0 || found > 65535) {
        throw wrong(name, 'a port')
      }
      return found
    },
    texts(name) {
      const entries = Object.entries(membersOf(members[name]))
      return Object.fromEntries(
        entries.map(([key, found]) => {
          if (typeof found !== 'string') throw wrong(`${name}.${key}`, 'a text')
          return [key, found]
        }),
      )
    },
    part: (name) => settingsOf(members[name], `${where}.${name}`),
  }
}
