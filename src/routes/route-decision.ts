import type { Text } from '../canonical/text.js'

/** The rules in the order in which they are asked. */
export const routeRules = ['successor', 'vertical', 'issuer', 'alias', 'division', 'default'] as const
export type RouteRule = (typeof routeRules)[number]

/**
 * rewritten: another authority answers now · matched: this rule decided · unconnected: it named a node that has no
 * spoke · ambiguous: two spokes claim it, so nobody is asked · overridden: it would have matched, an earlier rule
 * decided · none: it does not apply.
 */
export type StepOutcome = 'rewritten' | 'matched' | 'unconnected' | 'ambiguous' | 'overridden' | 'none'

/** One rule, what it looked at, and what came of it. */
export interface RouteStep {
  readonly rule: RouteRule
  /** The code or prefix looked up; null when the request gave none. */
  readonly value: string | null
  readonly outcome: StepOutcome
  readonly note: Text
}

/** A spoke or node that some rule named: the one chosen, and those passed over. */
export interface RouteCandidate {
  /** Null for a node of the registry that has no spoke. */
  readonly spoke: string | null
  readonly node: string | null
  readonly name: Text | null
  readonly chosen: boolean
  readonly why: Text
}

/** Who answers for a licence, and why. Plain data: this is what `explain --json` prints. */
export interface RouteDecision {
  /** The spoke to ask; null when there is none, and `code` says why. */
  readonly spoke: string | null
  /** Registry id of the node that answers or ought to answer. */
  readonly node: string | null
  /** The node's name where the registry has one. */
  readonly name: Text | null
  /** The rule that decided; null when none did. */
  readonly rule: RouteRule | null
  /** ISSUER_REQUIRED: a search that names nobody. Null in a table without spokes when the node at least is known. */
  readonly code: 'ISSUER_UNKNOWN' | 'ISSUER_REQUIRED' | null
  /** Every rule, in order. */
  readonly steps: readonly RouteStep[]
  readonly candidates: readonly RouteCandidate[]
  /** `rule: value` of what was looked up in vain; empty when a spoke was found. */
  readonly tried: readonly string[]
  /** False for the built-in registry alone: it knows nodes, and no spoke is configured. */
  readonly configured: boolean
  readonly configVersion: string
}
