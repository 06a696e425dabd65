import { timingSafeEqual } from 'node:crypto'
import { HubError } from '../../canonical/errors.js'
import type { SignerContext } from '../adapter.js'

/**
 * A secret of the spoke. Configuration is checked when it is read; what is missing here is our own fault, and an empty
 * key would make a signature that anybody can make.
 *
 * @throws HubError INTERNAL
 */
export function secretOf({ keys }: SignerContext, name: string): string {
  const secret = Object.hasOwn(keys.secrets, name) ? keys.secrets[name] : undefined
  if (secret === undefined || secret === '') throw new HubError('INTERNAL', { subject: name })
  return secret
}

/** Compares two texts of one public length, a MAC and its expectation, in constant time. */
export function sameMac(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}
