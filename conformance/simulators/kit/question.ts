import { createHash } from 'node:crypto'
import { at, membersOf, textAt } from './json.js'
import { type Operation, type Purpose, type Question, tampers } from './system.js'

const operations: readonly Operation[] = ['search', 'getData', 'verifyData']

/** Reads the body of `POST /ask`; throws with what is wrong with it. */
export function questionOf(body: unknown, asker: string): Question {
  const operation = operations.find((each) => each === at(body, 'operation'))
  if (operation === undefined) throw new Error(`operation must be one of ${operations.join(', ')}`)
  const wantedTamper = at(body, 'tamper') ?? null
  const tamper = tampers.find((each) => each === wantedTamper) ?? null
  if (wantedTamper !== null && tamper === null) throw new Error(`tamper must be one of ${tampers.join(', ')}`)
  const licenceId = textAt(body, 'licenceId')
  const holder = holderOf(at(body, 'holder'))
  if (operation === 'search' ? holder === null : licenceId === null) {
    throw new Error(operation === 'search' ? 'search wants a holder' : `${operation} wants a licenceId`)
  }
  const matter = holder?.code ?? licenceId ?? ''
  return {
    operation,
    licenceId,
    holder,
    claims: claimsOf(at(body, 'claims')),
    typeCode: textAt(body, 'typeCode'),
    issuer: textAt(body, 'issuer'),
    division: textAt(body, 'division'),
    purpose: tamper === 'no-purpose' ? null : { ...purposeFor(asker, matter), ...membersOf(at(body, 'purpose')) },
    tamper,
  }
}

/** The purpose that an asking system gives unless told otherwise: one item, and one case for each matter. */
export function purposeFor(asker: string, matter: string): Purpose {
  // One case for each licence or holder: a second holder under one case is what 一事一查 refuses.
  const caseOf = createHash('sha256').update(matter).digest('hex').slice(0, 12).toUpperCase()
  return {
    organisation: `政务服务中心（演示 ${asker}）`,
    operator: { id: `${asker}-window-01`, name: '测试员甲' },
    category: 'item',
    itemCode: 'HUTONG-DEMO-0001',
    itemName: '资质核验（演示）',
    caseNumber: `CASE-${caseOf}`,
    reason: '核验证照是否真实有效',
  }
}

function holderOf(value: unknown): Question['holder'] {
  const typeCode = textAt(value, 'typeCode')
  const code = textAt(value, 'code')
  const name = textAt(value, 'name')
  if (typeCode === null || code === null) return null
  return name === null ? { typeCode, code } : { typeCode, code, name }
}

function claimsOf(value: unknown): Question['claims'] {
  const entries = Object.entries(membersOf(value))
  return Object.fromEntries(
    entries.map(([name, claim]) => {
      if (typeof claim !== 'string') throw new Error(`claims.${name} must be a text`)
      return [name, claim]
    }),
  )
}
