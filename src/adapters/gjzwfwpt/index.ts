import type { Dialect, TransportSigner } from '../adapter.js'
import { composeDialect } from '../compose.js'
import { envelope, type GjMessage } from './envelope.js'
import { fields } from './fields.js'
import { secretNames, signer } from './signer.js'

/** The page is spec/dialects/gjzwfwpt.md. */
export const gjzwfwpt: Dialect = gjzwfwptWith(signer, secretNames)

/**
 * The same envelope and fields under another transport signer, `xTif()` or `xBgHmac()` for instance.
 *
 * @param secrets names of the secrets that the signer needs
 */
export function gjzwfwptWith(transport: TransportSigner<GjMessage>, secrets: readonly string[]): Dialect {
  return composeDialect({
    name: 'gjzwfwpt',
    operations: ['search', 'getData', 'verifyData'],
    secrets,
    envelope,
    fields,
    signer: transport,
  })
}
