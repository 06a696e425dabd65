import { HubError } from '../../canonical/errors.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no form for exactly these
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const SPECIAL = /[&<>\r]/g
const replacements: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

/**
 * Character data of an element.
 *
 * @throws HubError REQUEST_INVALID for a character that XML cannot carry, escaped or not
 */
export function escapeText(text: string): string {
  writable(text)
  // A bare CR would be read back as LF.
  return text.replace(SPECIAL, (character) => replacements[character] ?? '')
}

/** `<name>text</name>`; the name is the caller's own and not escaped. @throws HubError as `escapeText` */
export function element(name: string, text: string): string {
  return `<${name}>${escapeText(text)}</${name}>`
}

/** As `element`; nothing at all when there is no text. @throws HubError as `escapeText` */
export function optionalElement(name: string, text: string | null | undefined): string {
  return text === null || text === undefined || text === '' ? '' : element(name, text)
}

/**
 * A CDATA section that holds any text, other CDATA sections included: what would end it is split over two.
 *
 * @throws HubError as `escapeText`
 */
export function cdata(text: string): string {
  writable(text)
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>').replaceAll('\r', ']]>&#13;<![CDATA[')}]]>`
}

/** The text with what XML cannot carry replaced by U+FFFD. */
export function writableText(text: string): string {
  return text.toWellFormed().replace(new RegExp(UNWRITABLE, 'g'), '\ufffd')
}

function writable(text: string): void {
  if (UNWRITABLE.test(text) || !text.isWellFormed()) throw new HubError('REQUEST_INVALID', { subject: 'characters' })
}
