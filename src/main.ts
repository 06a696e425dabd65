#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './cli/program.js'
import { packageRoot } from './config/package-root.js'

// Whoever reads our output may have seen enough (`hutong audit show | head -1`): that is the end, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
// Words that nobody reads any more are no reason to stop a gateway.
process.stderr.on('error', () => {})

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
const { env: environment, stdin, stdout, stderr } = process
process.exitCode = await runProgram(process.argv.slice(2), { environment, stdin, stdout, stderr, version })
