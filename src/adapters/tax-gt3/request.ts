import { readDivision } from '../../canonical/division.js'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalRequest, Claims, Holder, SearchRequest } from '../../canonical/model.js'
import { isPurposeCategory, type UsePurpose } from '../../canonical/purpose.js'
import { isUscc } from '../../canonical/uscc.js'
import { readDate } from '../wire/dates.js'
import { readHolderCode } from '../wire/holders.js'
import { needsCase } from '../wire/purpose-names.js'
import type { XmlElement } from '../wire/xml.js'
import { element, optionalElement } from '../wire/xml-writer.js'
import { dateClaims, readClaims, wireClaim } from './claims.js'
import { transactionNamed, transactionOf } from './codes.js'
import { boundedText, type Elements, isPlainText, type Reading, readElements, refuse, textOf } from './elements.js'
import type { TaxMessage } from './envelope.js'
import { readPayload, writePayload } from './payload.js'

const reading: Reading = { code: 'REQUEST_INVALID', strict: true }
const CLAIM_LIMIT = 64
const VALUE_LIMIT = 4000

const shapes = {
  search: { texts: new Set(['czztdmlxdm', 'czztdm', 'czzt', 'zzlxdm', 'zzbfjgdm', 'xzqhdm']) },
  getData: { texts: new Set(['zzbs']) },
  verifyData: { texts: new Set(['zzbs']), lists: new Set(['hyx']) },
}

// `sjjg` and `sjry` are EST as names; what they carry here, and all other names, are INF.
const TRACE = 'zzh'
const purposeNames = ['sjjg', 'sjry', 'sjryxm', 'yzlb', 'sxbm', 'sxmc', 'bjbh', 'yzsy']

/** @throws HubError with a parse or schema code, OPERATION_UNSUPPORTED, or PURPOSE_… */
export function readRequest({ head, payload }: TaxMessage): CanonicalRequest {
  const { operation, request } = transactionNamed(head.tranId)
  const elements = readElements(readPayload(payload, request, reading), shapes[operation], reading)
  const asked = { purpose: readPurpose(head.expand), trace: readTrace(head.expand), hops: [], deadline: null }
  if (operation === 'search') return { operation, ...readSearch(elements), ...asked }
  const licenceId = parseLicenceId(elements.texts.get('zzbs'))
  if (operation === 'getData') return { operation, licenceId, ...asked }
  return { operation, licenceId, claims: readClaimed(elements.lists.get('hyx') ?? []), ...asked }
}

function readSearch(elements: Elements): Pick<SearchRequest, 'holder' | 'typeCode' | 'issuer' | 'division'> {
  const typeCode = boundedText(elements, 'zzlxdm', 40)
  if (typeCode !== null && !/^[0-9A-Z]+$/.test(typeCode)) refuse(elements, 'zzlxdm')
  const issuer = boundedText(elements, 'zzbfjgdm', 18)
  if (issuer !== null && !isUscc(issuer)) refuse(elements, 'zzbfjgdm')
  const division = boundedText(elements, 'xzqhdm', 12)
  const read = division === null ? null : (readDivision(division) ?? refuse(elements, 'xzqhdm'))
  return { holder: readHolder(elements), typeCode, issuer, division: read }
}

function readHolder(elements: Elements): Holder {
  const typeCode = textOf(elements, 'czztdmlxdm')
  if (!/^\d{3}$/.test(typeCode)) refuse(elements, 'czztdmlxdm')
  const code = boundedText(elements, 'czztdm', 64) ?? refuse(elements, 'czztdm')
  return { typeCode, code: readHolderCode(typeCode, code, 'czztdm'), name: boundedText(elements, 'czzt', 200) }
}

function readClaimed(items: readonly XmlElement[]): Claims {
  if (items.length > CLAIM_LIMIT) throw new HubError('REQUEST_INVALID', { subject: 'hyx' })
  const claims: [string, string][] = []
  for (const [name, elements] of readClaims(items, reading)) {
    const value = elements.texts.get('xz') ?? ''
    if (value.length > VALUE_LIMIT || elements.texts.has('jg')) refuse(elements, 'hyx')
    claims.push([name, dateClaims.has(name) ? (readDate(value) ?? value) : value])
  }
  return Object.fromEntries(claims)
}

function readTrace(expand: ReadonlyMap<string, string>): string {
  const trace = expand.get(TRACE) ?? ''
  if (trace !== '' && !/^[A-Za-z0-9-]{8,64}$/.test(trace)) throw new HubError('REQUEST_INVALID', { subject: TRACE })
  return trace
}

function readPurpose(expand: ReadonlyMap<string, string>): UsePurpose {
  if (!purposeNames.some((name) => expand.has(name))) throw new HubError('PURPOSE_MISSING')
  const category = optionalPair(expand, 'yzlb', 40) ?? invalid('yzlb')
  // Public verification is a category that a gateway gives; nobody may claim it for a question of their own.
  if (!isPurposeCategory(category) || category === 'public') return invalid('yzlb')
  const [itemCode, caseNumber] = [optionalPair(expand, 'sxbm', 100), optionalPair(expand, 'bjbh', 100)]
  if (category === 'item' && itemCode === null) invalid('sxbm')
  if (needsCase(category) && caseNumber === null) invalid('bjbh')
  return {
    organisation: optionalPair(expand, 'sjjg', 200) ?? invalid('sjjg'),
    operator: {
      id: optionalPair(expand, 'sjry', 100) ?? invalid('sjry'),
      name: optionalPair(expand, 'sjryxm', 100),
      assurance: 'asserted',
    },
    category,
    itemCode,
    itemName: optionalPair(expand, 'sxmc', 200),
    caseNumber,
    reason: optionalPair(expand, 'yzsy', 200) ?? invalid('yzsy'),
  }
}

function optionalPair(expand: ReadonlyMap<string, string>, name: string, limit: number): string | null {
  const value = expand.get(name) ?? ''
  if (value === '') return null
  return isPlainText(value, limit) ? value : invalid(name)
}

function invalid(name: string): never {
  throw new HubError('PURPOSE_INVALID', { subject: name })
}

/** A request whose channel, sequence and time the signer fills in. @throws HubError OPERATION_UNSUPPORTED */
export function writeRequest(request: CanonicalRequest): TaxMessage {
  const { tranId, request: payload } = transactionOf(request.operation)
  const unsealed = { channelId: '', tranSeq: '', tranDate: '', tranTime: '' }
  return {
    head: { tranId, ...unsealed, result: null, expand: writeExpand(request) },
    payload: writePayload(payload, writeSubject(request)),
    retryAfter: null,
  }
}

function writeExpand({ purpose, trace }: CanonicalRequest): ReadonlyMap<string, string> {
  const { operator } = purpose
  const pairs: readonly (readonly [string, string | null])[] = [
    ['sjjg', purpose.organisation],
    ['sjry', operator.id],
    ['sjryxm', operator.name],
    ['yzlb', purpose.category],
    ['sxbm', purpose.itemCode],
    ['sxmc', purpose.itemName],
    ['bjbh', purpose.caseNumber],
    ['yzsy', purpose.reason],
    [TRACE, trace],
  ]
  const expand = new Map<string, string>()
  for (const [name, value] of pairs) if (value !== null && value !== '') expand.set(name, value)
  return expand
}

function writeSubject(request: CanonicalRequest): string {
  switch (request.operation) {
    case 'search': {
      const { holder, typeCode, issuer, division } = request
      return (
        element('czztdmlxdm', holder.typeCode) +
        element('czztdm', holder.code) +
        optionalElement('czzt', holder.name) +
        optionalElement('zzlxdm', typeCode) +
        optionalElement('zzbfjgdm', issuer) +
        optionalElement('xzqhdm', division)
      )
    }
    case 'getData':
      return element('zzbs', request.licenceId)
    case 'verifyData':
      return element('zzbs', request.licenceId) + Object.entries(request.claims).map(writeClaim).join('')
  }
}

function writeClaim([name, value]: readonly [string, string]): string {
  return `<hyx>${element('xmc', wireClaim(name))}${element('xz', value)}</hyx>`
}
