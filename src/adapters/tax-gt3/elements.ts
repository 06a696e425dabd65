import { HubError } from '../../canonical/errors.js'
import { readDate, readValidTo, type ValidTo } from '../wire/dates.js'
import { type ReadFault, safeName } from '../wire/read.js'
import type { XmlElement } from '../wire/xml.js'

/** The children of an element by name, and the code of what is thrown when one is not what it should be. */
export interface Elements {
  /** Elements that occur once, by their text; an empty one is not here. */
  readonly texts: ReadonlyMap<string, string>
  /** Elements with children of their own, in document order. */
  readonly lists: ReadonlyMap<string, readonly XmlElement[]>
  readonly code: ReadFault
}

/** What may stand in an element. */
export interface Shape {
  readonly texts: ReadonlySet<string>
  readonly lists?: ReadonlySet<string>
}

export interface Reading {
  readonly code: ReadFault
  /** Refuse elements that the shape does not list, instead of passing over them. */
  readonly strict: boolean
}

const NO_LISTS: ReadonlySet<string> = new Set()

/** @throws HubError with the reading's code for an element that occurs twice, is nested, foreign or unknown */
export function readElements(parent: XmlElement, shape: Shape, { code, strict }: Reading): Elements {
  const texts = new Map<string, string>()
  const seen = new Set<string>()
  const lists = new Map<string, XmlElement[]>()
  const known = shape.lists ?? NO_LISTS
  for (const child of parent.children) {
    const { name } = child
    if (child.namespace !== parent.namespace) {
      if (strict) throw new HubError(code, { subject: safeName(name) })
    } else if (known.has(name)) {
      const list = lists.get(name)
      if (list === undefined) lists.set(name, [child])
      else list.push(child)
    } else if (shape.texts.has(name)) {
      if (seen.has(name) || child.children.length > 0) throw new HubError(code, { subject: name })
      seen.add(name)
      if (child.text !== '') texts.set(name, child.text)
    } else if (strict) throw new HubError(code, { subject: safeName(name) })
  }
  return { texts, lists, code }
}

export function refuse(elements: Elements, name: string): never {
  throw new HubError(elements.code, { subject: name })
}

/** The text of an element that must be there. */
export function textOf(elements: Elements, name: string): string {
  return elements.texts.get(name) ?? refuse(elements, name)
}

/** A text of at most `limit` UTF-16 units without control characters; null when there is none. */
export function boundedText(elements: Elements, name: string, limit: number): string | null {
  const text = elements.texts.get(name)
  if (text === undefined) return null
  return isPlainText(text, limit) ? text : refuse(elements, name)
}

export function isPlainText(text: string, limit: number): boolean {
  return text.length > 0 && text.length <= limit && !/\p{Cc}/u.test(text)
}

/** `Y` or `N`; null when absent. */
export function flagOf(elements: Elements, name: string): boolean | null {
  const text = elements.texts.get(name)
  if (text === undefined) return null
  return text === 'Y' ? true : text === 'N' ? false : refuse(elements, name)
}

/** A date as `YYYY-MM-DD`; null when absent. */
export function dateAt(elements: Elements, name: string): string | null {
  const text = elements.texts.get(name)
  return text === undefined ? null : (readDate(text) ?? refuse(elements, name))
}

/** The end of a validity. What is neither a date nor known to mean open-ended is refused: it might be a date. */
export function endAt(elements: Elements, name: string): ValidTo {
  return readValidTo(elements.texts.get(name) ?? '') ?? refuse(elements, name)
}
