import type { Dialect } from '../kit/system.js'
import { canonicalAsker } from './asker.js'
import { canonicalIssuer } from './issuer.js'

/** The gateway's own dialect, from its page alone: spec/dialects/canonical.md. */
export const canonical: Dialect = { name: 'canonical', issuer: canonicalIssuer, asker: canonicalAsker }
