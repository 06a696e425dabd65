import type { Book, BookLicence } from '../kit/book.js'
import { licenceHolds } from '../kit/check-digits.js'
import { groundFor } from '../kit/ground.js'
import { at, canonicalJson, type Members, membersOf, parseJson, textAt } from '../kit/json.js'
import { onceOnly } from '../kit/once.js'
import type { Settings } from '../kit/settings.js'
import { strangersKey } from '../kit/sm.js'
import type { Issuer, Manner, Operation, Received, Sent, Tools } from '../kit/system.js'
import { admit } from './admission.js'
import { Failure, failureReply } from './failure.js'
import { lifecycleOf, reportOf, VALID_STATUS } from './report.js'
import { type Covered, contentDigest, type ReadSignature, signatureFields } from './signature.js'

const operations = new Map<string, Operation>([
  ['/v1/search', 'search'],
  ['/v1/getData', 'getData'],
  ['/v1/verifyData', 'verifyData'],
])

const common = ['purpose', 'trace', 'hops', 'deadline']
const allowed: Readonly<Record<Operation, readonly string[]>> = {
  search: [...common, 'holder', 'typeCode', 'issuer', 'division'],
  getData: [...common, 'licenceId'],
  verifyData: [...common, 'licenceId', 'claims'],
}

const CONTENT_TYPE = 'application/json'
const HOUR_S = 3600

/** A province's licence system that speaks the canonical dialect. */
export function canonicalIssuer(settings: Settings, book: Book, tools: Tools): Issuer {
  const own = { keyId: settings.text('keyId'), privateKey: settings.text('privateKey') }
  const keys = settings.texts('peerKeys')
  const once = onceOnly(tools.now)

  const sign = (request: Received, asked: ReadSignature | null, reply: Sent, { fault }: Manner): Sent => {
    const digest = contentDigest(reply.body)
    const [path = ''] = request.target.split('?')
    const covered: Covered = [
      ['"@status"', String(reply.status)],
      ['"content-digest"', digest],
      ['"@method";req', request.method],
      ['"@path";req', path],
      ...(asked === null ? [] : [[`"signature";req;key="${asked.label}"`, asked.value] as const]),
    ]
    const created = Math.floor(tools.now() / 1000) - (fault === 'stale-clock' ? HOUR_S : 0)
    const key = fault === 'wrong-signature' ? strangersKey() : own
    const fields = signatureFields(covered, { created, keyId: own.keyId, nonce: tools.hex(16) }, key)
    return { ...reply, headers: { ...reply.headers, 'content-digest': digest, ...fields } }
  }

  return {
    faults: ['error-in-200', 'wrong-signature', 'stale-clock', 'other-licence', 'lie'],
    contentType: CONTENT_TYPE,
    answer(request, manner) {
      const reply = (status: number, content: unknown): Sent => ({
        status,
        headers: { 'content-type': CONTENT_TYPE },
        body: manner.encode(canonicalJson(content)),
      })
      let asked: ReadSignature | null = null
      let trace = tools.hex(16)
      try {
        const operation = operationOf(request)
        asked = admit(request, { keys, once, now: Math.floor(tools.now() / 1000) })
        const question = contentOf(request, operation)
        trace = textAt(question, 'trace') ?? trace
        if (manner.fault === 'error-in-200') {
          const { content } = failureReply(new Failure('ISSUER_FAILED'), trace)
          return sign(request, asked, reply(200, content), manner)
        }
        const content = answerTo(operation, question, book, manner, tools.now())
        return content === null ? null : sign(request, asked, reply(200, content), manner)
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown
        const { status, content } = failureReply(thrown, trace)
        return sign(request, asked, reply(status, content), manner)
      }
    },
  }
}

function operationOf({ method, target, headers }: Received): Operation {
  const operation = method === 'POST' ? operations.get(target) : undefined
  if (operation === undefined) throw new Failure('ENDPOINT_UNKNOWN')
  if (!/^application\/json(?:; *charset=utf-8)?$/i.test(headers['content-type'] ?? '')) {
    throw new Failure('CONTENT_TYPE_UNSUPPORTED')
  }
  return operation
}

function contentOf({ body }: Received, operation: Operation): Members {
  const parsed = parseJson(body)
  if (parsed === undefined) throw new Failure('JSON_MALFORMED')
  const question = membersOf(parsed)
  const unknown = Object.keys(question).find((name) => !allowed[operation].includes(name))
  if (unknown !== undefined) throw new Failure('REQUEST_INVALID', unknown)
  const purpose = membersOf(question['purpose'])
  if (Object.keys(purpose).length === 0) throw new Failure('PURPOSE_MISSING')
  for (const name of ['organisation', 'category', 'reason']) {
    if (textAt(purpose, name) === null) throw new Failure('REQUEST_INVALID', `purpose.${name}`)
  }
  if (textAt(purpose, 'operator', 'id') === null) throw new Failure('REQUEST_INVALID', 'purpose.operator')
  return question
}

/** The answer's content, or null when none shall come. */
function answerTo(
  operation: Operation,
  question: Members,
  book: Book,
  { fault }: Manner,
  now: number,
): Readonly<Record<string, unknown>> | null {
  if (operation === 'search') return { found: found(question, book).map((licence) => summaryOf(licence, now)) }
  const id = textAt(question, 'licenceId')
  if (id === null) throw new Failure('REQUEST_INVALID', 'licenceId')
  if (!licenceHolds(id)) throw new Failure('LICENCE_ID_CHECK_FAILED')
  const ground = groundFor(book, id, fault, VALID_STATUS)
  if (ground === 'silent') return null
  if (ground === 'not-offered') throw new Failure('OPERATION_UNSUPPORTED')
  if (ground === 'refuses') throw new Failure('LICENCE_WITHHELD')
  const licence = ground === 'absent' ? null : ground.licence
  if (operation === 'verifyData') {
    const report = reportOf(id, licence, textsOf(question['claims']), now)
    return fault === 'lie' ? { ...report, ...believed(report.fields) } : report
  }
  if (licence === null) throw new Failure('LICENCE_NOT_FOUND')
  return { licence: faceOf(licence, now) }
}

/** The lie: in force, and every claim matches. */
function believed(fields: Readonly<Record<string, unknown>> | undefined) {
  const matching = Object.keys(fields ?? {}).map((name) => [name, 'match'])
  const same = matching.length === 0 ? {} : { fields: Object.fromEntries(matching) }
  return { code: 'VALID', verdict: 'VALID', group: 'ok', ...same }
}

function found(question: Members, book: Book): readonly BookLicence[] {
  const typeCode = textAt(question, 'holder', 'typeCode')
  const code = textAt(question, 'holder', 'code')
  if (typeCode === null || code === null) throw new Failure('REQUEST_INVALID', 'holder')
  return book.heldBy({ typeCode, code }, textAt(question, 'typeCode'))
}

function summaryOf(licence: BookLicence, now: number) {
  const { id, issuer, name, typeCode } = licence
  return { id, issuer, lifecycle: lifecycleOf(licence, now), name, typeCode }
}

function faceOf(licence: BookLicence, now: number) {
  const { typeName, number, holders, issuedOn, validFrom, validTo, fields } = licence
  const dates = { issuedOn, validFrom, validTo, validToRaw: validTo === null ? '长期' : null }
  return { ...summaryOf(licence, now), typeName, number, holders, ...dates, fields }
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const claims = membersOf(value)
  const entries = Object.keys(claims).map((name) => {
    const claim = at(claims, name)
    if (typeof claim !== 'string') throw new Failure('REQUEST_INVALID', 'claims')
    return [name, claim] as const
  })
  return Object.fromEntries(entries)
}
