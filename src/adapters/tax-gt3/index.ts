import { composeDialect } from '../compose.js'
import { envelope } from './envelope.js'
import { fields } from './fields.js'
import { signer } from './signer.js'

/** SOAP of 金税三期 with a payload of ours; spec/dialects/tax-gt3.md is its page. */
export const taxGt3 = composeDialect({
  name: 'tax-gt3',
  operations: ['search', 'getData', 'verifyData'],
  secrets: ['channelId', 'spokeSecret'],
  envelope,
  fields,
  signer,
})
