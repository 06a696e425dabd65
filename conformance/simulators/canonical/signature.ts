import { createHash } from 'node:crypto'
import { sm2Holds, sm2Sign, sm3Of } from '../kit/sm.js'

/** What a message's signature covers: a component as it is written in Signature-Input, and its value. */
export type Covered = readonly (readonly [component: string, value: string])[]

export interface SigningParameters {
  /** Whole seconds since 1970. */
  readonly created: number
  readonly keyId: string
  /** Null leaves the parameter out, which a receiver must refuse. */
  readonly nonce: string | null
}

export interface SigningKey {
  /** Private scalar, hexadecimal. */
  readonly privateKey: string
  readonly userId?: string
}

export const LIFETIME_S = 300

/** Content-Digest (RFC 9530) of some bytes, with SHA-256 and with SM3. */
export function contentDigest(body: Uint8Array): string {
  const sha256 = createHash('sha256').update(body).digest('base64')
  return `sha-256=:${sha256}:, sm3=:${sm3Of(body).toString('base64')}:`
}

/** The bytes that are signed (RFC 9421, 2.5): a line for each component, and the parameters. */
export function signatureBase(covered: Covered, parameters: string): Buffer {
  const lines = covered.map(([component, value]) => `${component}: ${value}`)
  return Buffer.from([...lines, `"@signature-params": ${parameters}`].join('\n'), 'ascii')
}

/** What follows the label in Signature-Input. */
export function signatureParameters(covered: Covered, { created, nonce, keyId }: SigningParameters): string {
  const components = covered.map(([component]) => component).join(' ')
  const once = nonce === null ? '' : `;nonce="${nonce}"`
  return `(${components});created=${created};expires=${created + LIFETIME_S}${once};keyid="${keyId}";tag="hutong"`
}

/** The two signature fields of a message. */
export function signatureFields(
  covered: Covered,
  parameters: SigningParameters,
  { privateKey, userId }: SigningKey,
): { readonly 'signature-input': string; readonly signature: string } {
  const written = signatureParameters(covered, parameters)
  const signed = sm2Sign(signatureBase(covered, written), privateKey, userId)
  return { 'signature-input': `hutong=${written}`, signature: `hutong=:${signed.toString('base64')}:` }
}

/** Signature-Input and Signature, taken apart. */
export interface ReadSignature {
  readonly label: string
  readonly components: readonly string[]
  readonly parameters: ReadonlyMap<string, string>
  /** Everything after the label, as sent. */
  readonly written: string
  /** The signature's value as sent, colons included. */
  readonly value: string
  readonly bytes: Buffer
}

const LABEL = '[a-z*][a-z0-9_.*-]{0,63}'
const COMPONENT = '"[a-z0-9@-]+"(?:;[a-z]+(?:="[^"\\\\]*")?)*'
const INPUT = new RegExp(
  `^(${LABEL})=(\\(((?:${COMPONENT}(?: ${COMPONENT})*)?)\\)((?:;[a-z]+=(?:\\d+|"[^"\\\\]*"))*))$`,
)
const SIGNATURE = new RegExp(`^(${LABEL})=(:([A-Za-z0-9+/]+={0,2}):)$`)

/** Takes both fields apart. Null when either has another form, or they bear different labels. */
export function readSignature(input: string, signature: string): ReadSignature | null {
  const given = INPUT.exec(input)
  const value = SIGNATURE.exec(signature)
  if (given === null || value === null || input.length > 1024 || given[1] !== value[1]) return null
  const parameters = new Map<string, string>()
  for (const [, name = '', number, text] of (given[4] ?? '').matchAll(/;([a-z]+)=(?:(\d+)|"([^"\\]*)")/g)) {
    if (parameters.has(name)) return null
    parameters.set(name, number ?? text ?? '')
  }
  const bytes = Buffer.from(value[3] ?? '', 'base64')
  if (bytes.length !== 64 || bytes.toString('base64') !== value[3]) return null
  return {
    label: given[1] ?? '',
    components: [...(given[3] ?? '').matchAll(new RegExp(COMPONENT, 'g'))].map(([component]) => component),
    parameters,
    written: given[2] ?? '',
    value: value[2] ?? '',
    bytes,
  }
}

/** Whether the signature holds over the components that it names; their values are the verifier's own. */
export function signatureHolds(
  { components, written, bytes }: ReadSignature,
  values: ReadonlyMap<string, string>,
  publicKey: string,
): boolean {
  const covered = components.map((component) => [component, values.get(component) ?? ''] as const)
  return sm2Holds(signatureBase(covered, written), bytes, publicKey)
}

/** Whether every digest that we know is the body's, at least one is there, and none is there twice. */
export function digestHolds(field: string | undefined, body: Uint8Array): boolean {
  if (field === undefined) return false
  const entries = [...field.matchAll(/(?:^|, *)([a-z0-9-]+)=:([A-Za-z0-9+/=]*):/g)]
  const given = new Map(entries.map(([, name = '', digest = '']) => [name, digest]))
  if (given.size !== entries.length || entries.map(([text]) => text).join('').length !== field.length) return false
  const known = [
    [given.get('sha-256'), createHash('sha256').update(body).digest('base64')],
    [given.get('sm3'), sm3Of(body).toString('base64')],
  ] as const
  const present = known.filter(([digest]) => digest !== undefined)
  return present.length > 0 && present.every(([digest, own]) => digest === own)
}
