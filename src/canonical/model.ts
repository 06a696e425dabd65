import type { LicenceId } from './licence-id.js'
import type { Lifecycle } from './lifecycle.js'
import type { UsePurpose } from './purpose.js'
import type { VerdictReport } from './verdict.js'

/** Operations that a dialect may serve or ask. `getFile`, `verifyFile` and `verifySeal` are refused until they exist. */
export const operations = ['search', 'getData', 'getFile', 'verifyData', 'verifyFile', 'verifySeal'] as const
export type Operation = (typeof operations)[number]

/** Holder of a licence 持证主体. `typeCode` is GB/T 36903's (001 credit code, 111 citizen id …); names stay out of logs. */
export interface Holder {
  readonly typeCode: string
  readonly code: string
  readonly name: string | null
}

/** Issuing authority 颁发机构: a USCC, in the wild also a 6-digit division or another short code. */
export interface Issuer {
  readonly code: string
  readonly name: string | null
}

/** A licence's metadata and face, in our terms. Dates are `YYYY-MM-DD`; null is open-ended or not given. */
export interface Licence {
  readonly id: LicenceId
  readonly name: string | null
  readonly typeCode: string
  readonly typeName: string | null
  /** 证照编号, the number on its face; digits are text, leading zeros kept. */
  readonly number: string | null
  readonly issuer: Issuer
  readonly holders: readonly Holder[]
  readonly issuedOn: string | null
  readonly validFrom: string | null
  readonly validTo: string | null
  /** What the source wrote in place of a date (`长期`, `9999-12-30`); null when it wrote a date or nothing. */
  readonly validToRaw: string | null
  readonly lifecycle: Lifecycle
  /** 扩展照面项 by name, without the `KZ_` prefix. */
  readonly fields: Readonly<Record<string, string>>
}

/** One hit of a search: a pointer, no face data. */
export interface LicenceSummary {
  readonly id: LicenceId
  readonly name: string | null
  readonly typeCode: string
  readonly issuer: Issuer
  readonly lifecycle: Lifecycle
}

interface Asked {
  readonly purpose: UsePurpose
  /**
   * Trace id, ours or the asker's: `[A-Za-z0-9-]{8,64}`. A dialect leaves it empty when the asker sent none; the hub
   * then makes one before anything else sees the request.
   */
  readonly trace: string
  /** Gateways the question has passed, oldest first. */
  readonly hops: readonly string[]
  /** Absolute deadline in epoch milliseconds; null when the asker set none. */
  readonly deadline: number | null
}

export interface SearchRequest extends Asked {
  readonly operation: 'search'
  readonly holder: Holder
  readonly typeCode: string | null
  /** USCC of the issuer, or null. */
  readonly issuer: string | null
  /** Six-digit division, or null. */
  readonly division: string | null
}

export interface GetDataRequest extends Asked {
  readonly operation: 'getData'
  readonly licenceId: LicenceId
}

/** Face data that the asker holds and wants confirmed, by canonical field name (see `claimNames`) or face field. */
export type Claims = Readonly<Record<string, string>>

export interface VerifyDataRequest extends Asked {
  readonly operation: 'verifyData'
  readonly licenceId: LicenceId
  readonly claims: Claims
}

/** What an asker asks, whatever dialect it came in. */
export type CanonicalRequest = SearchRequest | GetDataRequest | VerifyDataRequest

/** Names under which a claim means a metadata element rather than a face field. */
export const claimNames = ['name', 'number', 'holderName', 'holderCode', 'issuedOn', 'validFrom', 'validTo'] as const

export type ClaimResult = 'match' | 'mismatch' | 'unknown'

/** What an issuing system says about a licence it was asked to verify, before we judge it. */
export interface IssuerFinding {
  readonly existence: 'found' | 'not-found'
  readonly lifecycle: Lifecycle
  readonly validFrom: string | null
  readonly validTo: string | null
  /** The result for each claim that the issuer answered. */
  readonly claims: Readonly<Record<string, ClaimResult>>
  /** True when the issuer says that something does not agree without saying what. */
  readonly mismatch: boolean
}

/** What an issuing system answers, in our terms. */
export type IssuerAnswer =
  | { readonly operation: 'search'; readonly found: readonly LicenceSummary[] }
  | { readonly operation: 'getData'; readonly licence: Licence }
  | { readonly operation: 'verifyData'; readonly licenceId: LicenceId; readonly finding: IssuerFinding }

/** What the gateway answers. */
export type CanonicalAnswer =
  | { readonly operation: 'search'; readonly found: readonly LicenceSummary[] }
  | { readonly operation: 'getData'; readonly licence: Licence }
  | {
      readonly operation: 'verifyData'
      readonly licenceId: LicenceId
      readonly report: VerdictReport
      /** The dates that the issuer gave with its answer; a dialect without a slot for them reports nothing lost. */
      readonly validFrom?: string | null
      readonly validTo?: string | null
    }
