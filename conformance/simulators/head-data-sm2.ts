import { headDataSm2 } from './head-data-sm2/dialect.js'
import { runProgram } from './kit/program.js'

await runProgram(headDataSm2)
