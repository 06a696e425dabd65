import { claimNames } from '../../canonical/model.js'
import { FACE_PREFIX, faceName } from '../wire/face-fields.js'
import type { XmlElement } from '../wire/xml.js'
import { type Elements, type Reading, readElements, refuse, textOf } from './elements.js'

const elementOf: ReadonlyMap<string, string> = new Map([
  ['name', 'zzmc'],
  ['number', 'zzbh'],
  ['holderName', 'czzt'],
  ['holderCode', 'czztdm'],
  ['issuedOn', 'zzbfrq'],
  ['validFrom', 'zzyxqqsrq'],
  ['validTo', 'zzyxqjzrq'],
])
const claimOf = new Map([...elementOf].map(([claim, element]) => [element, claim]))
const metadata: ReadonlySet<string> = new Set(claimNames)
const shape = { texts: new Set(['xmc', 'xz', 'jg']) }

/** Claims whose value is a date. */
export const dateClaims: ReadonlySet<string> = new Set(['issuedOn', 'validFrom', 'validTo'])

/** The name of a claim on the wire: an element's, or a face field's with its prefix. */
export function wireClaim(name: string): string {
  return elementOf.get(name) ?? FACE_PREFIX + name
}

/** `hyx` elements by claim. @throws HubError with the reading's code for a name that is unknown or comes twice */
export function readClaims(items: readonly XmlElement[], reading: Reading): ReadonlyMap<string, Elements> {
  const claims = new Map<string, Elements>()
  for (const item of items) {
    const elements = readElements(item, shape, reading)
    const name = claimNamed(textOf(elements, 'xmc'), elements)
    if (claims.has(name)) refuse(elements, 'hyx')
    claims.set(name, elements)
  }
  return claims
}

function claimNamed(text: string, elements: Elements): string {
  const claim = claimOf.get(text)
  if (claim !== undefined) return claim
  const face = faceName(text, elements.code)
  // A face field called `number` would turn into the claim for the number of the licence.
  return metadata.has(face) ? refuse(elements, 'xmc') : face
}
