import { canonicalJson, parseJson, textAt } from '../kit/json.js'
import { receiptCode, receiptIn } from '../kit/receipt.js'
import type { Settings } from '../kit/settings.js'
import { strangersKey } from '../kit/sm.js'
import type { Asker, Prepared, Question, Sent, Tamper, Tools } from '../kit/system.js'
import {
  type Covered,
  contentDigest,
  digestHolds,
  readSignature,
  type SigningKey,
  signatureFields,
  signatureHolds,
} from './signature.js'

const HOUR_S = 3600
const WINDOW_S = 300

/** A system that asks the hub in the canonical dialect, and believes nothing that the hub did not sign. */
export function canonicalAsker(settings: Settings, tools: Tools): Asker {
  const own = { keyId: settings.text('keyId'), privateKey: settings.text('privateKey') }
  const keys = settings.texts('peerKeys')
  const mount = settings.has('mount') ? settings.text('mount') : ''
  const { host } = new URL(settings.text('hub'))
  const seconds = () => Math.floor(tools.now() / 1000)
  return {
    tampers: [
      'sig-flip',
      'sig-drop',
      'sig-empty-id',
      'other-key',
      'replay',
      'stale-clock',
      'future-clock',
      'no-purpose',
      'nonce-drop',
    ],
    prepare(question) {
      const { operation, tamper } = question
      const body = Buffer.from(canonicalJson({ ...contentOf(question), trace: tools.hex(16) }))
      const target = `${mount}/v1/${operation}`
      const digest = contentDigest(body)
      const covered: Covered = [
        ['"@method"', 'POST'],
        // URL leaves the scheme's default port out, as the dialect wants it.
        ['"@authority"', host],
        ['"@path"', target],
        ['"@query"', '?'],
        ['"content-digest"', digest],
      ]
      const drift = tamper === 'stale-clock' ? -HOUR_S : tamper === 'future-clock' ? HOUR_S : 0
      const nonce = tamper === 'nonce-drop' ? null : tools.hex(16)
      const fields = signatureFields(
        covered,
        { created: seconds() + drift, keyId: own.keyId, nonce },
        keyFor(tamper, own),
      )
      const base = { host, 'content-type': 'application/json', 'content-digest': digest }
      return { target, headers: { ...base, ...tampered(fields, tamper) }, body }
    },
    read(reply, { question, prepared }) {
      const native = parseJson(reply.body) ?? null
      const signatureValid = replyHolds(reply, prepared, keys, seconds())
      const receipt = receiptIn(reply, native)
      const isAbout = textAt(native, 'licenceId') === question.licenceId
      const verdict = textAt(native, 'code')
      const named = verdict === null ? textAt(native, 'error', 'code') : isAbout ? verdict : 'REPLY_MISMATCH'
      return { native, code: codeOf(named, receiptCode(receipt), reply, signatureValid), receipt, signatureValid }
    },
  }
}

function contentOf({ operation, licenceId, claims, holder, typeCode, issuer, division, purpose }: Question) {
  const asked = operation === 'search' ? { holder, typeCode, issuer, division } : { licenceId }
  const claimed = operation === 'verifyData' && Object.keys(claims).length > 0 ? { claims } : {}
  const present = Object.entries({ ...asked, ...claimed, purpose }).filter(([, value]) => value !== null)
  return Object.fromEntries(present)
}

function keyFor(tamper: Tamper | null, own: SigningKey): SigningKey {
  if (tamper === 'other-key') return strangersKey()
  return tamper === 'sig-empty-id' ? { ...own, userId: '' } : own
}

function tampered(fields: Readonly<Record<string, string>>, tamper: Tamper | null): Readonly<Record<string, string>> {
  if (tamper === 'sig-drop') return {}
  if (tamper !== 'sig-flip') return fields
  const bytes = Buffer.from((fields['signature'] ?? '').slice('hutong=:'.length, -1), 'base64')
  bytes[63] = (bytes[63] ?? 0) ^ 1
  return { ...fields, signature: `hutong=:${bytes.toString('base64')}:` }
}

function codeOf(named: string | null, receipt: string | null, reply: Sent, signatureValid: boolean): string | null {
  // An error may come from a hub that could not tell whom to answer. An answer without a good signature is none.
  if (!signatureValid && reply.status === 200) return 'REPLY_SIGNATURE_INVALID'
  if (named !== null && receipt !== null && named !== receipt) return 'CONTRADICTORY'
  return named ?? receipt
}

function replyHolds(
  { status, headers, body }: Sent,
  asked: Prepared,
  keys: Readonly<Record<string, string>>,
  now: number,
): boolean {
  const { 'signature-input': input, signature: value, 'content-digest': digest } = headers
  if (input === undefined || value === undefined || !digestHolds(digest, body)) return false
  const signature = readSignature(input, value)
  if (signature === null || signature.parameters.has('alg') || signature.parameters.get('tag') !== 'hutong')
    return false
  const values = new Map([
    ['"@status"', String(status)],
    ['"content-digest"', digest ?? ''],
    ['"@method";req', 'POST'],
    ['"@path";req', asked.target],
  ])
  const required = [...values.keys()]
  const ours = asked.headers['signature']
  if (ours !== undefined) {
    const component = '"signature";req;key="hutong"'
    values.set(component, ours.slice('hutong='.length))
    // Whoever could not read our signature cannot repeat it, but then has only an error to report.
    if (status === 200) required.push(component)
  } else if (status === 200) return false
  const { components, parameters } = signature
  const isCovered =
    required.every((component) => components.includes(component)) &&
    components.every((component) => values.has(component)) &&
    new Set(components).size === components.length
  const created = Number(parameters.get('created') ?? Number.NaN)
  const isFresh = Math.abs(created - now) <= WINDOW_S && Number(parameters.get('expires') ?? Number.NaN) >= now
  const keyId = parameters.get('keyid') ?? ''
  const publicKey = Object.hasOwn(keys, keyId) ? keys[keyId] : undefined
  return isCovered && isFresh && publicKey !== undefined && signatureHolds(signature, values, publicKey)
}
