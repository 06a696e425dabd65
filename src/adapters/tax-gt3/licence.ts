import { type LicenceId, readLicenceId } from '../../canonical/licence-id.js'
import type { Encumbrance, Lifecycle } from '../../canonical/lifecycle.js'
import type { Holder, Licence, LicenceSummary } from '../../canonical/model.js'
import type { Loss } from '../adapter.js'
import { readValidTo } from '../wire/dates.js'
import { FACE_PREFIX, faceName } from '../wire/face-fields.js'
import type { XmlElement } from '../wire/xml.js'
import { element, optionalElement } from '../wire/xml-writer.js'
import { readStatus, statusOf } from './codes.js'
import { dateAt, type Elements, endAt, flagOf, type Reading, readElements, refuse, textOf } from './elements.js'

const lifecycleTexts = ['zzzt', 'zzztyz', 'dyzt', 'zyzt']
const licenceShape = {
  texts: new Set([
    ...['zzbs', 'zzmc', 'zzlxdm', 'zzlxmc', 'zzbh', 'zzbfjgdm', 'zzbfjg', 'zzbfrq', 'zzyxqqsrq', 'zzyxqjzrq'],
    ...lifecycleTexts,
  ]),
  lists: new Set(['czztxx', 'kz']),
}
const holderShape = { texts: new Set(['czztdmlxdm', 'czztdm', 'czzt']) }
const fieldShape = { texts: new Set(['xmc', 'xz']) }

/** One hit of a search. */
export function readSummary(item: XmlElement, reading: Reading): LicenceSummary {
  return summaryOf(readElements(item, licenceShape, reading))
}

/** Licence data, face fields included. */
export function readLicence(item: XmlElement, reading: Reading): Licence {
  const elements = readElements(item, licenceShape, reading)
  const { texts, lists } = elements
  const end = endAt(elements, 'zzyxqjzrq')
  return {
    ...summaryOf(elements),
    typeName: texts.get('zzlxmc') ?? null,
    number: texts.get('zzbh') ?? null,
    holders: (lists.get('czztxx') ?? []).map((holder) => readHolder(readElements(holder, holderShape, reading))),
    issuedOn: dateAt(elements, 'zzbfrq'),
    validFrom: dateAt(elements, 'zzyxqqsrq'),
    validTo: end.date,
    validToRaw: end.raw,
    fields: readFaceFields(lists.get('kz') ?? [], reading),
  }
}

function summaryOf(elements: Elements): LicenceSummary {
  const { texts } = elements
  return {
    id: readId(elements),
    name: texts.get('zzmc') ?? null,
    typeCode: textOf(elements, 'zzlxdm'),
    issuer: { code: textOf(elements, 'zzbfjgdm'), name: texts.get('zzbfjg') ?? null },
    lifecycle: readLifecycle(elements),
  }
}

function readId(elements: Elements): LicenceId {
  const id = textOf(elements, 'zzbs')
  const read = readLicenceId(id)
  return typeof read === 'string' || read.check === 'bad' ? refuse(elements, 'zzbs') : (id as LicenceId)
}

function readHolder(elements: Elements): Holder {
  const name = elements.texts.get('czzt') ?? null
  return { typeCode: textOf(elements, 'czztdmlxdm'), code: textOf(elements, 'czztdm'), name }
}

function readFaceFields(items: readonly XmlElement[], reading: Reading): Readonly<Record<string, string>> {
  const fields = new Map<string, string>()
  for (const item of items) {
    const elements = readElements(item, fieldShape, reading)
    const face = faceName(textOf(elements, 'xmc'), reading.code)
    if (fields.has(face)) refuse(elements, 'kz')
    fields.set(face, elements.texts.get('xz') ?? '')
  }
  return Object.fromEntries(fields)
}

/** `zzzt` by the table, the source's own status beside it, and the encumbrances. */
export function readLifecycle(elements: Elements): Lifecycle {
  const status = elements.texts.get('zzzt')
  const raw = elements.texts.get('zzztyz') ?? status ?? null
  const encumbrances: Encumbrance[] = []
  if (flagOf(elements, 'dyzt')) encumbrances.push('mortgaged')
  if (flagOf(elements, 'zyzt')) encumbrances.push('pledged')
  return { state: status === undefined ? 'unknown' : readStatus(status), raw, encumbrances }
}

export function writeLifecycle({ state, raw, encumbrances }: Lifecycle): string {
  const status = state === 'unknown' && raw === null ? '' : statusOf(state)
  return (
    optionalElement('zzzt', status) +
    optionalElement('zzztyz', raw === status ? null : raw) +
    (encumbrances.includes('mortgaged') ? element('dyzt', 'Y') : '') +
    (encumbrances.includes('pledged') ? element('zyzt', 'Y') : '')
  )
}

/** Where a source gave no status of its own, our number for the state stands in for it. */
export function lifecycleLosses({ state, raw }: Lifecycle): readonly Loss[] {
  return state !== 'unknown' && raw === null ? [{ field: 'lifecycle.raw', reason: 'defaulted' }] : []
}

export function licenceLosses({ lifecycle, validTo, validToRaw }: Licence): readonly Loss[] {
  const lost = validToRaw !== null && (validTo !== null || openEnd(validToRaw) === null)
  return [...lifecycleLosses(lifecycle), ...(lost ? [{ field: 'validToRaw', reason: 'no-slot' } as const] : [])]
}

/** What the source wrote in place of an end, if a reader of this dialect takes it for the same. */
function openEnd(raw: string | null): string | null {
  return raw !== null && readValidTo(raw)?.raw === raw ? raw : null
}

export function writeSummary({ id, name, typeCode, issuer, lifecycle }: LicenceSummary): string {
  return (
    `<zz>${element('zzbs', id)}${optionalElement('zzmc', name)}${element('zzlxdm', typeCode)}` +
    `${writeIssuer(issuer)}${writeLifecycle(lifecycle)}</zz>`
  )
}

export function writeLicence(licence: Licence): string {
  const { id, name, typeCode, typeName, number, issuer, lifecycle } = licence
  return (
    `<zz>${element('zzbs', id)}${optionalElement('zzmc', name)}${element('zzlxdm', typeCode)}` +
    optionalElement('zzlxmc', typeName) +
    optionalElement('zzbh', number) +
    writeIssuer(issuer) +
    optionalElement('zzbfrq', licence.issuedOn) +
    optionalElement('zzyxqqsrq', licence.validFrom) +
    optionalElement('zzyxqjzrq', licence.validTo ?? openEnd(licence.validToRaw)) +
    writeLifecycle(lifecycle) +
    licence.holders.map(writeHolder).join('') +
    Object.entries(licence.fields).map(writeFaceField).join('') +
    '</zz>'
  )
}

function writeIssuer({ code, name }: Licence['issuer']): string {
  return element('zzbfjgdm', code) + optionalElement('zzbfjg', name)
}

function writeHolder({ typeCode, code, name }: Holder): string {
  const text = element('czztdmlxdm', typeCode) + element('czztdm', code) + optionalElement('czzt', name)
  return `<czztxx>${text}</czztxx>`
}

function writeFaceField([name, value]: readonly [string, string]): string {
  return `<kz>${element('xmc', FACE_PREFIX + name)}${element('xz', value)}</kz>`
}
