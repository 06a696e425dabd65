import { HubError } from '../../canonical/errors.js'
import type { WireHeaders, WireReply, WireRequest } from '../adapter.js'
import { readSignature } from './signature-input.js'

const HEADER_COMPONENT = /^"([a-z0-9!#$%&'*+.^_`|~-]+)"$/
const PRINTABLE = /^[\x20-\x7e]*$/

/**
 * The text that is signed (RFC 9421, 2.5). A value that could smuggle a line of its own into the base is refused.
 *
 * @throws HubError SIGNATURE_INVALID
 */
export function signatureBase(
  components: readonly string[],
  params: string,
  read: (component: string) => string | undefined,
): string {
  let base = ''
  for (const component of components) {
    const value = read(component)
    if (value === undefined || !PRINTABLE.test(value))
      throw new HubError('SIGNATURE_INVALID', { subject: subjectOf(component) })
    base += `${component}: ${value}\n`
  }
  return `${base}"@signature-params": ${params}`
}

/** Value of a component of a request; undefined when the request has none or we do not know it. */
export function requestValue(component: string, wire: WireRequest): string | undefined {
  switch (component) {
    case '"@method"':
      return wire.method
    case '"@authority"':
      return authorityOf(wire.headers)
    case '"@path"':
      return pathOf(wire.target)
    case '"@query"':
      return queryOf(wire.target)
    default:
      return headerValue(component, wire.headers)
  }
}

/** Value of a component of a reply, `;req` ones from the request that is answered. */
export function replyValue(component: string, reply: WireReply, asked: WireRequest): string | undefined {
  if (component === '"@status"') return String(reply.status)
  if (component === '"@method";req') return asked.method
  if (component === '"@path";req') return pathOf(asked.target)
  if (!component.startsWith('"signature";req')) return headerValue(component, reply.headers)
  const signed = signatureOf(asked)
  return signed !== undefined && component === `"signature";req;key="${signed.label}"`
    ? `:${signed.base64}:`
    : undefined
}

/** Label and value of a request's signature, unverified; undefined when it carries none that can be read. */
export function signatureOf(asked: WireRequest): { readonly label: string; readonly base64: string } | undefined {
  const field = asked.headers['signature']
  if (field === undefined) return undefined
  try {
    return readSignature(field)
  } catch {
    return undefined
  }
}

function headerValue(component: string, headers: WireHeaders): string | undefined {
  const name = HEADER_COMPONENT.exec(component)?.[1]
  return name !== undefined && Object.hasOwn(headers, name) ? headers[name]?.trim() : undefined
}

// The scheme's default port is no part of an authority, and behind a TLS front the scheme cannot be seen.
function authorityOf(headers: WireHeaders): string | undefined {
  const host = headers['host']?.trim().toLowerCase()
  return host === undefined || host === '' ? undefined : host.replace(/:(?:80|443)$/, '')
}

function pathOf(target: string): string | undefined {
  const end = target.indexOf('?')
  const path = end < 0 ? target : target.slice(0, end)
  return path.startsWith('/') ? path : undefined
}

function queryOf(target: string): string {
  const start = target.indexOf('?')
  return start < 0 ? '?' : target.slice(start)
}

/** The bare name of a component: error subjects are names, and this one may come from outside. */
export function subjectOf(component: string): string {
  return /^"([@a-z0-9-]{1,40})"/.exec(component)?.[1] ?? 'signature-input'
}
