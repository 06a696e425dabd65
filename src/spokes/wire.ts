/** A request as bytes. Has the shape of the adapters' WireRequest, which this folder does not import. */
export interface SpokeRequest {
  readonly method: string
  /** Path and query as they go on the wire. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A reply as bytes; `headers` holds allowed names only, in lower case. */
export interface SpokeReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}
