/** What the log asks of a file that only grows; `src/store/append-file.ts` is one. */
export interface AppendTarget {
  readonly length: number
  /** Durable when it resolves; when it rejects, the bytes are not in the file. */
  append(bytes: Uint8Array): Promise<void>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

/** Opens a file for appending, or creates it. */
export type OpenAppendTarget = (path: string) => Promise<AppendTarget>
