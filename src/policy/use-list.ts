import { HubError } from '../canonical/errors.js'
import { licenceIdParts } from '../canonical/licence-id.js'
import type { CanonicalRequest } from '../canonical/model.js'
import { isPurposeCategory } from '../canonical/purpose.js'
import type { Text } from '../canonical/text.js'
import { type FieldGrade, gradeCeiling, gradeOf } from './field-grade.js'
import { createGrant, type Grant } from './grant.js'
import { checkPurpose } from './purpose-check.js'

/** One row of the use list (用证清单): this spoke may use these types for this item, or for this other purpose. */
export interface UseListEntry {
  readonly spoke: string
  /** A purpose category; a row with another word grants nothing. */
  readonly category: string
  /** 事项; null where the category is no item. */
  readonly item: { readonly code: string; readonly name: string } | null
  /** Type codes, 21 characters each. */
  readonly types: readonly string[]
  readonly operations: readonly string[]
  /** Metadata elements and face fields that may leave; the rest of a licence is withheld. */
  readonly fields: readonly string[]
  /** Why the row exists, for those who review the list. */
  readonly reason?: string
}

/** A row that promises what it cannot keep. */
export interface UseListProblem {
  /** Position of the row, from 0. */
  readonly row: number
  readonly field: string
  readonly message: Text
}

export interface UseListOptions {
  /** Grades of face fields (分类分级); a field without one has the highest. */
  readonly grades?: Readonly<Record<string, FieldGrade>>
  /** Lets everybody verify by identifier under the name `public`: a verdict, no claims, no data. */
  readonly publicVerify?: boolean
}

/** May they ask? Compiled once; `permit` is asked for every request. */
export interface UseList {
  readonly problems: readonly UseListProblem[]
  /**
   * Deny by default: what no row grants is refused.
   *
   * @throws HubError PURPOSE_MISSING, PURPOSE_INVALID, PUBLIC_VERIFY_DISABLED, ITEM_UNKNOWN, TYPE_NOT_LISTED or
   * OPERATION_NOT_PERMITTED, each with the field that decided
   */
  permit(caller: string, request: CanonicalRequest): Grant
}

/** The caller of public verification. No spoke may bear this name. */
export const PUBLIC_CALLER = 'public'

interface Row {
  readonly itemCode: string | null
  readonly types: ReadonlySet<string>
  readonly operations: ReadonlySet<string>
  readonly fields: readonly string[]
}

export function compileUseList(entries: readonly UseListEntry[], options: UseListOptions = {}): UseList {
  const grades = new Map(Object.entries(options.grades ?? {}))
  const problems: UseListProblem[] = []
  const rowsOf = new Map<string, Row[]>()
  for (const [index, entry] of entries.entries()) {
    const key = keyOf(entry.spoke, entry.category)
    const rows = rowsOf.get(key) ?? []
    rowsOf.set(key, [...rows, compileRow(entry, index, grades, problems)])
  }

  function permit(caller: string, request: CanonicalRequest): Grant {
    const purpose = checkPurpose(request.purpose)
    if (caller === PUBLIC_CALLER) return permitPublic(request)
    const rows = rowsOf.get(keyOf(caller, purpose.category)) ?? []
    const forItem = rows.filter(({ itemCode }) => itemCode === null || itemCode === purpose.itemCode)
    if (forItem.length === 0) {
      throw new HubError('ITEM_UNKNOWN', { subject: rows.length === 0 ? 'purpose.category' : 'purpose.itemCode' })
    }
    const typeCode = typeCodeOf(request)
    const forType = typeCode === null ? forItem : forItem.filter(({ types }) => types.has(typeCode))
    if (forType.length === 0) throw new HubError('TYPE_NOT_LISTED', { subject: 'typeCode' })
    const granting = forType.filter(({ operations }) => operations.has(request.operation))
    if (granting.length === 0) throw new HubError('OPERATION_NOT_PERMITTED', { subject: request.operation })
    return createGrant(
      [...new Set(granting.flatMap(({ fields }) => fields))],
      typeCode === null ? new Set(granting.flatMap(({ types }) => [...types])) : new Set([typeCode]),
    )
  }

  /** Everybody may ask for a verdict by identifier; an operator may list types, and then only those. */
  function permitPublic(request: CanonicalRequest): Grant {
    if (options.publicVerify !== true) throw new HubError('PUBLIC_VERIFY_DISABLED')
    if (request.operation !== 'verifyData' || request.purpose.category !== 'public') {
      throw new HubError('OPERATION_NOT_PERMITTED', { subject: request.operation })
    }
    // A result per claim would let everybody guess at a stranger's data.
    if (Object.keys(request.claims).length > 0) throw new HubError('OPERATION_NOT_PERMITTED', { subject: 'claims' })
    const rows = rowsOf.get(keyOf(PUBLIC_CALLER, 'public'))
    const type = licenceIdParts(request.licenceId).type
    if (rows?.every(({ types }) => !types.has(type))) throw new HubError('TYPE_NOT_LISTED', { subject: 'typeCode' })
    return createGrant([], 'any')
  }

  return { problems, permit }
}

/** The licence type that a request is about; null for a search that names none. */
export function typeCodeOf(request: CanonicalRequest): string | null {
  return request.operation === 'search' ? request.typeCode : licenceIdParts(request.licenceId).type
}

function compileRow(
  { category, item, types, operations, fields }: UseListEntry,
  row: number,
  grades: ReadonlyMap<string, FieldGrade>,
  problems: UseListProblem[],
): Row {
  const isKnown = isPurposeCategory(category)
  if (!isKnown) problems.push({ row, field: 'category', message: messages.category })
  if (category === 'item' && item === null) problems.push({ row, field: 'item', message: messages.item })
  const ceiling = isKnown ? gradeCeiling[category] : 0
  const tooHigh = fields.filter((field) => gradeOf(field, grades) > ceiling)
  for (const field of tooHigh) problems.push({ row, field: `fields.${field}`, message: messages.grade })
  return {
    // An item row without an item must not match every item.
    itemCode: category === 'item' ? (item?.code ?? '') : (item?.code ?? null),
    types: new Set(types),
    operations: new Set(isKnown ? operations : []),
    fields: fields.filter((field) => !tooHigh.includes(field)),
  }
}

const messages = {
  category: { zh: '没有这个用证类别', en: 'there is no such category' },
  item: { zh: '事项类须写明事项', en: 'a row of category item needs its item' },
  grade: {
    zh: '字段等级高于该类别的上限，不会给出',
    en: 'the field’s grade is above the category’s ceiling, so it never leaves',
  },
} as const satisfies Record<string, Text>

function keyOf(spoke: string, category: string): string {
  return `${spoke}\0${category}`
}
