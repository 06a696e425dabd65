import { canonical } from './canonical/dialect.js'
import { runProgram } from './kit/program.js'

await runProgram(canonical)
