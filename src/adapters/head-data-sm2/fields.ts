import type { FieldMap } from '../adapter.js'
import { failureMessage } from '../wire/message-code.js'
import type { StatusTable } from '../wire/status-table.js'
import { answersWith } from './answer.js'
import { statusOf } from './codes.js'
import type { HeadDataMessage } from './envelope.js'
import { readRequest, writeRequest } from './request.js'

/** spec/dialects/head-data-sm2.md says which names are EST and which INF. */
export function fieldsWith(table: StatusTable): FieldMap<HeadDataMessage> {
  const answers = answersWith(table)
  return {
    toRequest: readRequest,
    fromRequest: writeRequest,
    toAnswer: answers.read,
    fromAnswer: answers.write,
    fromError: (error, trace, asked) => ({
      operation: asked?.operation ?? null,
      accessId: '',
      accessToken: '',
      status: statusOf(error.code),
      message: failureMessage(error, trace),
      data: {},
      sealed: null,
    }),
  }
}
