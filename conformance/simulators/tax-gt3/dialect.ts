import type { Dialect } from '../kit/system.js'
import { taxAsker } from './asker.js'
import { taxIssuer } from './issuer.js'

export const taxGt3: Dialect = { name: 'tax-gt3', issuer: taxIssuer, asker: taxAsker }
