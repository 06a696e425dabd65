import type { DialectName } from '../adapters/adapter.js'
import type { Operation } from '../canonical/model.js'

/** gateway.yaml, checked and with its defaults filled in. Paths are absolute. */
export interface GatewaySettings {
  readonly name: string
  readonly listen: {
    readonly host: string
    readonly port: number
    readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string }
  }
  readonly keys: {
    readonly passphraseFile?: string
    readonly sign: readonly string[]
    readonly encrypt: readonly string[]
    readonly hash: string
  }
  readonly limits: {
    readonly bodyBytes: number
    readonly requestSeconds: number
    readonly nonces: number
    readonly drainSeconds: number
  }
  readonly publicVerify: { readonly enabled: boolean; readonly perMinute: number }
  readonly successors: readonly { readonly from: string; readonly to: string }[]
  readonly verticals: readonly {
    readonly definer?: string
    readonly type?: string
    readonly issuer?: string
    readonly spoke: string
  }[]
  readonly licenceTypes: readonly { readonly code: string; readonly name: string }[]
  readonly passThrough: readonly { readonly from: string; readonly to: string }[]
}

/** How we reach a system that answers. */
export interface AskSettings {
  readonly endpoint: string
  readonly tls: {
    readonly ca?: string
    readonly certificate?: string
    readonly key?: string
    readonly serverName?: string
  }
  readonly answersFor: {
    readonly divisions: readonly string[]
    readonly issuers: readonly string[]
    readonly definers: readonly string[]
    readonly everybodyElse: boolean
  }
  readonly deadlineMs: number
  readonly concurrency: number
  readonly queue: number
  readonly breaker: { readonly minimumCalls: number; readonly failurePercent: number; readonly resetMs: number }
}

/** spokes/<name>.yaml, checked and with its defaults filled in. Secrets have been read. */
export interface SpokeSettings {
  readonly name: string
  readonly node: string
  readonly dialect: DialectName
  readonly signer: 'x-tif' | 'x-bg-hmac' | null
  readonly validStatuses: readonly string[]
  readonly ask: AskSettings | null
  readonly serve: { readonly operations: readonly Operation[]; readonly pinnedCertificates: readonly string[] } | null
  readonly keys: readonly { readonly id: string; readonly publicKey: string }[]
  readonly encryptTo: string | null
  readonly secrets: Readonly<Record<string, string>>
}

/** One row of use-list.yaml: a spoke may use these types for this item. */
export interface UseListRow {
  readonly spoke: string
  readonly category: string
  readonly item: { readonly code: string; readonly name: string } | null
  readonly types: readonly string[]
  readonly operations: readonly string[]
  readonly fields: readonly string[]
}

/** use-list.yaml (用证清单): who may use what for which matter, and how sensitive a face field is. */
export interface UseListSettings {
  readonly uses: readonly UseListRow[]
  /** Grades of face fields; one that is not named has the highest. */
  readonly grades: Readonly<Record<string, 1 | 2 | 3 | 4>>
}

/** A configuration folder, whole. */
export interface Settings {
  readonly folder: string
  /** First 16 hex digits of SM3 over the files' names and contents. */
  readonly version: string
  readonly gateway: GatewaySettings
  readonly spokes: readonly SpokeSettings[]
  readonly useList: UseListSettings
}
