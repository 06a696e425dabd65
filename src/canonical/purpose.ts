/**
 * Why a licence is asked for. `item` is a government-service item (事项) with a case; the others are no item (非事项)
 * and demand something else in place of a case number.
 */
export const purposeCategories = [
  'item',
  'inspection',
  'entry-registration',
  'hotel',
  'own-licences',
  'public',
] as const
export type PurposeCategory = (typeof purposeCategories)[number]

/** Who vouches for the operator: the asker's word alone, or a proof that the gateway checked. */
export interface Operator {
  readonly id: string
  readonly name: string | null
  readonly assurance: 'asserted' | 'authenticated'
}

/** 用证事由: the matter that needs the licence. A call without one is refused (一事一查). */
export interface UsePurpose {
  readonly organisation: string
  readonly operator: Operator
  readonly category: PurposeCategory
  /** 事项编码; null for categories that are no item. */
  readonly itemCode: string | null
  readonly itemName: string | null
  /** 办件编号, or the inspection plan, the site, the consent: what the category demands in its place. */
  readonly caseNumber: string | null
  readonly reason: string
}

export function isPurposeCategory(text: string): text is PurposeCategory {
  return (purposeCategories as readonly string[]).includes(text)
}
