import type { CanonicalRequest } from '../../canonical/model.js'
import type { PurposeCategory } from '../../canonical/purpose.js'
import type { Loss } from '../adapter.js'

/** A category that is no item (非事项). */
export type NonItem = Exclude<PurposeCategory, 'item'>

/** How a purpose that is no item is named where a dialect has room for an item's name only. The names are ours. */
export const nonItemNames: Readonly<Record<NonItem, string>> = {
  inspection: '监督检查',
  'entry-registration': '入境登记',
  hotel: '旅馆登记',
  'own-licences': '本人证照',
  public: '公共核验',
}

// Public verification is a category that a gateway gives; nobody may claim it for a question of their own.
const byName = new Map(
  Object.entries(nonItemNames)
    .filter(([category]) => category !== 'public')
    .map(([category, name]) => [name, category as NonItem]),
)

export function nonItemOf(name: string): NonItem | undefined {
  return byName.get(name)
}

/** Whether a purpose needs a case number, or what stands in its place. */
export function needsCase(category: PurposeCategory): boolean {
  return category !== 'own-licences' && category !== 'public'
}

/** What a dialect without room for trace, hops, deadline and the operator's name and proof loses of a question. */
export function questionLosses({ trace, hops, deadline, purpose }: CanonicalRequest): Loss[] {
  const losses: Loss[] = []
  if (trace !== '') losses.push({ field: 'trace', reason: 'no-slot' })
  if (hops.length > 0) losses.push({ field: 'hops', reason: 'no-slot' })
  if (deadline !== null) losses.push({ field: 'deadline', reason: 'no-slot' })
  if (purpose.operator.name !== null) losses.push({ field: 'purpose.operator.name', reason: 'no-slot' })
  if (purpose.operator.assurance === 'authenticated')
    losses.push({ field: 'purpose.operator.assurance', reason: 'narrowed' })
  if (purpose.category === 'item') return losses
  if (purpose.itemCode !== null) losses.push({ field: 'purpose.itemCode', reason: 'no-slot' })
  if (purpose.itemName !== null) losses.push({ field: 'purpose.itemName', reason: 'no-slot' })
  return losses
}
