import type { CanonicalAnswer, Licence } from '../canonical/model.js'
import type { ListedElement } from './field-grade.js'

/** What may leave in answer to one request. */
export interface Grant {
  /** Names of the metadata elements and face fields that may leave; `none` for a verdict without data. */
  readonly fields: readonly string[] | 'none'
  /** Type codes that an answer may speak of; `any` for public verification. */
  readonly types: ReadonlySet<string> | 'any'
  /**
   * The licence with what was granted. Its identifier, name, type, issuer and life-cycle always leave: they say which
   * licence it is and how it stands. `withheld` names what was taken out, without values.
   */
  filterLicence(licence: Licence): { readonly licence: Licence; readonly withheld: readonly string[] }
  /** The answer with what was granted. Verdicts and results per claim are left as they are: they carry no data. */
  filter(answer: CanonicalAnswer): CanonicalAnswer
}

export function createGrant(granted: readonly string[], types: ReadonlySet<string> | 'any'): Grant {
  const allowed = new Set(granted)
  const may = (element: ListedElement): boolean => allowed.has(element)

  function filterLicence(licence: Licence): { readonly licence: Licence; readonly withheld: readonly string[] } {
    const face = Object.entries(licence.fields)
    const filtered: Licence = {
      ...licence,
      number: may('number') ? licence.number : null,
      // No dialect has a place for a holder without a code, so a name alone does not leave (the schema says so too).
      holders: may('holderCode')
        ? licence.holders.map((holder) => (may('holderName') ? holder : { ...holder, name: null }))
        : [],
      issuedOn: may('issuedOn') ? licence.issuedOn : null,
      validFrom: may('validFrom') ? licence.validFrom : null,
      validTo: may('validTo') ? licence.validTo : null,
      validToRaw: may('validTo') ? licence.validToRaw : null,
      fields: Object.fromEntries(face.filter(([name]) => allowed.has(name))),
    }
    const withheld = [
      ...withheldElements(licence, filtered),
      ...face.map(([name]) => name).filter((name) => !allowed.has(name)),
    ]
    return { licence: filtered, withheld }
  }

  function filter(answer: CanonicalAnswer): CanonicalAnswer {
    switch (answer.operation) {
      case 'search':
        // An issuing system may answer with more types than the matter may use.
        return { ...answer, found: answer.found.filter(({ typeCode }) => types === 'any' || types.has(typeCode)) }
      case 'getData':
        return { ...answer, licence: filterLicence(answer.licence).licence }
      case 'verifyData': {
        const { validFrom, validTo, ...verdict } = answer
        return {
          ...verdict,
          ...(validFrom !== undefined && may('validFrom') ? { validFrom } : {}),
          ...(validTo !== undefined && may('validTo') ? { validTo } : {}),
        }
      }
    }
  }

  return { fields: granted.length === 0 ? 'none' : granted, types, filterLicence, filter }
}

function withheldElements(whole: Licence, filtered: Licence): readonly ListedElement[] {
  const lost: [ListedElement, boolean][] = [
    ['number', whole.number !== filtered.number],
    ['holderName', namesOf(whole) !== namesOf(filtered)],
    ['holderCode', whole.holders.length !== filtered.holders.length],
    ['issuedOn', whole.issuedOn !== filtered.issuedOn],
    ['validFrom', whole.validFrom !== filtered.validFrom],
    ['validTo', whole.validTo !== filtered.validTo || whole.validToRaw !== filtered.validToRaw],
  ]
  return lost.filter(([, isLost]) => isLost).map(([element]) => element)
}

function namesOf({ holders }: Licence): number {
  return holders.filter(({ name }) => name !== null).length
}
