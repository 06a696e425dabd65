import type { Book, BookLicence, Conduct } from './book.js'
import type { Fault } from './system.js'

/** What an issuing system has to say about an identifier: the licence it holds, or how it declines. */
export type Ground = { readonly licence: BookLicence } | Exclude<Conduct, 'answers'>

/** Looks an identifier up, after the faults that concern licences. `valid` is the system's own status for one in force. */
export function groundFor(book: Book, id: string, fault: Fault | null, valid: string): Ground {
  if (fault === 'lie') {
    const model = book.find(id) ?? book.otherThan(id)
    return { licence: { ...model, id, status: valid, validFrom: model.issuedOn, validTo: null } }
  }
  if (fault === 'other-licence') return { licence: book.otherThan(id) }
  const conduct = book.conductFor(id)
  const licence = book.find(id)
  return conduct === 'answers' && licence !== undefined ? { licence } : conduct === 'answers' ? 'absent' : conduct
}

/** The day in China, `YYYY-MM-DD`. */
export function dayInChina(epochMs: number): string {
  return new Date(epochMs + 8 * 3_600_000).toISOString().slice(0, 10)
}

export function isNotYetInForce({ validFrom }: BookLicence, epochMs: number): boolean {
  return validFrom > dayInChina(epochMs)
}

export function hasRunOut({ validTo }: BookLicence, epochMs: number): boolean {
  return validTo !== null && validTo < dayInChina(epochMs)
}

export type ClaimResult = 'match' | 'mismatch' | 'unknown'

/** Compares a claim with the book. Names are `name`, `number`, `holderName` … or a face item; dates in any punctuation. */
export function compareClaim(licence: BookLicence, name: string, value: string): ClaimResult {
  const { holders } = licence
  const agree = (held: readonly string[], wanted: string): ClaimResult =>
    held.length === 0 ? 'unknown' : held.includes(wanted) ? 'match' : 'mismatch'
  switch (name) {
    case 'name':
      return agree([licence.name], value)
    case 'number':
      return agree([licence.number], value)
    case 'holderName':
      return agree(
        holders.map((holder) => holder.name),
        value,
      )
    case 'holderCode':
      return agree(
        holders.map((holder) => holder.code),
        value.toUpperCase(),
      )
    case 'issuedOn':
    case 'validFrom':
      return agree([digits(licence[name])], digits(value))
    case 'validTo':
      return agree(licence.validTo === null ? [] : [digits(licence.validTo)], digits(value))
    default: {
      const held = Object.hasOwn(licence.fields, name) ? licence.fields[name] : undefined
      return agree(held === undefined ? [] : [held], value)
    }
  }
}

function digits(date: string): string {
  return date.replaceAll(/\D/g, '')
}
