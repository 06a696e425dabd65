import { errorsPage, verdictsPage } from './spec-tables.js'

// node dist/scripts/print-errors.js errors > spec/errors.md
const pages: Readonly<Record<string, () => string>> = { errors: errorsPage, verdicts: verdictsPage }
const name = process.argv[2] ?? 'errors'
const print = Object.hasOwn(pages, name) ? pages[name] : undefined
if (print === undefined) {
  console.error(`usage: print-errors [${Object.keys(pages).join('|')}]`)
  process.exitCode = 2
} else {
  process.stdout.write(print())
}
