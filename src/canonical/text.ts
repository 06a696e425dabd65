/** One message in the two languages the gateway speaks. Chinese is read first. */
export interface Text {
  readonly zh: string
  readonly en: string
}
