import { composeDialect } from '../compose.js'
import { envelope } from './envelope.js'
import { fields } from './fields.js'
import { signer } from './signer.js'

/** The gateway's own dialect; spec/dialects/canonical.md is its page. */
export const canonical = composeDialect({
  name: 'canonical',
  operations: ['search', 'getData', 'verifyData'],
  secrets: [],
  envelope,
  fields,
  signer,
})
