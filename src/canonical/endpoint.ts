import type { Text } from './text.js'

/** Where a system is reached, taken from configuration and never from a message. */
export interface Endpoint {
  /** `https://host:port`, without a path. */
  readonly origin: string
  /** `host[:port]` as the Host field carries it: without the scheme's own port. */
  readonly authority: string
  readonly secure: boolean
  /** Without brackets, for look-up and connecting. */
  readonly host: string
  readonly port: number
  /** The path before the dialect's own, without a slash at its end; empty for the root. */
  readonly mount: string
}

/** What an operator wrote cannot be connected to safely: refused when it is read, not at the first call. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'
  /** The setting concerned, by its name in `spokes/<name>.yaml`. */
  readonly subject: string
  readonly text: Text

  constructor(subject: string, zh: string, en: string, options?: ErrorOptions) {
    super(`${subject}: ${en}`, options)
    this.subject = subject
    this.text = { zh, en }
  }
}

/** True for hosts that cannot leave this machine: 127.0.0.0/8, ::1 and localhost (RFC 6761). */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** @throws EndpointError for anything but https, or http on loopback; for accounts, queries, fragments and odd paths */
export function parseEndpoint(text: string): Endpoint {
  // URL strips tabs and line feeds in silence, so what is checked here is the text itself.
  if (!/^[!-~]{1,400}$/.test(text) || !URL.canParse(text)) {
    throw new EndpointError('endpoint', '不是合法的网址', 'not a valid URL')
  }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new EndpointError('endpoint', '只接受 https（回环地址可用 http）', 'https only, or http on loopback')
  }
  if (url.username || url.password || text.includes('?') || text.includes('#')) {
    throw new EndpointError('endpoint', '网址不得含账号、参数或片段', 'the URL may hold no account, query or fragment')
  }
  if (/[%;\\]|\/\/|\/\.{1,2}(?:\/|$)/.test(text.slice(text.indexOf('//') + 2))) {
    throw new EndpointError('endpoint', '网址的路径须是规范形式', 'the path of the URL must be in canonical form')
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new EndpointError('endpoint', 'http 只可用于回环地址，请用 https', 'http is for loopback only; use https')
  }
  const secure = url.protocol === 'https:'
  return {
    origin: url.origin,
    authority: url.host,
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    mount: url.pathname.replace(/\/$/, ''),
  }
}
