import type { Dialect } from '../kit/system.js'
import { canonicalAsker } from './asker.js'
import { canonicalIssuer } from './issuer.js'

export const canonical: Dialect = { name: 'canonical', issuer: canonicalIssuer, asker: canonicalAsker }
