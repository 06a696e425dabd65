import type { PurposeCategory } from '../canonical/purpose.js'

/**
 * 分类分级: 1 says which licence it is, 2 is of interest inside the matter, 3 leads to a person or a business, 4 is a
 * person's number or whatever nobody graded. The founding documents ask for grades and define none; these are ours.
 */
export type FieldGrade = 1 | 2 | 3 | 4

/** What a field is that nobody graded. */
export const HIGHEST_GRADE: FieldGrade = 4

/** Metadata elements that leave only where the use list names them. */
export const listedElements = ['number', 'holderName', 'holderCode', 'issuedOn', 'validFrom', 'validTo'] as const
export type ListedElement = (typeof listedElements)[number]

const elementGrades: Readonly<Record<ListedElement, FieldGrade>> = {
  issuedOn: 1,
  validFrom: 1,
  validTo: 1,
  number: 3,
  holderName: 3,
  holderCode: 4,
}

/** The highest grade that may leave for a purpose, whatever the list says; 0 lets nothing leave. */
export const gradeCeiling: Readonly<Record<PurposeCategory, FieldGrade | 0>> = {
  item: 4,
  'own-licences': 4,
  inspection: 3,
  'entry-registration': 3,
  hotel: 3,
  public: 0,
}

/** The grade of a face field or metadata element; an operator's own grades of face fields come first. */
export function gradeOf(field: string, grades: ReadonlyMap<string, FieldGrade>): FieldGrade {
  return isListedElement(field) ? elementGrades[field] : (grades.get(field) ?? HIGHEST_GRADE)
}

function isListedElement(field: string): field is ListedElement {
  return (listedElements as readonly string[]).includes(field)
}
