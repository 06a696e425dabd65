import { canonicalJson, parseJson, textAt } from '../kit/json.js'
import { receiptIn } from '../kit/receipt.js'
import type { Settings } from '../kit/settings.js'
import { strangersKey } from '../kit/sm.js'
import type { Asker, Prepared, Question, Sent, Tamper, Tools } from '../kit/system.js'
import { contentDigest, replyHolds, requestComponents, requestLines, signatureFields } from './signature.js'

const tampers: readonly Tamper[] = [
  'sig-flip',
  'sig-drop',
  'sig-empty-id',
  'other-key',
  'replay',
  'stale-clock',
  'future-clock',
  'no-purpose',
  'nonce-drop',
]
const HOUR_MS = 3_600_000

/** A provincial system that asks in the canonical dialect, and checks what it is answered. */
export function canonicalAsker(settings: Settings, tools: Tools): Asker {
  const keyId = settings.text('keyId')
  const privateKey = settings.text('privateKey')
  const peerKeys = settings.texts('peerKeys')
  const mount = settings.text('mount')
  const authority = new URL(settings.text('hub')).host
  return { tampers, prepare, read }

  function prepare(question: Question): Prepared {
    const { operation, tamper } = question
    const target = `${mount}/v1/${operation}`
    const body = Buffer.from(canonicalJson(bodyOf(question)))
    const digest = contentDigest(body)
    const shift = tamper === 'stale-clock' ? -HOUR_MS : tamper === 'future-clock' ? HOUR_MS : 0
    const fields = signatureFields(requestComponents(), requestLines('POST', authority, target, digest), {
      keyId,
      privateKey: tamper === 'other-key' ? strangersKey().privateKey : privateKey,
      now: tools.now() + shift,
      nonce: tamper === 'nonce-drop' ? null : tools.hex(16),
      ...(tamper === 'sig-empty-id' ? { userId: '' } : {}),
    })
    const plain = { host: authority, 'content-type': 'application/json', 'content-digest': digest }
    return { target, headers: { ...plain, ...bent(fields, tamper) }, body }
  }

  function read(reply: Sent, { prepared }: { readonly prepared: Prepared }) {
    const native = parseJson(reply.body)
    const signatureValid = replyHolds(reply, 'POST', prepared.target, prepared.headers['signature'], peerKeys)
    const code = textAt(native, 'error', 'code') ?? textAt(native, 'code') ?? (reply.status === 200 ? 'OK' : null)
    return { native, code, receipt: receiptIn(reply, native), signatureValid }
  }
}

function bodyOf({ operation, licenceId, claims, holder, typeCode, issuer, division, purpose }: Question): unknown {
  const about =
    operation === 'search'
      ? { holder, typeCode: typeCode ?? undefined, issuer: issuer ?? undefined, division: division ?? undefined }
      : { licenceId, claims: operation === 'verifyData' && Object.keys(claims).length > 0 ? claims : undefined }
  return { ...about, purpose: purpose ?? undefined }
}

function bent(fields: Readonly<Record<string, string>>, tamper: Tamper | null): Readonly<Record<string, string>> {
  const { signature = '', ...input } = fields
  if (tamper === 'sig-drop') return input
  if (tamper !== 'sig-flip') return fields
  const bytes = Buffer.from(/:(.*):/.exec(signature)?.[1] ?? '', 'base64')
  bytes[10] = (bytes[10] ?? 0) ^ 1
  return { ...input, signature: `hutong=:${bytes.toString('base64')}:` }
}
