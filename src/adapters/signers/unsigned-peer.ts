import { createHash, timingSafeEqual } from 'node:crypto'
import { HubError } from '../../canonical/errors.js'
import type { PeerFacts, Proof, SpokeKeys } from '../adapter.js'

/**
 * Who may speak a dialect that carries no signature: a peer with a pinned client certificate, or one on loopback that
 * knows the spoke's secret. A secret alone is not enough off this machine: whoever sees one request could replay it.
 *
 * @throws HubError CLIENT_CERTIFICATE_REQUIRED, or CREDENTIAL_REFUSED on loopback
 */
export function checkUnsignedPeer(peer: PeerFacts, keys: SpokeKeys, secretMatches: boolean): Proof['strength'] {
  const { clientCertificate } = peer
  if (clientCertificate !== null && keys.pinnedCertificates.includes(clientCertificate)) return 'pinned-certificate'
  if (!peer.loopback) throw new HubError('CLIENT_CERTIFICATE_REQUIRED')
  if (!secretMatches) throw new HubError('CREDENTIAL_REFUSED')
  return 'loopback-secret'
}

/** Compares a secret in constant time, its length included. A secret that is not configured matches nothing. */
export function secretMatches(given: string | undefined, expected: string | undefined): boolean {
  if (given === undefined || expected === undefined || expected === '') return false
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
