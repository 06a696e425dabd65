import { expect, test } from 'vitest'
import { contextOf } from '../../../test/dialect-golden.js'
import { HubError } from '../../canonical/errors.js'
import { checkUnsignedPeer, secretMatches } from './unsigned-peer.js'

const pinned = 'a'.repeat(64)
const { keys } = contextOf({ pinnedCertificates: [pinned] })

function outcome(loopback: boolean, clientCertificate: string | null, matches: boolean): string {
  try {
    return checkUnsignedPeer({ loopback, clientCertificate }, keys, matches)
  } catch (thrown) {
    return HubError.from(thrown).code
  }
}

test.each([
  [false, pinned, true, 'pinned-certificate'],
  [false, pinned, false, 'pinned-certificate'],
  [true, pinned, false, 'pinned-certificate'],
  [true, null, true, 'loopback-secret'],
  [true, null, false, 'CREDENTIAL_REFUSED'],
  [true, 'b'.repeat(64), false, 'CREDENTIAL_REFUSED'],
  [false, null, true, 'CLIENT_CERTIFICATE_REQUIRED'],
  [false, 'b'.repeat(64), true, 'CLIENT_CERTIFICATE_REQUIRED'],
  [false, pinned.slice(1), true, 'CLIENT_CERTIFICATE_REQUIRED'],
  [false, '', true, 'CLIENT_CERTIFICATE_REQUIRED'],
])('loopback %s, certificate %s, secret %s: %s', (loopback, certificate, matches, expected) => {
  expect(outcome(loopback, certificate, matches)).toBe(expected)
})

test('secrets match whole, and what is not configured matches nothing', () => {
  expect(secretMatches('hutong-test-token-0001', 'hutong-test-token-0001')).toBe(true)
  expect(secretMatches('hutong-test-token-000', 'hutong-test-token-0001')).toBe(false)
  expect(secretMatches(undefined, 'hutong-test-token-0001')).toBe(false)
  expect(secretMatches('', '')).toBe(false)
  expect(secretMatches('x', undefined)).toBe(false)
})
