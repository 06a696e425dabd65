import { runProgram } from './kit/program.js'
import { taxGt3 } from './tax-gt3/dialect.js'

await runProgram(taxGt3)
