import type { Dialect } from '../kit/system.js'
import { headDataAsker } from './asker.js'
import { headDataIssuer } from './issuer.js'

export const headDataSm2: Dialect = { name: 'head-data-sm2', issuer: headDataIssuer, asker: headDataAsker }
