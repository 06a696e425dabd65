import type { WireRequest } from '../../adapters/adapter.js'
import { parseReceiptNumber, receiptDate } from '../../audit/receipt-number.js'
import { issueReceipt } from '../../audit/receipts.js'
import { openTrail, type Recorded } from '../../audit/trail.js'
import type { JsonObject } from '../../canonical/canonical-json.js'
import { HubError } from '../../canonical/errors.js'
import { type LicenceId, licenceIdParts } from '../../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest, IssuerAnswer } from '../../canonical/model.js'
import type { Receipt } from '../../canonical/receipt.js'
import type { Settings } from '../../config/settings.js'
import { randomToken } from '../../crypto/random-token.js'
import { createHub, type HubParts, type Link } from '../../hub.js'
import type { CaseScope } from '../../policy/case-scope.js'
import { resolveLicence, resolveSearch } from '../../routes/resolve.js'
import type { RouteDecision } from '../../routes/route-decision.js'
import { explainRoute } from '../../server/explain.js'
import type { Health, HealthCheck, Runtime } from '../../server/runtime.js'
import { judgeFinding } from '../../trust/judge.js'
import { verdictOf } from '../../trust/undetermined.js'
import { type Callers, callersOf } from './callers.js'
import type { GatewayKeys } from './gateway-keys.js'
import { type House, receiptNumberKey } from './house.js'
import { createInUse } from './in-use.js'
import { type Links, linksTo } from './links.js'
import { policyOf } from './policy-of.js'
import { routeTableOf } from './route-table-of.js'
import { type ContextMaker, contextMaker } from './signer-context.js'
import { openThrough } from './through.js'

/** A configuration put together. */
export interface CompiledRuntime extends Runtime {
  readonly settings: Settings
  readonly links: Links
  /** Lets those under way end, which began with it, then closes its connections. */
  close(): Promise<void>
}

const MOST_HOPS = 8
const PROBE = Buffer.from('hutong health probe')
const NOTHING: WireRequest = { method: 'GET', target: '/health', mount: '', headers: {}, body: new Uint8Array() }

/** Puts one configuration together with what outlives it. @throws ConfigError */
export function compileRuntime(
  settings: Settings,
  keys: GatewayKeys,
  house: House,
  caseScope: CaseScope,
  hash: HashOf,
): CompiledRuntime {
  const { gateway, spokes, version } = settings
  const table = routeTableOf(settings, house.registry)
  const contexts = new Map(
    spokes.map((spoke) => [spoke.name, contextMaker(spoke, keys, house.engine.engine, house.now)]),
  )
  const callers = callersOf(spokes, contexts, ownContext(keys, house))
  const permit = policyOf(settings, house.registry, caseScope)
  const numberKey = receiptNumberKey(keys.hash)

  const begin = (caller: string, wire: WireRequest) =>
    openTrail(
      {
        now: house.now,
        newTrace: randomToken,
        configVersion: version,
        hash,
        append: (entry) => house.audit.append(entry),
        issue,
        ended(end) {
          house.metrics.ended(end.record)
          house.log.exchange(end)
        },
      },
      caller === '' ? null : caller,
      wire.body,
    )
  const parts: HubParts = {
    now: house.now,
    begin,
    claim: (caller, { replay }) =>
      replay === null ? Promise.resolve() : house.nonces.claim(caller, replay.nonce, replay.at),
    permit,
    linkFor,
    forward: (request, deadline) => ({ ...request, deadline, hops: [...request.hops, gateway.name] }),
    judge,
    verdictOf,
    lost: (trace, losses) => house.log.event('losses', { trace, losses }),
  }
  const hub = createHub(parts)
  const inUse = createInUse()
  const through = openThrough(settings, { contexts, begin })
  const links = linksTo(settings, contexts, (spoke, state) => house.log.event('breaker', { spoke, state }))

  return {
    settings,
    links,
    hub: {
      exchange: (...asked) => inUse.during(() => hub.exchange(...asked)),
      refuse: (...asked) => inUse.during(() => hub.refuse(...asked)),
    },
    callers: callers.byName,
    callerOf: callers.callerOf,
    publicCaller: publicCallerOf(callers, settings),
    explain: (caller, wire, peer) => explainRoute({ begin, claim: parts.claim, decide }, caller, wire, peer),
    through:
      through &&
      ((request, response) => {
        response.once('close', inUse.begin())
        through.handle(request, response)
      }),
    keys: () => keys.published,
    receipt,
    health,
    async close() {
      await inUse.idle()
      await Promise.all([links.close(), through?.close()])
    },
  }

  function decisionFor(request: CanonicalRequest): RouteDecision {
    if (request.operation === 'search') return resolveSearch(table, request)
    return resolveLicence(table, licenceIdParts(request.licenceId))
  }

  function linkFor(caller: string, request: CanonicalRequest): Link {
    if (request.hops.includes(gateway.name)) throw new HubError('ROUTE_LOOP')
    if (request.hops.length >= MOST_HOPS) throw new HubError('TOO_MANY_HOPS')
    const decision = decisionFor(request)
    const link = decision.spoke === null ? undefined : links.byName.get(decision.spoke)
    if (link === undefined) throw new HubError(decision.code ?? 'ISSUER_UNKNOWN', { tried: decision.tried })
    // A system that asks the gateway for what is its own would be asked by the gateway in turn.
    if (link.name === caller) throw new HubError('ROUTE_LOOP')
    return link
  }

  function judge(answer: IssuerAnswer, link: string): CanonicalAnswer {
    if (answer.operation !== 'verifyData') return answer
    const { finding, licenceId } = answer
    const report = judgeFinding(finding, { source: link, at: house.now() })
    return { operation: 'verifyData', licenceId, report, validFrom: finding.validFrom, validTo: finding.validTo }
  }

  function decide(licenceId: LicenceId): JsonObject {
    return { decision: resolveLicence(table, licenceIdParts(licenceId)) as unknown as JsonObject }
  }

  function issue(recorded: Recorded): Promise<Receipt> {
    return issueReceipt({ appended: recorded, origin: house.audit.origin, signing: keys.signing, numberKey })
  }

  /** Found by its number alone: the position is in it, and the check keeps others from being guessed. */
  async function receipt(no: string): Promise<Receipt | null> {
    const number = parseReceiptNumber(no, numberKey)
    const recorded = number === null ? null : await house.audit.proof(number.index)
    if (number === null || recorded === null || receiptDate(recorded.record.at) !== number.date) return null
    return recorded.record.outcome === 'answered' ? issue(recorded) : null
  }

  /** Tries what a request needs instead of assuming it: a signature there and back, and the state of the disk. */
  async function health(): Promise<Health> {
    const checks: readonly HealthCheck[] = [await signCheck(keys, house), await auditCheck()]
    const breakers = [...links.connections].map(([name, connection]) => [name, connection.breaker()] as const)
    return {
      status: checks.every(({ ok }) => ok) ? 'ok' : 'failing',
      configVersion: version,
      checks,
      spokes: Object.fromEntries(breakers),
    }
  }

  /**
   * While the log fails, each look tries it: a gateway that a failing report took out of service is asked nothing
   * else, and would never learn that the disk has room again. What succeeds is the record of the outage.
   */
  async function auditCheck(): Promise<HealthCheck> {
    const { size, failingSince } = house.audit.state()
    if (failingSince === null) return { name: 'audit', ok: true, detail: `${size} records` }
    const detail = `failing since ${new Date(failingSince).toISOString()}`
    try {
      await begin('', NOTHING).refused(new HubError('AUDIT_UNAVAILABLE'), NOTHING.body)
      return { name: 'audit', ok: true, detail: `${detail}; takes records again` }
    } catch {
      return { name: 'audit', ok: false, detail }
    }
  }
}

export type HashOf = (kind: 'holder' | 'licence' | 'case', value: string) => string

function publicCallerOf(callers: Callers, { gateway }: Settings) {
  return gateway.publicVerify.enabled ? callers.publicCaller : null
}

/** For callers that are no spoke: our own keys to sign answers with, and nobody's to check. */
function ownContext(keys: GatewayKeys, house: House): ContextMaker {
  const nobody = {
    name: '',
    node: '',
    dialect: 'canonical',
    signer: null,
    validStatuses: [],
    ask: null,
    serve: null,
    keys: [],
    encryptTo: null,
    secrets: {},
  } as const
  return contextMaker(nobody, keys, house.engine.engine, house.now)
}

async function signCheck(keys: GatewayKeys, house: House): Promise<HealthCheck> {
  const name = `sm2 (${house.engine.engine.name})`
  try {
    const signature = await keys.signing.sign(PROBE)
    const ok = keys.verifying.get(keys.signing.keyId)?.verify(PROBE, signature) === true
    return { name, ok, detail: ok ? 'signed and verified' : 'a signature of our own does not hold' }
  } catch {
    return { name, ok: false, detail: 'signing failed' }
  }
}
