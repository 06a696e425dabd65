import { HubError } from '../../canonical/errors.js'

/** Longest `Signature-Input` and `Signature` that are read at all. */
export const SIGNATURE_FIELD_LIMIT = 1024

/** The one member of a `Signature-Input` field, read but not judged. */
export interface SignatureInput {
  readonly label: string
  /** The member's value as sent: what `@signature-params` stands for in the signature base. */
  readonly params: string
  /** Covered components as written, quotes and parameters included: `"@method";req`. */
  readonly components: readonly string[]
  readonly created: number | undefined
  readonly expires: number | undefined
  readonly nonce: string | undefined
  readonly keyId: string | undefined
  readonly tag: string | undefined
  readonly alg: string | undefined
}

const MEMBER = /^([a-z*][a-z0-9_.*-]{0,63})=(\(([^()]*)\)(.*))$/
const PARAMETER = /;([a-z*][a-z0-9_.*-]*)=(?:(-?(?:0|[1-9]\d{0,14}))|"([\x20\x21\x23-\x5b\x5d-\x7e]*)")/y
const SIGNATURE = /^([a-z*][a-z0-9_.*-]{0,63})=:([A-Za-z0-9+/]{85}[AQgw]==):$/

/**
 * Reads a `Signature-Input` that holds one member in the canonical serialisation of RFC 8941. The base that was signed
 * repeats the member in that serialisation, so nothing is lost by refusing any other, and two readers cannot differ.
 *
 * @throws HubError SIGNATURE_INVALID
 */
export function readSignatureInput(field: string): SignatureInput {
  const found = field.length <= SIGNATURE_FIELD_LIMIT ? MEMBER.exec(field) : null
  if (found === null) return invalid('signature-input')
  const [, label = '', params = '', inner = '', tail = ''] = found
  const values = new Map<string, string | number>()
  PARAMETER.lastIndex = 0
  let end = 0
  for (let match = PARAMETER.exec(tail); match !== null; match = PARAMETER.exec(tail)) {
    const [, name = '', whole, text = ''] = match
    if (values.has(name)) return invalid('signature-input')
    values.set(name, whole === undefined ? text : Number(whole))
    end = PARAMETER.lastIndex
  }
  if (end !== tail.length) return invalid('signature-input')
  return {
    label,
    params,
    components: inner === '' ? [] : inner.split(' '),
    created: wholeOf(values.get('created')),
    expires: wholeOf(values.get('expires')),
    nonce: textOf(values.get('nonce')),
    keyId: textOf(values.get('keyid')),
    tag: textOf(values.get('tag')),
    alg: values.has('alg') ? String(values.get('alg')) : undefined,
  }
}

/**
 * The one member of a `Signature` field: its label and 64 bytes.
 *
 * @throws HubError SIGNATURE_INVALID
 */
export function readSignature(field: string): { readonly label: string; readonly base64: string } {
  const found = field.length <= SIGNATURE_FIELD_LIMIT ? SIGNATURE.exec(field) : null
  if (found === null) return invalid('signature')
  const [, label = '', base64 = ''] = found
  return { label, base64 }
}

function wholeOf(value: string | number | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textOf(value: string | number | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function invalid(subject: string): never {
  throw new HubError('SIGNATURE_INVALID', { subject })
}
