import type { Text } from '../canonical/text.js'
import { divisionPrefix } from './division-key.js'
import type { DivisionAlias, KnownNode } from './known-node.js'
import { followSuccessors, type SuccessorChain, type SuccessorRow } from './successors.js'

/** What one spoke answers for. */
export interface RouteSpoke {
  readonly name: string
  /** Registry id of its node. */
  readonly node: string
  /** Divisions of 2, 4, 6 or 12 digits; trailing zeros stand for everything below. */
  readonly divisions?: readonly string[]
  /** Issuer codes, exactly. */
  readonly issuers?: readonly string[]
  /** USCCs of definers whose licences this vertical system keeps. */
  readonly definers?: readonly string[]
  /** The way to everybody who is not connected here; one spoke at most. */
  readonly isDefault?: boolean
}

/** A licence kept in a vertical system though another authority is its issuer. One of the first three is given. */
export interface VerticalRow {
  readonly definer?: string
  readonly type?: string
  readonly issuer?: string
  readonly spoke: string
}

export interface RouteInput {
  readonly spokes: readonly RouteSpoke[]
  readonly successors?: readonly SuccessorRow[]
  readonly verticals?: readonly VerticalRow[]
  readonly aliases?: readonly DivisionAlias[]
  /** The registry's nodes; without them a decision cannot name a node that has no spoke. */
  readonly knownNodes?: readonly KnownNode[]
  /** Same as `isDefault` on that spoke. */
  readonly defaultSpoke?: string | null
  readonly configVersion: string
}

/** Something that the configuration leaves undecided. A table with problems must not be put in service. */
export interface RouteProblem {
  readonly code: 'AMBIGUOUS' | 'LOOP' | 'TOO_LONG' | 'SPOKE_UNKNOWN' | 'SPOKE_TWICE' | 'DIVISION_MALFORMED'
  /** `division 43`, `definer 1110…`: what the problem is about. */
  readonly subject: string
  readonly spokes: readonly string[]
  readonly message: Text
}

/** Where a claim leads. */
export interface Target {
  readonly spoke: string | null
  readonly node: string | null
  readonly name: Text | null
  /** Spokes that claim the same thing; empty when the claim is clear. */
  readonly rivals: readonly string[]
}

/** Compiled claims: one map look-up a rule. Made by `compileRoutes`, read by `resolveLicence` and `resolveSearch`. */
export interface RouteTable {
  readonly successors: ReadonlyMap<string, SuccessorChain>
  readonly types: ReadonlyMap<string, Target>
  readonly definers: ReadonlyMap<string, Target>
  readonly verticalIssuers: ReadonlyMap<string, Target>
  readonly issuers: ReadonlyMap<string, Target>
  /** Six digits → where they lead. */
  readonly aliases: ReadonlyMap<string, { readonly to: string; readonly target: Target }>
  /** Prefix → where it leads, by length of the prefix. */
  readonly prefixes: ReadonlyMap<number, ReadonlyMap<string, Target>>
  readonly knownPrefixes: ReadonlyMap<number, ReadonlyMap<string, Target>>
  readonly wayOut: Target | null
  readonly configured: boolean
  readonly configVersion: string
  readonly problems: readonly RouteProblem[]
}

/**
 * Compiles who answers for what. Two spokes that claim the same thing are a problem in the list, and until it is
 * solved nobody is asked for that: the table never chooses between them in silence.
 */
export function compileRoutes(input: RouteInput): RouteTable {
  const { spokes, knownNodes = [], configVersion } = input
  const problems: RouteProblem[] = []
  const names = new Map(knownNodes.map(({ id, name }) => [id, name]))
  const spokeTargets = new Map<string, Target>()
  for (const { name, node } of spokes) {
    if (spokeTargets.has(name)) problems.push(problem('SPOKE_TWICE', `spoke ${name}`, [name]))
    spokeTargets.set(name, { spoke: name, node, name: names.get(node) ?? null, rivals: [] })
  }

  const types = new Map<string, Target>()
  const definers = new Map<string, Target>()
  const verticalIssuers = new Map<string, Target>()
  const issuers = new Map<string, Target>()
  const prefixes = new Map<number, Map<string, Target>>()
  const knownPrefixes = new Map<number, Map<string, Target>>()

  const claim = (claims: Map<string, Target>, kind: string, key: string, spoke: string): void => {
    const target = spokeTargets.get(spoke)
    const held = claims.get(key)
    if (target === undefined) problems.push(problem('SPOKE_UNKNOWN', `${kind} ${key}`, [spoke]))
    else if (held === undefined) claims.set(key, target)
    else if (held !== target) {
      const rivals = [...(held.rivals.length > 0 ? held.rivals : [held.spoke ?? '']), spoke]
      claims.set(key, { spoke: null, node: null, name: null, rivals })
      problems.push(problem('AMBIGUOUS', `${kind} ${key}`, rivals))
    }
  }
  const claimDivision = (text: string, spoke: string): void => {
    const prefix = divisionPrefix(text)
    if (prefix === undefined) problems.push(problem('DIVISION_MALFORMED', `division ${text}`, [spoke]))
    else claim(layer(prefixes, prefix.length), 'division', prefix, spoke)
  }

  for (const spoke of spokes) {
    for (const definer of spoke.definers ?? []) claim(definers, 'definer', definer, spoke.name)
    for (const issuer of spoke.issuers ?? []) claim(issuers, 'issuer', issuer, spoke.name)
    for (const division of spoke.divisions ?? []) claimDivision(division, spoke.name)
  }
  for (const { definer, type, issuer, spoke } of input.verticals ?? []) {
    if (definer !== undefined) claim(definers, 'definer', definer, spoke)
    if (type !== undefined) claim(types, 'type', type, spoke)
    if (issuer !== undefined) claim(verticalIssuers, 'vertical issuer', issuer, spoke)
  }
  for (const { id, name, divisions, ...known } of knownNodes) {
    // A node's own spoke takes what the registry knows of the node; without one the node is named, unconnected.
    const own = spokes.filter(({ node }) => node === id)
    const only = own.length === 1 ? spokeTargets.get(own[0]?.name ?? '') : undefined
    const unconnected: Target = { spoke: null, node: id, name, rivals: [] }
    for (const definer of known.definers) setIfAbsent(definers, definer, only ?? unconnected)
    for (const issuer of known.verticalIssuers) setIfAbsent(verticalIssuers, issuer, only ?? unconnected)
    for (const issuer of known.issuers) setIfAbsent(issuers, issuer, only ?? unconnected)
    for (const division of divisions) {
      const prefix = divisionPrefix(division)
      if (prefix !== undefined) setIfAbsent(layer(knownPrefixes, prefix.length), prefix, unconnected)
    }
  }
  const { chains, problems: loops } = followSuccessors(input.successors ?? [])
  problems.push(...loops.map(({ code, from }) => problem(code, `successor ${from}`, [])))

  return {
    successors: chains,
    types,
    definers,
    verticalIssuers,
    issuers,
    aliases: compileAliases(input.aliases ?? [], prefixes, knownPrefixes),
    prefixes,
    knownPrefixes,
    wayOut: wayOutOf(input, spokeTargets, problems),
    configured: spokes.length > 0,
    configVersion,
    problems,
  }
}

type Layers = Map<number, Map<string, Target>>

function layer(layers: Layers, length: number): Map<string, Target> {
  const held = layers.get(length) ?? new Map<string, Target>()
  layers.set(length, held)
  return held
}

function setIfAbsent(claims: Map<string, Target>, key: string, target: Target): void {
  if (!claims.has(key)) claims.set(key, target)
}

/** An alias decides even when nobody claims what it stands for: its digits begin with another node's. */
function compileAliases(
  aliases: readonly DivisionAlias[],
  claimed: Layers,
  known: Layers,
): ReadonlyMap<string, { readonly to: string; readonly target: Target }> {
  const compiled = new Map<string, { readonly to: string; readonly target: Target }>()
  for (const { from, to } of aliases) {
    const own = divisionPrefix(from)
    const prefix = divisionPrefix(to)
    if (own === undefined || prefix === undefined) continue
    // A spoke that claims these very digits knows better.
    if (own !== prefix && claimed.get(own.length)?.has(own)) continue
    const target = claimed.get(prefix.length)?.get(prefix) ?? known.get(prefix.length)?.get(prefix)
    compiled.set(from, { to: prefix, target: target ?? { spoke: null, node: prefix, name: null, rivals: [] } })
  }
  return compiled
}

function wayOutOf(
  { spokes, defaultSpoke = null }: RouteInput,
  targets: ReadonlyMap<string, Target>,
  problems: RouteProblem[],
): Target | null {
  const named = new Set(spokes.filter(({ isDefault }) => isDefault === true).map(({ name }) => name))
  if (defaultSpoke !== null) named.add(defaultSpoke)
  const [first, ...others] = named
  if (first === undefined) return null
  if (others.length > 0) {
    problems.push(problem('AMBIGUOUS', 'default way out', [...named]))
    return { spoke: null, node: null, name: null, rivals: [...named] }
  }
  const target = targets.get(first)
  if (target === undefined) problems.push(problem('SPOKE_UNKNOWN', 'default way out', [first]))
  return target ?? null
}

const messages: Readonly<Record<RouteProblem['code'], Text>> = {
  AMBIGUOUS: { zh: '不止一个节点认领，无法决定问谁', en: 'more than one spoke claims it, so nobody can be chosen' },
  LOOP: { zh: '机构承接关系成环', en: 'the successors form a loop' },
  TOO_LONG: { zh: '机构承接超过 8 次', en: 'the successors form a chain of more than 8' },
  SPOKE_UNKNOWN: { zh: '没有这个节点', en: 'there is no such spoke' },
  SPOKE_TWICE: { zh: '节点重名', en: 'two spokes bear this name' },
  DIVISION_MALFORMED: { zh: '不是行政区划代码', en: 'not a division code' },
}

function problem(code: RouteProblem['code'], subject: string, spokes: readonly string[]): RouteProblem {
  return { code, subject, spokes, message: messages[code] }
}
