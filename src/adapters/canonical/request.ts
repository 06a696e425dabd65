import { readCitizenId } from '../../canonical/citizen-id.js'
import { readDivision } from '../../canonical/division.js'
import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { CanonicalRequest, Holder, Operation } from '../../canonical/model.js'
import { isPurposeCategory, type Operator, type PurposeCategory, type UsePurpose } from '../../canonical/purpose.js'
import { isUscc } from '../../canonical/uscc.js'
import type { CanonicalMessage } from './envelope.js'
import { listAt, type Members, objectAt, onlyKnown, optionalTextAt, refuse, textAt, textsAt } from './members.js'

export const HOP_LIMIT = 8
const HOP = /^[a-z0-9-]{1,40}$/
const TRACE = /^[A-Za-z0-9-]{8,64}$/
const CLAIM_LIMIT = 64

const common = ['purpose', 'trace', 'hops', 'deadline']
const membersOf: Partial<Record<Operation, ReadonlySet<string>>> = {
  search: new Set([...common, 'holder', 'typeCode', 'issuer', 'division']),
  getData: new Set([...common, 'licenceId']),
  verifyData: new Set([...common, 'licenceId', 'claims']),
}
const holderMembers = new Set(['typeCode', 'code', 'name'])
const operatorMembers = new Set(['id', 'name'])
const purposeMembers = new Set(['organisation', 'operator', 'category', 'itemCode', 'itemName', 'caseNumber', 'reason'])

/**
 * Reads a request.
 *
 * @throws HubError OPERATION_UNSUPPORTED, REQUEST_INVALID, LICENCE_ID_…, HOLDER_CODE_MALFORMED, TOO_MANY_HOPS or
 * PURPOSE_…
 */
export function readRequest({ operation, body }: CanonicalMessage): CanonicalRequest {
  const known = operation === null ? undefined : membersOf[operation]
  if (known === undefined) throw new HubError('OPERATION_UNSUPPORTED', operation === null ? {} : { subject: operation })
  const members: Members = { values: body, path: '', code: 'REQUEST_INVALID' }
  onlyKnown(members, known)
  // Whole literals from here on: an object spread out of others is put together member by member, at every message.
  if (operation === 'search') {
    const { holder, typeCode, issuer, division } = readSearched(members)
    const [trace, hops, deadline] = [readTrace(members), readHops(members), readDeadline(members)]
    return { operation, holder, typeCode, issuer, division, purpose: readPurpose(members), trace, hops, deadline }
  }
  const licenceId = parseLicenceId(members.values['licenceId'])
  const claims = operation === 'getData' ? null : textsAt(members, 'claims', CLAIM_LIMIT, 4000)
  const [trace, hops, deadline] = [readTrace(members), readHops(members), readDeadline(members)]
  const purpose = readPurpose(members)
  return claims === null
    ? { operation: 'getData', licenceId, purpose, trace, hops, deadline }
    : { operation: 'verifyData', licenceId, claims, purpose, trace, hops, deadline }
}

function readSearched(members: Members) {
  const typeCode = optionalTextAt(members, 'typeCode', 40)
  if (typeCode !== null && !/^[0-9A-Z]+$/.test(typeCode)) refuse(members, 'typeCode')
  const issuer = optionalTextAt(members, 'issuer', 18)
  if (issuer !== null && !isUscc(issuer)) refuse(members, 'issuer')
  const division = optionalTextAt(members, 'division', 12)
  const read = division === null ? null : (readDivision(division) ?? refuse(members, 'division'))
  return { holder: readHolder(objectAt(members, 'holder')), typeCode, issuer, division: read }
}

function readHolder(members: Members): Holder {
  onlyKnown(members, holderMembers)
  const typeCode = textAt(members, 'typeCode', 3)
  if (!/^\d{3}$/.test(typeCode)) refuse(members, 'typeCode')
  const code = readHolderCode(typeCode, textAt(members, 'code', 64))
  return { typeCode, code, name: optionalTextAt(members, 'name', 200) }
}

// 001 is a credit code and 111 a citizen id (EST); the other kinds of document have no check that we know.
function readHolderCode(typeCode: string, code: string): string {
  const read = typeCode === '111' ? readCitizenId(code) : typeCode === '001' && !isUscc(code) ? undefined : code
  if (read === undefined) throw new HubError('HOLDER_CODE_MALFORMED', { subject: 'holder.code' })
  return read
}

function readTrace(members: Members): string {
  const trace = optionalTextAt(members, 'trace', 64)
  return trace === null || TRACE.test(trace) ? (trace ?? '') : refuse(members, 'trace')
}

function readHops(members: Members): readonly string[] {
  const hops = listAt(members, 'hops')
  if (hops.length > HOP_LIMIT) throw new HubError('TOO_MANY_HOPS')
  return hops.map((hop) => (typeof hop === 'string' && HOP.test(hop) ? hop : refuse(members, 'hops')))
}

function readDeadline(members: Members): number | null {
  const deadline = members.values['deadline'] ?? null
  if (deadline === null) return null
  return Number.isSafeInteger(deadline) && Number(deadline) > 0 ? Number(deadline) : refuse(members, 'deadline')
}

function readPurpose({ values }: Members): UsePurpose {
  const purpose = values['purpose'] ?? null
  if (purpose === null) throw new HubError('PURPOSE_MISSING')
  const members = objectAt({ values, path: '', code: 'PURPOSE_INVALID' }, 'purpose')
  onlyKnown({ ...members, code: 'REQUEST_INVALID' }, purposeMembers)
  const category = textAt(members, 'category', 40)
  // Public verification is a category that a gateway gives; nobody may claim it for a question of their own.
  if (!isPurposeCategory(category) || category === 'public') return refuse(members, 'category')
  const [itemCode, caseNumber] = [optionalTextAt(members, 'itemCode', 100), optionalTextAt(members, 'caseNumber', 100)]
  if (category === 'item' && itemCode === null) refuse(members, 'itemCode')
  if (needsCase(category) && caseNumber === null) refuse(members, 'caseNumber')
  return {
    organisation: textAt(members, 'organisation', 200),
    operator: readOperator(objectAt(members, 'operator')),
    category,
    itemCode,
    itemName: optionalTextAt(members, 'itemName', 200),
    caseNumber,
    reason: textAt(members, 'reason', 200),
  }
}

function needsCase(category: PurposeCategory): boolean {
  return category !== 'own-licences' && category !== 'public'
}

// Whatever the sender knows of its operator, to us it is the sender's word.
function readOperator(members: Members): Operator {
  onlyKnown({ ...members, code: 'REQUEST_INVALID' }, operatorMembers)
  return { id: textAt(members, 'id', 100), name: optionalTextAt(members, 'name', 100), assurance: 'asserted' }
}

/** The body of a request; what is null or empty in our terms is undefined, and so absent on the wire. */
export function writeRequest(request: CanonicalRequest): CanonicalMessage {
  return { operation: request.operation, status: 0, retryAfter: null, body: writeBody(request) }
}

function writeBody(request: CanonicalRequest): CanonicalMessage['body'] {
  const purpose = writePurpose(request.purpose)
  const trace = request.trace === '' ? undefined : request.trace
  const hops = request.hops.length === 0 ? undefined : request.hops
  const deadline = request.deadline ?? undefined
  switch (request.operation) {
    case 'search': {
      const { holder, typeCode, issuer, division } = request
      return {
        holder: { typeCode: holder.typeCode, code: holder.code, name: holder.name ?? undefined },
        typeCode: typeCode ?? undefined,
        issuer: issuer ?? undefined,
        division: division ?? undefined,
        purpose,
        trace,
        hops,
        deadline,
      }
    }
    case 'getData':
      return { licenceId: request.licenceId, purpose, trace, hops, deadline }
    case 'verifyData': {
      const claims = Object.keys(request.claims).length === 0 ? undefined : request.claims
      return { licenceId: request.licenceId, claims, purpose, trace, hops, deadline }
    }
  }
}

function writePurpose(purpose: UsePurpose): CanonicalMessage['body'] {
  const { operator, itemCode, itemName, caseNumber } = purpose
  return {
    organisation: purpose.organisation,
    operator: { id: operator.id, name: operator.name ?? undefined },
    category: purpose.category,
    itemCode: itemCode ?? undefined,
    itemName: itemName ?? undefined,
    caseNumber: caseNumber ?? undefined,
    reason: purpose.reason,
  }
}
