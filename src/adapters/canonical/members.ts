import { type ErrorCode, HubError } from '../../canonical/errors.js'

/** An object from outside, with its path and the code of what is thrown when a member is not what it should be. */
export interface Members {
  readonly values: Readonly<Record<string, unknown>>
  readonly path: string
  readonly code: ErrorCode
}

export function refuse(members: Members, name: string): never {
  throw new HubError(members.code, { subject: members.path + name })
}

/** A member that must be an object. */
export function objectAt(members: Members, name: string): Members {
  const value = members.values[name]
  return isObject(value)
    ? { values: value, path: `${members.path}${name}.`, code: members.code }
    : refuse(members, name)
}

/** A member that must be an array; absent and null read as empty. */
export function listAt(members: Members, name: string): readonly unknown[] {
  const value = members.values[name] ?? []
  return Array.isArray(value) ? value : refuse(members, name)
}

/** A text of 1 to `limit` UTF-16 units. An empty text is no text, and is not taken for an absent one either. */
export function textAt(members: Members, name: string, limit: number): string {
  const value = members.values[name]
  return typeof value === 'string' && isText(value, limit) ? value : refuse(members, name)
}

/** As `textAt`; null when the member is absent or null. */
export function optionalTextAt(members: Members, name: string, limit: number): string | null {
  return (members.values[name] ?? null) === null ? null : textAt(members, name, limit)
}

/** An object whose members are texts, empty ones included; absent and null read as empty. */
export function textsAt(members: Members, name: string, most: number, limit: number): Readonly<Record<string, string>> {
  if ((members.values[name] ?? null) === null) return {}
  const entries = Object.entries(objectAt(members, name).values)
  const fits = ([key, value]: [string, unknown]) =>
    isText(key, 64) && typeof value === 'string' && value.length <= limit && value.isWellFormed()
  return entries.length <= most && entries.every(fits)
    ? (Object.fromEntries(entries) as Record<string, string>)
    : refuse(members, name)
}

/** Any well-formed text, as answers may hold. */
export function stringAt(members: Members, name: string): string {
  const value = members.values[name]
  return typeof value === 'string' && value.isWellFormed() ? value : refuse(members, name)
}

/** As `stringAt`; null when the member is absent or null. */
export function optionalStringAt(members: Members, name: string): string | null {
  return (members.values[name] ?? null) === null ? null : stringAt(members, name)
}

/** An object whose members are any well-formed texts; absent and null read as empty. */
export function stringsAt(members: Members, name: string): Readonly<Record<string, string>> {
  if ((members.values[name] ?? null) === null) return {}
  const inner = objectAt(members, name)
  return Object.fromEntries(Object.keys(inner.values).map((key) => [key, stringAt(inner, key)]))
}

/** Refuses members that the page does not list: a typing mistake must not be dropped in silence. */
export function onlyKnown(members: Members, known: ReadonlySet<string>): void {
  for (const name of Object.keys(members.values)) {
    // The name is text from outside and goes into logs, so it is repeated only when it looks like a name.
    if (!known.has(name)) refuse(members, /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name) ? name : '?')
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: string, limit: number): boolean {
  return value.length > 0 && value.length <= limit && value.isWellFormed() && !/\p{Cc}/u.test(value)
}
