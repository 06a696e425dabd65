import type { Dialect } from '../adapter.js'
import { composeDialect } from '../compose.js'
import { statusTableFor } from './codes.js'
import { envelope } from './envelope.js'
import { fieldsWith } from './fields.js'
import { secretNames, signer } from './signer.js'

export interface HeadDataSm2Options {
  /** The platform's integers for a licence in force; deployments configure their own. The first one is written. */
  readonly validStatuses: readonly string[]
}

/** The page is spec/dialects/head-data-sm2.md. */
export function headDataSm2With({ validStatuses }: HeadDataSm2Options): Dialect {
  return composeDialect({
    name: 'head-data-sm2',
    operations: ['search', 'getData', 'verifyData'],
    secrets: secretNames,
    envelope,
    fields: fieldsWith(statusTableFor(validStatuses)),
    signer,
  })
}

export const headDataSm2 = headDataSm2With({ validStatuses: ['11'] })
