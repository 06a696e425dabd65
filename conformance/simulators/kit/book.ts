import books from '../licences.json' with { type: 'json' }

/**
 * What an issuing system does when it is asked about a licence: it answers; it holds no such licence; it does not offer
 * the operation for it; it refuses it to the caller; or its answer never comes.
 */
export type Conduct = 'answers' | 'absent' | 'not-offered' | 'refuses' | 'silent'

export interface BookHolder {
  /** Holder type of GB/T 36903: 001 credit code, 111 citizen id. */
  readonly typeCode: string
  readonly code: string
  readonly name: string
}

/** A synthetic licence. `status` is the issuing system's own code, which means nothing outside it. */
export interface BookLicence {
  readonly id: string
  readonly name: string
  readonly typeCode: string
  readonly typeName: string
  readonly number: string
  readonly issuer: { readonly code: string; readonly name: string }
  readonly holders: readonly BookHolder[]
  /** Dates are `YYYY-MM-DD`. */
  readonly issuedOn: string
  readonly validFrom: string
  /** Null is open-ended. */
  readonly validTo: string | null
  readonly status: string
  /** Face items beyond the metadata, by pinyin name. */
  readonly fields: Readonly<Record<string, string>>
  readonly conduct: Conduct
  /** The verdict code that a verification earns: what a test expects. No issuing system looks at it. */
  readonly earns: string
  /** What to claim when asking, for the verdicts that need it. */
  readonly claims?: Readonly<Record<string, string>>
}

/** What one issuing system holds. */
export interface Book {
  readonly licences: readonly BookLicence[]
  /** The licence by its identifier, unless the system holds none. */
  find(id: string): BookLicence | undefined
  /** How the system behaves when asked for the identifier. */
  conductFor(id: string): Conduct
  /** Licences of a holder; a type narrows them. Only those that the system answers about. */
  heldBy(holder: { readonly typeCode: string; readonly code: string }, typeCode: string | null): readonly BookLicence[]
  /** Another licence that the system answers about, of the same status if it has one. */
  otherThan(id: string): BookLicence
}

/** A book over some licences. */
export function bookWith(licences: readonly BookLicence[]): Book {
  const known = new Map(licences.map((licence) => [licence.id, licence]))
  const answered = licences.filter((licence) => licence.conduct === 'answers')
  return {
    licences,
    find(id) {
      const licence = known.get(id)
      return licence?.conduct === 'absent' ? undefined : licence
    },
    conductFor: (id) => known.get(id)?.conduct ?? 'absent',
    heldBy: (holder, typeCode) =>
      answered.filter(
        (licence) =>
          (typeCode === null || licence.typeCode === typeCode) &&
          licence.holders.some((each) => each.typeCode === holder.typeCode && each.code === holder.code),
      ),
    otherThan(id) {
      const others = answered.filter((licence) => licence.id !== id)
      const other = others.find((licence) => licence.status === known.get(id)?.status) ?? others[0]
      if (other === undefined) throw new Error('the book holds no other licence')
      return other
    },
  }
}

/** The book of a node that issues: hunan, shandong, tax or national. */
export function bookOf(node: string): Book {
  const licences = new Map<string, readonly BookLicence[]>(Object.entries(books as BookFile)).get(node)
  if (licences === undefined) throw new Error(`no licence book for the node ${node}`)
  return bookWith(licences)
}

type BookFile = Readonly<Record<string, readonly BookLicence[]>>
