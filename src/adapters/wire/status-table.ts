import type { Lifecycle, LifecycleState } from '../../canonical/lifecycle.js'
import type { Loss } from '../adapter.js'

/** A dialect's life-cycle codes, both ways. */
export interface StatusTable {
  readonly read: ReadonlyMap<string, LifecycleState>
  /** States that are missing here are written without a code. */
  readonly write: Readonly<Partial<Record<LifecycleState, string>>>
  /** What a code of this vocabulary looks like. */
  readonly form: RegExp
}

/** The life-cycle that a code says; a code without a mapping is unknown, and kept. */
export function readStatus(table: StatusTable, raw: string | null): Lifecycle {
  const state = raw === null ? 'unknown' : (table.read.get(raw) ?? 'unknown')
  return { state, raw, encumbrances: [] }
}

/** The code for a life-cycle, or null; what it does not carry is added to `losses`. */
export function writeStatus(table: StatusTable, lifecycle: Lifecycle, losses: Loss[]): string | null {
  const { state, raw, encumbrances } = lifecycle
  if (encumbrances.length > 0) losses.push({ field: 'lifecycle.encumbrances', reason: 'no-slot' })
  // The source's own code is written only where it says here what it said there: 1 is valid in one system, and
  // cancelled in the next.
  if (raw !== null && (table.read.get(raw) ?? 'unknown') === state && table.form.test(raw)) return raw
  const code = table.write[state] ?? null
  if (raw !== null) losses.push({ field: 'lifecycle.raw', reason: 'no-slot' })
  const readBack = code === null ? 'unknown' : (table.read.get(code) ?? 'unknown')
  if (readBack !== state) losses.push({ field: 'lifecycle.state', reason: 'narrowed' })
  return code
}
