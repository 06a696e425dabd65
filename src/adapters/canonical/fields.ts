import { errorBody } from '../../canonical/error-body.js'
import type { CanonicalAnswer } from '../../canonical/model.js'
import type { FieldMap, Loss } from '../adapter.js'
import { readAnswer } from './answer.js'
import { type CanonicalMessage, replyOf } from './envelope.js'
import { readRequest, writeRequest } from './request.js'

const NOTHING_LOST: readonly Loss[] = []
// What we authenticated is, for whoever reads it, our word.
const ASSURANCE_LOST: readonly Loss[] = [{ field: 'purpose.operator.assurance', reason: 'narrowed' }]

/** The members of the JSON ↔ our terms; spec/canonical.md lists them. */
export const fields: FieldMap<CanonicalMessage> = {
  toRequest: (message) => ({ value: readRequest(message), losses: NOTHING_LOST }),
  fromRequest: (request) => ({
    value: writeRequest(request),
    losses: request.purpose.operator.assurance === 'authenticated' ? ASSURANCE_LOST : NOTHING_LOST,
  }),
  toAnswer: (message, asked) => ({ value: readAnswer(message, asked), losses: NOTHING_LOST }),
  fromAnswer: (answer) => ({ value: replyOf(200, bodyOf(answer)), losses: NOTHING_LOST }),
  fromError(error, trace) {
    const retryAfter = error.retryAfter === undefined ? null : Math.ceil(error.retryAfter)
    return { ...replyOf(error.entry.status, errorBody(error, trace)), retryAfter }
  },
}

function bodyOf(answer: CanonicalAnswer): CanonicalMessage['body'] {
  switch (answer.operation) {
    case 'search':
      return { found: answer.found }
    case 'getData':
      return { licence: answer.licence }
    case 'verifyData': {
      const { licenceId, report } = answer
      const validFrom = answer.validFrom ?? undefined
      const validTo = answer.validTo ?? undefined
      const { verdict, code, group, parts, lifecycle, fields: claims } = report
      return { verdict, code, group, parts, lifecycle, fields: claims, licenceId, validFrom, validTo }
    }
  }
}
