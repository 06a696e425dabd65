import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import type { Encumbrance, LifecycleState } from '../canonical/lifecycle.js'
import type { DivisionAlias, KnownNode } from '../routes/known-node.js'
import { packageRoot } from './package-root.js'

/** EST established from public implementations, INF inferred, UNK could not be established. */
export type Provenance = 'EST' | 'INF' | 'UNK'

/** One row of nodes.yaml. */
export interface NodeRow {
  readonly id: string
  readonly kind: 'province' | 'exchange'
  readonly zh: string
  readonly en: string
  readonly division: string | null
  readonly aliases: readonly {
    readonly division: string
    readonly zh: string
    readonly en: string
    readonly label: Provenance
    readonly source: string
  }[]
  readonly label: Provenance
  readonly source: string
}

/** One row of ministries.yaml. */
export interface MinistryRow {
  readonly id: string
  readonly zh: string
  readonly en: string
  /** Null where nobody established it. */
  readonly uscc: string | null
  readonly vertical: boolean
  readonly definers: readonly string[]
  readonly issuers: readonly string[]
  readonly label: Provenance
  readonly source: string
}

/** One row of licence-types.yaml: a code, a name, or both. */
export interface LicenceTypeRow {
  readonly code: string | null
  readonly zh: string | null
  readonly en: string | null
  readonly holder: 'personal' | 'enterprise' | 'both' | 'unknown'
  readonly category: 'document' | 'attestation' | 'approval' | 'licence' | 'online-contract' | 'mortgage' | null
  readonly label: Provenance
  readonly source: string
}

/** One value of a system's status vocabulary. `state` null is a value without a mapping: unknown, never valid. */
export interface StatusRow {
  readonly raw: string
  readonly zh: string | null
  readonly state: Exclude<LifecycleState, 'unknown'> | null
  readonly encumbrance: Encumbrance | null
  readonly label: Provenance
}

export interface StatusSystem {
  readonly system: string
  readonly zh: string
  readonly en: string
  readonly label: Provenance
  readonly source: string
  readonly values: readonly StatusRow[]
}

/** The built-in registry, spec/registry, read and frozen. */
export interface Registry {
  readonly nodes: readonly NodeRow[]
  readonly ministries: readonly MinistryRow[]
  readonly licenceTypes: readonly LicenceTypeRow[]
  readonly statuses: readonly StatusSystem[]
  /** The types that have a code, by code. */
  readonly typeByCode: ReadonlyMap<string, LicenceTypeRow>
  /** Nodes and ministries as the routes take them. */
  readonly knownNodes: readonly KnownNode[]
  /** Other codings of a division, as the routes take them. */
  readonly aliases: readonly DivisionAlias[]
}

const loaded = new Map<string, Registry>()

/**
 * Reads `spec/registry` below a package folder, once per folder.
 *
 * @throws Error naming the file and the row when a file breaks its schema or a key appears twice
 */
export function loadRegistry(root: string = packageRoot()): Registry {
  const known = loaded.get(root)
  if (known !== undefined) return known
  const folder = join(root, 'spec/registry')
  const { nodes } = read<{ nodes: NodeRow[] }>(folder, 'nodes')
  const { ministries } = read<{ ministries: MinistryRow[] }>(folder, 'ministries')
  const { types } = read<{ types: LicenceTypeRow[] }>(folder, 'licence-types')
  const { systems } = read<{ systems: StatusSystem[] }>(folder, 'statuses')
  refuseTwice('nodes and ministries', [...nodes.map(({ id }) => id), ...ministries.map(({ id }) => id)])
  const codes = types.flatMap(({ code }) => code ?? [])
  refuseTwice('licence-types', codes)
  for (const { system, values } of systems)
    refuseTwice(
      `statuses ${system}`,
      values.map(({ raw }) => raw),
    )
  const registry: Registry = deepFreeze({
    nodes,
    ministries,
    licenceTypes: types,
    statuses: systems,
    typeByCode: new Map(types.flatMap((row) => (row.code === null ? [] : [[row.code, row] as const]))),
    knownNodes: [...nodes.map(nodeOf), ...ministries.map(ministryOf)],
    aliases: nodes.flatMap(({ division, aliases }) =>
      division === null ? [] : aliases.map((alias) => ({ from: alias.division, to: division })),
    ),
  })
  loaded.set(root, registry)
  return registry
}

function nodeOf({ id, zh, en, division }: NodeRow): KnownNode {
  const divisions = division === null ? [] : [division]
  return { id, name: { zh, en }, divisions, issuers: [], definers: [], verticalIssuers: [] }
}

function ministryOf({ id, zh, en, uscc, definers, issuers }: MinistryRow): KnownNode {
  return {
    id,
    name: { zh, en },
    divisions: [],
    issuers: uscc === null ? [] : [uscc],
    definers,
    verticalIssuers: issuers,
  }
}

function read<T>(folder: string, name: string): T {
  const value: unknown = parse(readFileSync(join(folder, `${name}.yaml`), 'utf8'), { uniqueKeys: true })
  const schema = JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'))
  const ajv = new Ajv({ strict: false })
  if (!ajv.validate(schema, value)) throw new Error(`spec/registry/${name}.yaml: ${ajv.errorsText()}`)
  return value as T
}

function refuseTwice(where: string, keys: readonly string[]): void {
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw new Error(`spec/registry: ${where} lists ${twice} twice`)
}

/** Maps cannot be frozen; theirs is a read-only type, and their values are frozen as members of the arrays. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
