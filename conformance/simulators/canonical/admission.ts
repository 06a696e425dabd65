import type { Once } from '../kit/once.js'
import type { Received } from '../kit/system.js'
import { Failure } from './failure.js'
import { digestHolds, type ReadSignature, readSignature, signatureHolds } from './signature.js'

const REQUIRED = ['"@method"', '"@authority"', '"@path"', '"@query"', '"content-digest"']
const WINDOW_S = 300

/** What the receiver knows. */
export interface Admission {
  /** Public points by key id. */
  readonly keys: Readonly<Record<string, string>>
  readonly once: Once
  /** Epoch seconds. */
  readonly now: number
}

/** Lets a signed request in, or throws the first check that fails, in the order of the dialect's page. */
export function admit(request: Received, { keys, once, now }: Admission): ReadSignature {
  const { headers, body } = request
  const input = headers['signature-input']
  const value = headers['signature']
  if (input === undefined || value === undefined) throw new Failure('SIGNATURE_MISSING')
  const signature = readSignature(input, value)
  if (signature === null) throw new Failure('SIGNATURE_INVALID', 'signature')
  const { components, parameters } = signature
  if (parameters.has('alg')) throw new Failure('SIGNATURE_INVALID', 'alg')
  if (parameters.get('tag') !== 'hutong') throw new Failure('SIGNATURE_INVALID', 'tag')
  const values = valuesOf(request)
  for (const component of REQUIRED) {
    if (!components.includes(component)) throw new Failure('SIGNATURE_INVALID', component.replaceAll('"', ''))
  }
  if (new Set(components).size !== components.length || components.some((component) => !values.has(component))) {
    throw new Failure('SIGNATURE_INVALID', 'signature-input')
  }
  const keyId = parameters.get('keyid')
  if (keyId === undefined) throw new Failure('SIGNATURE_INVALID', 'keyid')
  const publicKey = Object.hasOwn(keys, keyId) ? keys[keyId] : undefined
  if (publicKey === undefined) throw new Failure('KEY_UNKNOWN')
  checkTimes(parameters, now)
  const nonce = parameters.get('nonce')
  if (nonce === undefined) throw new Failure('NONCE_MISSING')
  if (!/^[A-Za-z0-9._~+/=-]{16,128}$/.test(nonce)) throw new Failure('SIGNATURE_INVALID', 'nonce')
  if (!digestHolds(headers['content-digest'], body)) throw new Failure('DIGEST_MISMATCH')
  if (!signatureHolds(signature, values, publicKey)) throw new Failure('SIGNATURE_INVALID')
  if (!once.claim(`${keyId} ${nonce}`)) throw new Failure('NONCE_REPLAYED')
  return signature
}

function checkTimes(parameters: ReadonlyMap<string, string>, now: number): void {
  const time = (name: string): number => {
    const text = parameters.get(name)
    if (text === undefined || !/^\d{1,12}$/.test(text)) throw new Failure('TIMESTAMP_MISSING', name)
    return Number(text)
  }
  const created = time('created')
  if (time('expires') < now || created < now - WINDOW_S) throw new Failure('TIMESTAMP_STALE')
  if (created > now + WINDOW_S) throw new Failure('TIMESTAMP_FUTURE')
}

function valuesOf({ method, target, headers }: Received): ReadonlyMap<string, string> {
  const [path = '', ...query] = target.split('?')
  const plain = Object.entries(headers).map(([name, value]) => [`"${name}"`, value.trim()] as const)
  return new Map([
    ...plain,
    ['"@method"', method],
    ['"@authority"', (headers['host'] ?? '').toLowerCase().replace(/:(?:80|443)$/, '')],
    ['"@path"', path],
    ['"@query"', `?${query.join('?')}`],
  ])
}
