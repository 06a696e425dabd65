import type { FieldMap } from '../adapter.js'
import { failureMessage } from '../wire/message-code.js'
import { readAnswer, writeAnswer } from './answer.js'
import { FAILED } from './codes.js'
import type { GjMessage } from './envelope.js'
import { readRequest, writeRequest } from './request.js'

/** Every name in the bodies is INF; spec/dialects/gjzwfwpt.md has the table. */
export const fields: FieldMap<GjMessage> = {
  toRequest: readRequest,
  fromRequest: writeRequest,
  toAnswer: readAnswer,
  fromAnswer: writeAnswer,
  fromError: (error, trace, asked) => ({
    operation: asked?.operation ?? null,
    code: FAILED,
    message: failureMessage(error, trace),
    body: null,
  }),
}
