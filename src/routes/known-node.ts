import type { Text } from '../canonical/text.js'

/**
 * What the built-in registry knows of a node, connected or not. It lets a decision name who ought to answer when no
 * spoke does, and keeps a vertical system's licences away from the province whose bureau issued them.
 */
export interface KnownNode {
  readonly id: string
  readonly name: Text
  /** Divisions it stands for, 2 or 6 digits. */
  readonly divisions: readonly string[]
  /** Issuer codes that are the node itself. */
  readonly issuers: readonly string[]
  /** USCCs of definers whose licences lie in its vertical system. */
  readonly definers: readonly string[]
  /** Issuers whose licences lie in its vertical system, whatever their type. */
  readonly verticalIssuers: readonly string[]
}

/** A coding under which a node's division is also written. */
export interface DivisionAlias {
  /** Six digits. */
  readonly from: string
  /** Division that it stands for, 2 or 6 digits. */
  readonly to: string
}
