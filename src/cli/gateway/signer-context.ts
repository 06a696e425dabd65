import type { PeerFacts, SignerContext, SpokeKeys } from '../../adapters/adapter.js'
import type { SpokeSettings } from '../../config/settings.js'
import { randomToken } from '../../crypto/random-token.js'
import type { Sm2Engine } from '../../crypto/sm2-engine.js'
import { sealingKey, verifyingKey } from '../../crypto/sm2-keys.js'
import type { GatewayKeys } from './gateway-keys.js'

/** When we ask, nobody has connected to us: the facts prove nothing. */
const NO_PEER: PeerFacts = { loopback: false, clientCertificate: null }

export interface ContextMaker {
  serving(peer: PeerFacts): SignerContext
  asking(authority: string): SignerContext
}

/** What a spoke's signer is handed at each call; the keys are imported once, here. */
export function contextMaker(
  spoke: SpokeSettings,
  ours: GatewayKeys,
  engine: Sm2Engine,
  now: () => number,
): ContextMaker {
  const keys: SpokeKeys = {
    signing: ours.signing,
    verifying: new Map(
      spoke.keys.map(({ id, publicKey }) => [id, verifyingKey(engine, id, Buffer.from(publicKey, 'hex'))]),
    ),
    opening: ours.opening,
    sealing: spoke.encryptTo === null ? null : sealingKey(Buffer.from(spoke.encryptTo, 'hex')),
    secrets: spoke.secrets,
    pinnedCertificates: spoke.serve?.pinnedCertificates ?? [],
  }
  const session = new Map<string, string>()
  return {
    serving: (peer) => ({ keys, now: now(), nonce: randomToken, session, peer }),
    asking: (authority) => ({ keys, now: now(), nonce: randomToken, session, peer: NO_PEER, authority }),
  }
}
