import type { JsonObject } from './canonical-json.js'
import type { HubError } from './errors.js'

/** The JSON form of an error, wherever JSON is spoken: `{ error: { code, origin, stage, … } }`. */
export function errorBody(error: HubError, trace: string | null): JsonObject {
  const { origin, stage, retryable, cause, next } = error.entry
  const subject = error.subject === undefined ? {} : { subject: error.subject }
  const tried = error.tried.length === 0 ? {} : { tried: error.tried }
  return {
    error: {
      code: error.code,
      origin,
      stage,
      retryable,
      message: { zh: cause.zh, en: cause.en },
      next: { zh: next.zh, en: next.en },
      ...subject,
      ...tried,
      ...(trace === null ? {} : { trace }),
    },
  }
}
