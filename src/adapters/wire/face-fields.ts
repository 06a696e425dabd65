import { HubError } from '../../canonical/errors.js'
import type { ReadFault } from './read.js'

/** Prefix of face fields (扩展照面项) on the wire; in our terms they have none. */
export const FACE_PREFIX = 'KZ_'
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

/** The name of a face field without its prefix. @throws HubError `fault` for a name that is none */
export function faceName(wireName: string, fault: ReadFault): string {
  const name = wireName.startsWith(FACE_PREFIX) ? wireName.slice(FACE_PREFIX.length) : ''
  if (name === '' || name.length > 64 || FORBIDDEN.has(name) || /\p{Cc}/u.test(name)) {
    throw new HubError(fault, { subject: 'KZ_' })
  }
  return name
}
