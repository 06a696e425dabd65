import { type LicenceId, readLicenceId } from '../../canonical/licence-id.js'
import { isEncumbrance, isLifecycleState, type Lifecycle } from '../../canonical/lifecycle.js'
import type { Holder, Issuer, Licence, LicenceSummary } from '../../canonical/model.js'
import { isObject, listAt, type Members, objectAt, optionalStringAt, refuse, stringAt, stringsAt } from './members.js'

/** Licence data, face fields included. */
export function readLicence(members: Members): Licence {
  return {
    id: readId(members),
    name: optionalStringAt(members, 'name'),
    typeCode: stringAt(members, 'typeCode'),
    typeName: optionalStringAt(members, 'typeName'),
    number: optionalStringAt(members, 'number'),
    issuer: readIssuer(objectAt(members, 'issuer')),
    holders: listAt(members, 'holders').map((item) => readHolder(item, members)),
    issuedOn: readDate(members, 'issuedOn'),
    validFrom: readDate(members, 'validFrom'),
    validTo: readDate(members, 'validTo'),
    validToRaw: optionalStringAt(members, 'validToRaw'),
    lifecycle: readLifecycle(objectAt(members, 'lifecycle')),
    fields: stringsAt(members, 'fields'),
  }
}

/** One hit of a search. */
export function readSummary(item: unknown, parent: Members): LicenceSummary {
  const members = itemOf(item, parent, 'found')
  return {
    id: readId(members),
    name: optionalStringAt(members, 'name'),
    typeCode: stringAt(members, 'typeCode'),
    issuer: readIssuer(objectAt(members, 'issuer')),
    lifecycle: readLifecycle(objectAt(members, 'lifecycle')),
  }
}

function itemOf(item: unknown, parent: Members, name: string): Members {
  return isObject(item) ? { values: item, path: `${parent.path}${name}.`, code: parent.code } : refuse(parent, name)
}

function readId(members: Members): LicenceId {
  const id = stringAt(members, 'id')
  const read = readLicenceId(id)
  return typeof read === 'string' || read.check === 'bad' ? refuse(members, 'id') : (id as LicenceId)
}

function readIssuer(members: Members): Issuer {
  return { code: stringAt(members, 'code'), name: optionalStringAt(members, 'name') }
}

function readHolder(item: unknown, parent: Members): Holder {
  const members = itemOf(item, parent, 'holders')
  return {
    typeCode: stringAt(members, 'typeCode'),
    code: stringAt(members, 'code'),
    name: optionalStringAt(members, 'name'),
  }
}

/** A date `YYYY-MM-DD` that the calendar has; null when the member is absent or null. */
export function readDate(members: Members, name: string): string | null {
  const date = optionalStringAt(members, name)
  if (date === null) return null
  const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  // Date.parse takes 30 February for 1 March.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? refuse(members, name) : date
}

export function readLifecycle(members: Members): Lifecycle {
  const state = stringAt(members, 'state')
  const raw = optionalStringAt(members, 'raw')
  // A pledge that we have no word for would be lost, so it is refused; a state that we do not know is unknown.
  const encumbrances = listAt(members, 'encumbrances').map((item) =>
    typeof item === 'string' && isEncumbrance(item) ? item : refuse(members, 'encumbrances'),
  )
  return isLifecycleState(state) ? { state, raw, encumbrances } : { state: 'unknown', raw: raw ?? state, encumbrances }
}
