import { HubError } from '../canonical/errors.js'
import { isPurposeCategory, type PurposeCategory, type UsePurpose } from '../canonical/purpose.js'

/**
 * What a category demands besides organisation, operator and reason. In place of a case number stand the inspection
 * plan, the site, or the reference of the holder's consent; the reference is on record, and is not checked here.
 */
const demands: Readonly<Record<PurposeCategory, readonly ('itemCode' | 'caseNumber')[]>> = {
  item: ['itemCode', 'caseNumber'],
  inspection: ['caseNumber'],
  'entry-registration': ['caseNumber'],
  hotel: ['caseNumber'],
  'own-licences': ['caseNumber'],
  public: [],
}

const LONGEST = 200

/**
 * 一事一查 begins with saying why.
 *
 * @throws HubError PURPOSE_MISSING when nothing is said, PURPOSE_INVALID with the field that is missing or too long
 */
export function checkPurpose(purpose: UsePurpose | null | undefined): UsePurpose {
  // Requests are typed, but a dialect that found nothing may still hand over a shell of empty texts.
  if (purpose == null) throw new HubError('PURPOSE_MISSING')
  const { organisation, operator, category, itemCode, caseNumber, reason } = purpose
  const said = [organisation, operator.id, reason, itemCode ?? '', caseNumber ?? '']
  if (said.every(isBlank)) throw new HubError('PURPOSE_MISSING')
  if (!isPurposeCategory(category)) refuse('category')
  demand('organisation', organisation)
  demand('operator.id', operator.id)
  demand('reason', reason)
  for (const field of demands[category]) demand(field, purpose[field])
  return purpose
}

function demand(field: string, text: string | null): void {
  if (text === null || isBlank(text) || text.length > LONGEST) refuse(field)
}

function refuse(field: string): never {
  throw new HubError('PURPOSE_INVALID', { subject: `purpose.${field}` })
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}
