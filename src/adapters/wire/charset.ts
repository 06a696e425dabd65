import iconv from 'iconv-lite'
import { HubError } from '../../canonical/errors.js'

/** GBK, GB2312 and GB18030 are one family: each is a subset of the next, and GB18030 reads them all. */
export type Charset = 'utf-8' | 'gb18030'

const charsets: ReadonlyMap<string, Charset> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['gb18030', 'gb18030'],
  ['gbk', 'gb18030'],
  ['gb2312', 'gb18030'],
])

const decoders = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  gb18030: new TextDecoder('gb18030', { fatal: true }),
} as const

/**
 * The charset that a Content-Type declares, or null when it declares none.
 *
 * @throws HubError CHARSET_UNSUPPORTED
 */
export function charsetOf(contentType: string | undefined): Charset | null {
  const found = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType ?? '')
  return found === null ? null : charsetNamed(found[1] ?? '')
}

/**
 * Text from bytes in a declared charset. A byte-order mark of UTF-8 is taken off.
 *
 * @throws HubError CHARSET_MISMATCH when the bytes are not in that charset
 */
export function decodeText(bytes: Uint8Array, charset: Charset): string {
  if (charset === 'gb18030' && isUtf8Text(bytes)) throw new HubError('CHARSET_MISMATCH')
  const text = decoded(bytes, charset)
  if (text === undefined) throw new HubError('CHARSET_MISMATCH')
  return text
}

/**
 * Text of an XML document: by the charset of its Content-Type, else by its XML declaration, else UTF-8.
 *
 * @throws HubError CHARSET_UNSUPPORTED, or CHARSET_MISMATCH when the two differ or the bytes are in neither
 */
export function decodeXmlText(bytes: Uint8Array, contentType: string | undefined): string {
  const outer = charsetOf(contentType)
  const inner = declaredIn(bytes)
  if (outer !== null && inner !== null && outer !== inner) throw new HubError('CHARSET_MISMATCH')
  return decodeText(bytes, outer ?? inner ?? 'utf-8')
}

/** Bytes of a text. Both charsets hold all of Unicode, so nothing is lost; lone surrogates are the caller's to refuse. */
export function encodeText(text: string, charset: Charset): Uint8Array {
  return charset === 'utf-8' ? Buffer.from(text) : iconv.encode(text, 'gb18030')
}

function charsetNamed(name: string): Charset {
  const charset = charsets.get(name.toLowerCase())
  if (charset === undefined) throw new HubError('CHARSET_UNSUPPORTED')
  return charset
}

// Every charset that we take agrees with ASCII, so the declaration can be read before the charset is known.
function declaredIn(bytes: Uint8Array): Charset | null {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  if (bytes[start] !== 0x3c || bytes[start + 1] !== 0x3f) return null
  const head = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(bytes.byteLength - start, 200))
  const found = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(head.toString('latin1'))
  return found === null ? null : charsetNamed(found[1] ?? '')
}

function decoded(bytes: Uint8Array, charset: Charset): string | undefined {
  try {
    return decoders[charset].decode(bytes)
  } catch {
    return undefined
  }
}

// UTF-8 that is labelled GBK often decodes without a fault, to other characters: a holder's name would then differ
// from the issuer's record, and a genuine licence be called a mismatch. Chinese text in GBK is valid UTF-8 only by
// accident, and eight characters of it practically never.
function isUtf8Text(bytes: Uint8Array): boolean {
  const text = decoded(bytes, 'utf-8')
  return text !== undefined && bytes.length - text.length >= 16
}
