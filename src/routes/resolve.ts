import type { Text } from '../canonical/text.js'
import { issuerDivision, prefixLengths } from './division-key.js'
import { ambiguous, candidateWhy, notes } from './notes.js'
import type { RouteCandidate, RouteDecision, RouteRule, RouteStep, StepOutcome } from './route-decision.js'
import type { RouteTable, Target } from './route-table.js'

/** What a licence identifier says about who answers: 证照类型代码 (21 characters) and 颁发机构代码. */
export interface LicenceQuestion {
  readonly type: string
  readonly issuer: string
}

/** What a search may name; each is null when it does not. */
export interface SearchQuestion {
  readonly issuer: string | null
  readonly division: string | null
  readonly typeCode: string | null
}

/** Who answers for a licence (谁制发、谁核验): the issuer's node, unless a vertical system keeps the licence. */
export function resolveLicence(table: RouteTable, { type, issuer }: LicenceQuestion): RouteDecision {
  return decide(table, type, issuer)
}

/**
 * Who answers a search. It must name an issuer, a division or a type that a vertical system keeps; otherwise the
 * decision's code is ISSUER_REQUIRED, whatever way out is configured: nothing is ever broadcast.
 */
export function resolveSearch(table: RouteTable, question: SearchQuestion): RouteDecision {
  const { issuer, division, typeCode } = question
  const place = issuer ?? division
  const type = typeCode ?? ''
  if (place !== null || verticalOf(table, type, null) !== undefined) return decide(table, type, place)
  return {
    ...decide({ ...table, wayOut: null }, type, null),
    code: 'ISSUER_REQUIRED',
    tried: [],
  }
}

interface Hit {
  readonly rule: RouteRule
  readonly target: Target
}

/** Asks every rule in order: the first that has an answer decides, the others tell what they would have said. */
function decide(table: RouteTable, askedType: string, askedIssuer: string | null): RouteDecision {
  const type = isCode(askedType) ? askedType : ''
  const issuer = askedIssuer === null || isCode(askedIssuer) ? askedIssuer : UNREADABLE
  const steps: RouteStep[] = []
  const hits: Hit[] = []

  const chain = issuer === null ? undefined : table.successors.get(issuer)
  const answering = chain?.last ?? issuer
  if (chain === undefined) steps.push({ rule: 'successor', value: issuer, outcome: 'none', note: notes.successor.none })
  else {
    const value = [issuer, ...chain.passed].join(' → ')
    steps.push({ rule: 'successor', value, outcome: 'rewritten', note: notes.successor.rewritten })
  }
  const consider = (rule: RouteRule, value: string | null, target: Target | undefined): void => {
    let outcome: StepOutcome = 'none'
    if (target !== undefined) {
      outcome = hits.length > 0 ? 'overridden' : outcomeOf(target)
      hits.push({ rule, target })
    }
    steps.push({ rule, value, outcome, note: noteOf(rule, outcome, target) })
  }

  const vertical = verticalOf(table, type, answering)
  consider('vertical', vertical?.key ?? (type || answering), vertical?.target)
  consider('issuer', answering, answering === null ? undefined : table.issuers.get(answering))
  const division = answering === null ? undefined : issuerDivision(answering)
  const alias = division === undefined ? undefined : table.aliases.get(division.slice(0, 6))
  consider('alias', division ?? null, alias?.target)
  const found = division === undefined ? undefined : longestPrefix(table, division)
  consider('division', found?.key ?? division ?? answering, found?.target)

  return conclude(table, steps, hits)
}

/** The first hit decides. The way out steps in where nothing was found, or where a node without a spoke was. */
function conclude(table: RouteTable, steps: RouteStep[], hits: Hit[]): RouteDecision {
  const { wayOut, configured, configVersion } = table
  const settled = hits[0]
  let chosen = settled
  let outcome: StepOutcome = 'none'
  if (wayOut !== null) {
    const isNeeded = settled === undefined || outcomeOf(settled.target) === 'unconnected'
    const exit: Hit = { rule: 'default', target: wayOut }
    outcome = isNeeded ? outcomeOf(wayOut) : 'overridden'
    if (isNeeded) chosen = exit
    hits.push(exit)
  }
  steps.push({
    rule: 'default',
    value: wayOut?.spoke ?? null,
    outcome,
    note: noteOf('default', outcome, wayOut ?? undefined),
  })
  const spoke = chosen?.target.spoke ?? null
  const node = chosen?.target.node ?? null
  return {
    spoke,
    node,
    name: chosen?.target.name ?? null,
    rule: chosen?.rule ?? null,
    code: spoke === null && (configured || node === null) ? 'ISSUER_UNKNOWN' : null,
    steps,
    candidates: candidatesOf(chosen, hits),
    tried: spoke === null ? steps.flatMap(triedOf) : [],
    configured,
    configVersion,
  }
}

function noteOf(rule: RouteRule, outcome: StepOutcome, target: Target | undefined): Text {
  return outcome === 'ambiguous' ? ambiguous(target?.rivals ?? []) : notes[rule][outcome]
}

function outcomeOf({ spoke, rivals }: Target): StepOutcome {
  if (rivals.length > 0) return 'ambiguous'
  return spoke === null ? 'unconnected' : 'matched'
}

function verticalOf(table: RouteTable, type: string, issuer: string | null): Claim | undefined {
  const byType = claimOf(table.types, type) ?? claimOf(table.definers, type.slice(0, 18))
  return byType ?? (issuer === null ? undefined : claimOf(table.verticalIssuers, issuer))
}

interface Claim {
  readonly key: string
  readonly target: Target
}

function claimOf(claims: ReadonlyMap<string, Target>, key: string): Claim | undefined {
  if (claims.size === 0) return undefined
  const target = claims.get(key)
  return target === undefined ? undefined : { key, target }
}

function longestPrefix(table: RouteTable, division: string): Claim | undefined {
  return longestIn(table.prefixes, division) ?? longestIn(table.knownPrefixes, division)
}

function longestIn(layers: RouteTable['prefixes'], division: string): Claim | undefined {
  for (const length of prefixLengths) {
    const claims = length <= division.length ? layers.get(length) : undefined
    if (claims === undefined) continue
    const claim = claimOf(claims, division.slice(0, length))
    if (claim !== undefined) return claim
  }
  return undefined
}

/** The chosen one first; then, once each, those that some rule named and the decision passed over. */
function candidatesOf(chosen: Hit | undefined, hits: readonly Hit[]): readonly RouteCandidate[] {
  const listed: RouteCandidate[] = []
  const seen: Target[] = []
  for (const hit of chosen === undefined ? hits : [chosen, ...hits]) {
    const { target } = hit
    if (seen.includes(target)) continue
    seen.push(target)
    if (target.rivals.length === 0) listed.push(candidateOf(hit, hit === chosen))
    for (const spoke of target.rivals) {
      listed.push({ spoke, node: null, name: null, chosen: false, why: candidateWhy.rival })
    }
  }
  return listed
}

function candidateOf({ rule, target }: Hit, isChosen: boolean): RouteCandidate {
  const { spoke, node, name } = target
  if (spoke === null) return { spoke, node, name, chosen: false, why: candidateWhy.unconnected }
  return { spoke, node, name, chosen: isChosen, why: isChosen ? notes[rule].matched : candidateWhy.passed[rule] }
}

function triedOf({ rule, value, outcome }: RouteStep): readonly string[] {
  return value === null || outcome === 'rewritten' || outcome === 'overridden' ? [] : [`${rule}: ${value}`]
}

const UNREADABLE = '…'

/** Codes of authorities, types and divisions may be shown; what has another form came from outside, and is not. */
function isCode(text: string): boolean {
  if (text.length > 40) return false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (!((code >= 48 && code <= 57) || (code >= 65 && code <= 90))) return false
  }
  return true
}
