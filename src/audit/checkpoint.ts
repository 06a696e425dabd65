import { createHash } from 'node:crypto'
import { fromBase64, toBase64 } from './base64.js'
import { SIGNATURE_BYTES, type SigningKey, type VerifyingKeys } from './keys.js'
import { HASH_BYTES, sameBytes } from './merkle.js'

/** What a checkpoint states: the log of this name has `size` records, and this is the root over them. */
export interface TreeHead {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** Longest checkpoint that is read: sixteen signature lines, as verifiers of signed notes must take, of 4 KB each. */
export const MAX_CHECKPOINT_CHARS = 65_536
const MAX_SIGNATURES = 16

/**
 * An origin, which is also the name of the log's key: a schema-less URL such as `gateway.example/audit`. It must not
 * start with `{` or `"`, for the same key signs receipts (`{…`) and HTTP messages (`"…`): so no checkpoint can be taken
 * for one of those.
 */
const ORIGIN = /^[A-Za-z0-9][A-Za-z0-9._~:/@-]{0,127}$/

/**
 * Signature type: the byte 0xff, which C2SP signed-note sets aside for types without a number, and a name of our own.
 * SM2 has no number there (EST).
 */
const SIGNATURE_TYPE = Buffer.concat([Uint8Array.of(0xff), Buffer.from('hutong-sm2-sm3')])

export function isOrigin(text: string): boolean {
  return ORIGIN.test(text)
}

/**
 * Signs tree heads of one log with one key, as C2SP tlog-checkpoint: three lines, a blank one, a signature line.
 * The signature is SM2 with SM3 over the three lines with their newlines.
 *
 * @throws RangeError for an origin outside its grammar
 */
export function checkpointSigner(origin: string, key: SigningKey) {
  if (!isOrigin(origin)) throw new RangeError('not an origin: a name like gateway.example/audit')
  const hash = keyHash(origin, key.keyId)
  return async (size: number, root: Uint8Array): Promise<string> => {
    const body = checkpointBody({ origin, size, root })
    const signature = await key.sign(Buffer.from(body, 'utf8'))
    if (signature.length !== SIGNATURE_BYTES) throw new Error('the key did not return an SM2 signature')
    return `${body}\n— ${origin} ${Buffer.concat([hash, signature]).toString('base64')}\n`
  }
}

/** The text that is signed. */
function checkpointBody({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/**
 * Four bytes that tell a verifier which key to try. signed-note hashes name, type and public key with SHA-256; the key
 * id stands in for the public key here, since it is what our key list is ordered by. Only a hint: it secures nothing.
 */
function keyHash(origin: string, keyId: string): Uint8Array {
  const hash = createHash('sha256').update(`${origin}\n`).update(SIGNATURE_TYPE).update(`\n${keyId}`).digest()
  return hash.subarray(0, 4)
}

interface SignatureLine {
  readonly name: string
  readonly keyHash: Uint8Array
  readonly signature: Uint8Array
}

/** A checkpoint whose form is right; nothing about it is verified. */
export interface ParsedCheckpoint {
  readonly head: TreeHead
  readonly body: string
  readonly signatures: readonly SignatureLine[]
}

/** Reads a checkpoint, strictly: one spelling for everything, no extension lines, 1 to 16 signatures. Null otherwise. */
export function parseCheckpoint(text: string): ParsedCheckpoint | null {
  if (text.length > MAX_CHECKPOINT_CHARS || !text.endsWith('\n')) return null
  const [origin = '', count = '', hash = '', blank, ...lines] = text.slice(0, -1).split('\n')
  if (!isOrigin(origin) || !/^(?:0|[1-9]\d{0,15})$/.test(count) || blank !== '') return null
  const size = Number(count)
  const root = fromBase64(hash)
  if (!Number.isSafeInteger(size) || root?.length !== HASH_BYTES) return null
  if (lines.length < 1 || lines.length > MAX_SIGNATURES) return null
  const signatures: SignatureLine[] = []
  for (const line of lines) {
    const [, name, base64] = /^— ([^\s+]{1,256}) ([A-Za-z0-9+/=]{8,8192})$/u.exec(line) ?? []
    const bytes = base64 === undefined ? null : fromBase64(base64)
    if (name === undefined || bytes === null || bytes.length < 5) return null
    signatures.push({ name, keyHash: bytes.subarray(0, 4), signature: bytes.subarray(4) })
  }
  const head = { origin, size, root }
  return { head, body: checkpointBody(head), signatures }
}

export type CheckpointFault = 'checkpoint-malformed' | 'checkpoint-key-unknown' | 'checkpoint-signature-invalid'

/**
 * Reads a checkpoint and verifies what the log signed. Lines by others (witnesses) are passed over; a line that bears
 * the log's name and the hash of a known key must hold.
 */
export function verifyCheckpoint(
  text: string,
  keys: VerifyingKeys,
): { readonly head: TreeHead; readonly keyId: string } | CheckpointFault {
  const parsed = parseCheckpoint(text)
  if (parsed === null) return 'checkpoint-malformed'
  const { head, body, signatures } = parsed
  let signer: string | null = null
  for (const { name, keyHash: hint, signature } of signatures) {
    if (name !== head.origin) continue
    const candidates = [...keys.values()].filter(({ keyId }) => sameBytes(keyHash(name, keyId), hint))
    if (candidates.length === 0) continue
    const message = Buffer.from(body, 'utf8')
    // Two keys may share a hash by accident: one that verifies is enough.
    const holder = candidates.find((key) => signature.length === SIGNATURE_BYTES && key.verify(message, signature))
    if (holder === undefined) return 'checkpoint-signature-invalid'
    signer ??= holder.keyId
  }
  return signer === null ? 'checkpoint-key-unknown' : { head, keyId: signer }
}
