import type { Dialect, DialectName } from '../adapters/adapter.js'
import { canonical } from '../adapters/canonical/index.js'
import { gjzwfwpt, gjzwfwptWith } from '../adapters/gjzwfwpt/index.js'
import { headDataSm2, headDataSm2With } from '../adapters/head-data-sm2/index.js'
import { xBgHmac, xBgSecrets } from '../adapters/signers/x-bg-hmac.js'
import { xTif, xTifSecrets } from '../adapters/signers/x-tif.js'
import { taxGt3 } from '../adapters/tax-gt3/index.js'
import type { SpokeSettings } from './settings.js'

/** Every dialect the gateway speaks, by the name that spoke files use. */
const dialects: Readonly<Record<DialectName, Dialect>> = {
  canonical,
  gjzwfwpt,
  'head-data-sm2': headDataSm2,
  'tax-gt3': taxGt3,
}

/** The dialect of a spoke, with the signer and the deployment's own codes that its file asks for. */
export function dialectOf(spoke: Pick<SpokeSettings, 'dialect' | 'signer' | 'validStatuses'>): Dialect {
  const { dialect, signer, validStatuses } = spoke
  if (dialect === 'gjzwfwpt' && signer === 'x-tif') return gjzwfwptWith(xTif(), xTifSecrets)
  if (dialect === 'gjzwfwpt' && signer === 'x-bg-hmac') return gjzwfwptWith(xBgHmac(), xBgSecrets)
  if (dialect === 'head-data-sm2' && validStatuses.length > 0) return headDataSm2With({ validStatuses })
  return dialects[dialect]
}

/** A dialect as it is when a spoke's file asks for nothing special. */
export function plainDialect(dialect: DialectName): Dialect {
  return dialects[dialect]
}
