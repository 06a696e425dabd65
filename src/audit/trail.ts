import type { AuditEntry, AuditRecord } from '../canonical/audit-record.js'
import type { HubError } from '../canonical/errors.js'
import { licenceIdParts } from '../canonical/licence-id.js'
import type { CanonicalAnswer, CanonicalRequest } from '../canonical/model.js'
import type { Receipt } from '../canonical/receipt.js'
import { sm3Hex } from '../crypto/sm3.js'

/** What a finished exchange tells the log file and the metrics: the record, and the cause that stays in the house. */
export interface TrailEnd {
  readonly record: AuditRecord | AuditEntry
  readonly cause: unknown
}

/** A record with its place in the tree. */
export interface Recorded {
  readonly record: AuditRecord
  readonly path: readonly string[]
  readonly checkpoint: string
}

export interface TrailParts {
  now(): number
  newTrace(): string
  readonly configVersion: string
  hash(kind: 'holder' | 'licence' | 'case', value: string): string
  append(entry: AuditEntry): Promise<Recorded>
  issue(recorded: Recorded): Promise<Receipt>
  ended(end: TrailEnd): void
}

/** The dossier of one exchange: what is known is filled in as it becomes known, and one record is written at the end. */
export function openTrail(parts: TrailParts, caller: string | null, requestBody: Uint8Array) {
  const began = parts.now()
  const trace = parts.newTrace()
  const requestSm3 = sm3Hex(requestBody)
  let request: CanonicalRequest | null = null
  let route: string | null = null

  return {
    trace,
    asked(asked: CanonicalRequest): void {
      request = asked
    },
    routed(link: string): void {
      route = link
    },
    async answered(answer: CanonicalAnswer, body: Uint8Array): Promise<Receipt> {
      const code = answer.operation === 'verifyData' ? answer.report.code : 'OK'
      return parts.issue(await close('answered', code, body, null))
    },
    /** For a question about a route, which has an answer but no verdict and no receipt. */
    async explained(body: Uint8Array): Promise<void> {
      await close('answered', 'OK', body, null, 'explain')
    },
    /** For a message that was handed on untranslated: nobody knows what it asked. */
    async passed(body: Uint8Array): Promise<void> {
      await close('answered', 'OK', body, null)
    },
    async refused(error: HubError, body: Uint8Array): Promise<void> {
      await close('refused', error.code, body, error)
    },
  }

  async function close(
    outcome: AuditEntry['outcome'],
    code: AuditEntry['code'],
    body: Uint8Array,
    error: HubError | null,
    operation: AuditEntry['operation'] = request?.operation ?? null,
  ): Promise<Recorded> {
    const now = parts.now()
    const entry: AuditEntry = {
      at: new Date(now).toISOString(),
      trace: request?.trace || trace,
      caller,
      ...subjectOf(request, parts.hash),
      operation,
      route,
      outcome,
      code,
      requestSm3,
      answerSm3: sm3Hex(body),
      configVersion: parts.configVersion,
      ms: Math.max(0, Math.round(now - began)),
    }
    const recorded = await appendOrTell(entry, error)
    parts.ended({ record: recorded.record, cause: error?.cause ?? null })
    return recorded
  }

  async function appendOrTell(entry: AuditEntry, error: HubError | null): Promise<Recorded> {
    try {
      return await parts.append(entry)
    } catch (thrown) {
      parts.ended({ record: entry, cause: error?.cause ?? thrown })
      throw thrown
    }
  }
}

type Subject = Pick<
  AuditEntry,
  'operation' | 'type' | 'holderHash' | 'licenceHash' | 'itemCode' | 'caseHash' | 'operator'
>

/** Whom and what it was about, with keyed hashes in place of everything that leads to a person. */
function subjectOf(request: CanonicalRequest | null, hash: TrailParts['hash']): Subject {
  if (request === null) {
    return {
      operation: null,
      type: null,
      holderHash: null,
      licenceHash: null,
      itemCode: null,
      caseHash: null,
      operator: null,
    }
  }
  const { operation, purpose } = request
  const search = request.operation === 'search' ? request : null
  const licenceId = request.operation === 'search' ? null : request.licenceId
  return {
    operation,
    type: licenceId === null ? (search?.typeCode ?? null) : licenceIdParts(licenceId).type,
    holderHash: search === null ? null : hash('holder', `${search.holder.typeCode}:${search.holder.code}`),
    licenceHash: licenceId === null ? null : hash('licence', licenceId),
    itemCode: purpose.itemCode,
    caseHash: purpose.caseNumber === null ? null : hash('case', purpose.caseNumber),
    operator: purpose.operator.assurance,
  }
}
