import { HubError } from '../../canonical/errors.js'
import type { LicenceId } from '../../canonical/licence-id.js'
import type { CanonicalRequest, IssuerAnswer } from '../../canonical/model.js'
import { peerError } from './codes.js'
import type { CanonicalMessage } from './envelope.js'
import { readFinding } from './finding.js'
import { readLicence, readSummary } from './licence.js'
import { isObject, listAt, type Members, objectAt, stringAt } from './members.js'

/**
 * Reads a reply to `asked`.
 *
 * @throws HubError the failure that the reply reports, REPLY_MALFORMED, or REPLY_MISMATCH when it is about another
 * licence
 */
export function readAnswer({ status, retryAfter, body }: CanonicalMessage, asked: CanonicalRequest): IssuerAnswer {
  const members: Members = { values: body, path: '', code: 'REPLY_MALFORMED' }
  if (status !== 200) throw readError(status, retryAfter, body)
  switch (asked.operation) {
    case 'search':
      return { operation: 'search', found: listAt(members, 'found').map((item) => readSummary(item, members)) }
    case 'getData': {
      const licence = readLicence(objectAt(members, 'licence'))
      sameLicence(licence.id, asked.licenceId)
      return { operation: 'getData', licence }
    }
    case 'verifyData':
      sameLicence(stringAt(members, 'licenceId'), asked.licenceId)
      return { operation: 'verifyData', licenceId: asked.licenceId, finding: readFinding(members) }
  }
}

function sameLicence(answered: string, asked: LicenceId): void {
  if (answered !== asked) throw new HubError('REPLY_MISMATCH', { subject: 'licenceId' })
}

function readError(status: number, retryAfter: number | null, body: CanonicalMessage['body']): HubError {
  const error = isObject(body['error']) ? body['error'] : {}
  return peerError({ code: error['code'], subject: error['subject'], tried: error['tried'], status, retryAfter })
}
