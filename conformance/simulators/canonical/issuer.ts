import type { Book, BookLicence } from '../kit/book.js'
import { at, canonicalJson, membersOf, parseJson, textAt } from '../kit/json.js'
import type { Settings } from '../kit/settings.js'
import { strangersKey } from '../kit/sm.js'
import type { Fault, Issuer, Manner, Received, Sent, Tools } from '../kit/system.js'
import { lifecycleOf, reportOf } from './report.js'
import { contentDigest, replyParts, requestFault, signatureFields } from './signature.js'

const faults: readonly Fault[] = [
  'wrong-charset',
  'error-in-200',
  'wrong-signature',
  'stale-clock',
  'other-licence',
  'lie',
]

/** What is answered, before it is signed. */
interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A provincial system that speaks the canonical dialect. */
export function canonicalIssuer(settings: Settings, book: Book, tools: Tools): Issuer {
  const own = { keyId: settings.text('keyId'), privateKey: settings.text('privateKey') }
  const peerKeys = settings.texts('peerKeys')
  return {
    faults,
    contentType: 'application/json',
    answer(request, manner) {
      const wrong = requestFault(request, peerKeys, tools.now())
      if (wrong !== null) return signed(request, refusal(401, wrong), manner)
      const body = parseJson(request.body)
      const id = textAt(body, 'licenceId') ?? ''
      if (request.target !== '/v1/search' && book.conductFor(id) === 'silent') return null
      return signed(request, manner.fault === 'error-in-200' ? ERROR_IN_200 : answer(request, body, manner), manner)
    },
  }

  function answer(request: Received, body: unknown, { fault }: Manner): Answer {
    const id = textAt(body, 'licenceId') ?? ''
    const conduct = book.conductFor(id)
    if (request.target === '/v1/search') return { status: 200, body: { found: found(body).map(summaryOf) } }
    if (conduct === 'not-offered') return refusal(501, 'OPERATION_UNSUPPORTED')
    if (conduct === 'refuses') return refusal(403, 'LICENCE_WITHHELD')
    const shown = shownLicence(id, fault)
    if (request.target === '/v1/verifyData') {
      const claims = membersOf(at(body, 'claims')) as Record<string, string>
      const told = fault === 'other-licence' ? (shown?.id ?? id) : id
      const node = settings.has('node') ? settings.text('node') : 'issuer'
      return { status: 200, body: reportOf(told, shown, fault === 'lie' ? {} : claims, node, tools.now()) }
    }
    if (request.target !== '/v1/getData') return refusal(404, 'ENDPOINT_UNKNOWN')
    return shown === undefined
      ? refusal(404, 'LICENCE_NOT_FOUND')
      : { status: 200, body: { licence: licenceOf(shown) } }
  }

  /** The licence that is shown for an identifier: its own, another one, or one that is always in force. */
  function shownLicence(id: string, fault: Fault | null): BookLicence | undefined {
    if (fault === 'other-licence') return book.otherThan(id)
    if (fault !== 'lie') return book.find(id)
    return {
      ...(book.find(id) ?? book.otherThan(id)),
      id,
      status: '01',
      validFrom: '2000-01-01',
      validTo: '2099-12-31',
    }
  }

  function found(body: unknown): readonly BookLicence[] {
    const holder = { typeCode: textAt(body, 'holder', 'typeCode') ?? '', code: textAt(body, 'holder', 'code') ?? '' }
    return book.heldBy(holder, textAt(body, 'typeCode'))
  }

  function signed(request: Received, { status, body }: Answer, { fault, encode }: Manner): Sent {
    const bytes = encode(canonicalJson(body))
    const digest = contentDigest(bytes)
    const { components, lines } = replyParts(
      status,
      digest,
      request.method,
      request.target,
      request.headers['signature'],
    )
    const fields = signatureFields(components, lines, {
      keyId: own.keyId,
      privateKey: fault === 'wrong-signature' ? strangersKey().privateKey : own.privateKey,
      now: tools.now() - (fault === 'stale-clock' ? 3_600_000 : 0),
      nonce: tools.hex(16),
    })
    return { status, headers: { 'content-type': 'application/json', 'content-digest': digest, ...fields }, body: bytes }
  }
}

const ERROR_IN_200: Answer = {
  status: 200,
  body: { error: { code: 'ISSUER_FAILED', message: { zh: '系统繁忙', en: 'busy' } } },
}

function refusal(status: number, code: string): Answer {
  return { status, body: { error: { code, message: { zh: code, en: code }, retryable: false } } }
}

function summaryOf(licence: BookLicence) {
  const { id, name, typeCode, issuer } = licence
  return { id, name, typeCode, issuer, lifecycle: lifecycleOf(licence) }
}

function licenceOf(licence: BookLicence) {
  const { status: _status, conduct: _conduct, earns: _earns, claims: _claims, ...rest } = licence
  return { ...rest, validToRaw: null, lifecycle: lifecycleOf(licence) }
}
