import type { InboundDialect, WireHeaders } from '../../adapters/adapter.js'
import { canonical } from '../../adapters/canonical/index.js'
import { publicVerify } from '../../adapters/canonical/public-verify.js'
import { claimedKeyId } from '../../adapters/signers/http-message.js'
import { dialectOf } from '../../config/dialects.js'
import type { SpokeSettings } from '../../config/settings.js'
import type { Caller } from '../../hub.js'
import { PUBLIC_CALLER } from '../../policy/use-list.js'
import type { ContextMaker } from './signer-context.js'

/** The name under which an asker is recorded who cannot be told from what it sent. */
export const NOBODY = ''

export interface Callers {
  readonly byName: ReadonlyMap<string, Caller>
  readonly publicCaller: Caller
  callerOf(headers: WireHeaders): Caller
}

/** Everybody who may ask, by spoke name and by key id. */
export function callersOf(
  spokes: readonly SpokeSettings[],
  contexts: ReadonlyMap<string, ContextMaker>,
  ourselves: ContextMaker,
): Callers {
  const byName = new Map<string, Caller>()
  const byKey = new Map<string, Caller>()
  for (const spoke of spokes) {
    const { name, dialect, serve, keys } = spoke
    const context = contexts.get(name)
    if (serve === null || context === undefined) continue
    const caller = callerWith(name, dialectOf(spoke).inbound, context)
    byName.set(name, caller)
    if (dialect === 'canonical') for (const { id } of keys) byKey.set(id, caller)
  }
  const nobody = callerWith(NOBODY, canonical.inbound, ourselves)
  return {
    byName,
    publicCaller: callerWith(PUBLIC_CALLER, publicVerify, ourselves),
    callerOf: (headers) => byKey.get(claimedKeyId(headers) ?? '') ?? nobody,
  }
}

function callerWith(name: string, dialect: InboundDialect, context: ContextMaker): Caller {
  return { name, dialect, context: (peer) => context.serving(peer) }
}
