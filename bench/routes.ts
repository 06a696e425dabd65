import { usccCheckCharacter } from '../src/canonical/uscc.js'
import { resolveLicence } from '../src/routes/resolve.js'
import { compileRoutes } from '../src/routes/route-table.js'

const RULES = 100_000
const ROUNDS = 400_000

/** Route look-up with 100,000 rules, half of the questions known by code, half by division: mean of ten batches. */
export async function benchRoutes(): Promise<{ name: string; figure: string; target: string }[]> {
  const issuers = Array.from({ length: RULES }, (_, index) => creditCode(index))
  const table = compileRoutes({
    spokes: [
      ...Array.from({ length: 31 }, (_, index) => ({
        name: `p${index}`,
        node: `${index}`,
        divisions: [`${11 + index}`],
      })),
      { name: 'bureaus', node: 'x', issuers },
      { name: 'national', node: 'national', isDefault: true },
    ],
    configVersion: 'bench',
  })
  const questions = [
    ...issuers.slice(0, 500),
    ...Array.from({ length: 500 }, (_, index) => creditCode(RULES + index)),
  ].map((issuer) => ({ type: '11100000000013338W011', issuer }))
  const lookUp = (count: number): number => {
    const began = process.hrtime.bigint()
    for (let index = 0; index < count; index++) {
      const question = questions[index % questions.length]
      if (question !== undefined && resolveLicence(table, question).spoke === null) throw new Error('a look-up failed')
    }
    return Number(process.hrtime.bigint() - began) / 1000 / count
  }
  lookUp(ROUNDS / 4)
  const batches = Array.from({ length: 10 }, () => lookUp(ROUNDS / 10))
  const mean = batches.reduce((sum, batch) => sum + batch, 0) / batches.length
  return [{ name: 'route look-up, 100,000 rules, mean', figure: `${mean.toFixed(2)} µs`, target: '< 2 µs' }]
}

/** Synthetic credit codes in many divisions, each with its right check character. */
function creditCode(index: number): string {
  const division = `${11 + (index % 31)}${String(index % 10_000).padStart(4, '0')}`
  const body = `11${division}${String(index).padStart(9, '0')}`
  return body + (usccCheckCharacter(body) ?? '')
}
