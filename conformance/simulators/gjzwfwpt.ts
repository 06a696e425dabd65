import { gjzwfwpt } from './gjzwfwpt/dialect.js'
import { runProgram } from './kit/program.js'

await runProgram(gjzwfwpt)
