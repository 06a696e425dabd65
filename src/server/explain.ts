import type { Decoded, PeerFacts, Proof, WireReply, WireRequest } from '../adapters/adapter.js'
import { canonicalJson, type JsonObject } from '../canonical/canonical-json.js'
import { HubError } from '../canonical/errors.js'
import { type LicenceId, parseLicenceId } from '../canonical/licence-id.js'
import type { Caller, Trail } from '../hub.js'

export interface ExplainParts {
  begin(caller: string, wire: WireRequest): Trail & { explained(body: Uint8Array): Promise<void> }
  claim(caller: string, proof: Proof): Promise<void>
  decide(licenceId: LicenceId): JsonObject
}

const BODY_LIMIT = 1024
/** The signature covers headers and bytes alone, so there is no message to hand over. */
const NO_MESSAGE = { message: null } as unknown as Decoded

/** `POST /v1/explain {licenceId}`: why it would go where it goes. Signed like every question; nobody is asked. */
export async function explainRoute(
  parts: ExplainParts,
  caller: Caller,
  wire: WireRequest,
  peer: PeerFacts,
): Promise<WireReply> {
  const trail = parts.begin(caller.name, wire)
  const context = caller.context(peer)
  let reply: WireReply
  try {
    const licenceId = readQuestion(wire)
    await parts.claim(caller.name, await caller.dialect.authenticate(wire, NO_MESSAGE, context))
    const body = Buffer.from(canonicalJson(parts.decide(licenceId)))
    await trail.explained(body)
    reply = { status: 200, headers: { 'content-type': 'application/json' }, body }
  } catch (thrown) {
    reply = await refusal(trail, caller, HubError.from(thrown))
  }
  return caller.dialect.sign(reply, wire, context)
}

async function refusal(trail: Trail, { dialect }: Caller, error: HubError): Promise<WireReply> {
  const reply = dialect.encodeError(error, trail.trace, null)
  try {
    await trail.refused(error, reply.body)
    return reply
  } catch (thrown) {
    return dialect.encodeError(HubError.from(thrown), trail.trace, null)
  }
}

function readQuestion(wire: WireRequest): LicenceId {
  if (wire.body.length > BODY_LIMIT) throw new HubError('BODY_TOO_LARGE')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(wire.body).toString('utf8'))
  } catch (cause) {
    throw new HubError('JSON_MALFORMED', { cause })
  }
  const licenceId =
    value === null || typeof value !== 'object' ? undefined : (value as { licenceId?: unknown }).licenceId
  return parseLicenceId(licenceId)
}
