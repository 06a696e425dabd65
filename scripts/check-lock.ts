import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkLock, type Lock, type Manifest } from './lock-problems.js'

// node dist/scripts/check-lock.js [folder]: exit code 1 and one line per problem when the lock is not sound.
const folder = process.argv[2] ?? '.'
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

const { checked, notes, problems } = checkLock(read('package.json') as Manifest, read('package-lock.json') as Lock)
for (const line of checked) console.log(`${problems.length === 0 ? '✔' : '·'} ${line}`)
for (const line of notes) console.log(`! ${line}`)
for (const line of problems) console.error(`✘ ${line}`)
process.exitCode = problems.length === 0 ? 0 : 1
