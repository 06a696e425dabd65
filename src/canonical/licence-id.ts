import { checkCharacter, legacyCheckCharacter } from './check-character.js'
import { HubError } from './errors.js'

declare const verified: unique symbol
/** A licence identifier (电子证照标识, GB/T 36904) whose grammar and check character have been verified. */
export type LicenceId = string & { readonly [verified]: 'LicenceId' }

export const LICENCE_ROOT = '1.2.156.3005.2'

/** `ok-legacy`: the check character is the deviating one that a deployed product writes; accepted, and said so. */
export type LicenceIdCheck = 'ok' | 'ok-legacy' | 'bad'

/** The parts of an identifier. The type code's first 18 characters name the definer, who need not be the issuer. */
export interface LicenceIdParts {
  /** 证照类型代码: the definer's USCC and three digits. */
  readonly type: string
  /** USCC of the authority that defined the type. */
  readonly definer: string
  /** 颁发机构代码: USCC of the authority that issued the licence; in the wild also a division or a short code. */
  readonly issuer: string
  readonly serial: string
  readonly version: string
  readonly check: string
}

// The grammar is spec/identifiers/licence-id.md. The looser shape exists to name the fault: an identifier whose
// parts hold `_` or small letters is one, but its check character is undefined.
const SHAPE = /^1\.2\.156\.3005\.2\.([^.\s]{21})\.([^.\s]{2,18})\.([^.\s]{1,40})\.([^.\s]{3})\.([^.\s])$/
const ALPHABET = /^[0-9A-Z.]+$/

/** Reads a value from outside: its parts and the three-valued check, or the code of what is wrong with its form. */
export function readLicenceId(
  input: string,
):
  | { readonly parts: LicenceIdParts; readonly check: LicenceIdCheck }
  | 'LICENCE_ID_MALFORMED'
  | 'LICENCE_ID_CHARACTER_REFUSED' {
  const found = input.length <= 128 ? SHAPE.exec(input) : null
  if (found === null) return 'LICENCE_ID_MALFORMED'
  const [, type = '', issuer = '', serial = '', version = '', check = ''] = found
  if (!ALPHABET.test(input)) return 'LICENCE_ID_CHARACTER_REFUSED'
  if (!/^\d{3}$/.test(version) || !/^\d{3}$/.test(type.slice(18))) return 'LICENCE_ID_MALFORMED'
  const body = type + issuer + serial + version
  const outcome = checkCharacter(body) === check ? 'ok' : legacyCheckCharacter(body) === check ? 'ok-legacy' : 'bad'
  return { parts: { type, definer: type.slice(0, 18), issuer, serial, version, check }, check: outcome }
}

/**
 * Turns a value from outside into a LicenceId.
 *
 * @throws HubError LICENCE_ID_MALFORMED, LICENCE_ID_CHARACTER_REFUSED or LICENCE_ID_CHECK_FAILED. The value stays out
 * of the message: messages reach logs, and the identifier leads to a person.
 */
export function parseLicenceId(input: unknown): LicenceId {
  const read = typeof input === 'string' ? readLicenceId(input) : 'LICENCE_ID_MALFORMED'
  if (typeof read === 'string') throw new HubError(read, { subject: 'licenceId' })
  if (read.check === 'bad') throw new HubError('LICENCE_ID_CHECK_FAILED', { subject: 'licenceId' })
  return input as LicenceId
}

// One exchange asks for the parts of one identifier again and again: policy, route and record all want them.
let latest: { readonly id: LicenceId; readonly parts: LicenceIdParts } | undefined

/** The parts of a verified identifier. */
export function licenceIdParts(id: LicenceId): LicenceIdParts {
  if (latest?.id === id) return latest.parts
  const read = readLicenceId(id)
  if (typeof read === 'string') throw new HubError('INTERNAL')
  latest = { id, parts: read.parts }
  return read.parts
}

/** Writes an identifier with its standard check character. */
export function formatLicenceId(parts: Omit<LicenceIdParts, 'definer' | 'check'>): LicenceId {
  const { type, issuer, serial, version } = parts
  const check = checkCharacter(type + issuer + serial + version) ?? ''
  return parseLicenceId(`${LICENCE_ROOT}.${type}.${issuer}.${serial}.${version}.${check}`)
}
