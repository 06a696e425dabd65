import type { Dialect } from '../kit/system.js'
import { gjzwfwptAsker } from './asker.js'
import { gjzwfwptIssuer } from './issuer.js'

export const gjzwfwpt: Dialect = { name: 'gjzwfwpt', issuer: gjzwfwptIssuer, asker: gjzwfwptAsker }
