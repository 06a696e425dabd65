import type { Text } from '../canonical/text.js'

/** A log that must not be continued: something signed is gone or changed. Nothing was written to it. */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError'
  readonly text: Text
  /** The first record concerned, where that is known. */
  readonly index: number | null

  constructor(text: Text, index: number | null = null) {
    super(text.en)
    this.text = text
    this.index = index
  }
}
