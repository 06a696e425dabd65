import { type Appended, type AuditLog, type AuditLogOptions, openAuditLog } from '../src/audit/audit-log.js'
import { fromBase64 } from '../src/audit/base64.js'
import { verifyCheckpoint } from '../src/audit/checkpoint.js'
import type { SigningKey, VerifyingKey, VerifyingKeys } from '../src/audit/keys.js'
import { leafHash, verifyInclusion } from '../src/audit/merkle.js'
import { prepareRecord } from '../src/audit/record-line.js'
import type { AuditEntry } from '../src/canonical/audit-record.js'
import { nodeEngine } from '../src/crypto/engine-node.js'
import { generateSm2Key, publicPointOf, signingKey, verifyingKey } from '../src/crypto/sm2-keys.js'
import { sm3Hex } from '../src/crypto/sm3.js'
import { openAppendFile } from '../src/store/append-file.js'

export const ORIGIN = 'gateway.example/audit'
export const NUMBER_KEY = Buffer.from('hutong-test-receipt-numbers')

/** A pair of SM2 keys under an id. */
export interface TestKey {
  readonly signing: SigningKey
  readonly verifying: VerifyingKey
}

export function testKey(keyId: string): TestKey {
  const d = generateSm2Key()
  const point = publicPointOf(d)
  return { signing: signingKey(nodeEngine, keyId, d), verifying: verifyingKey(nodeEngine, keyId, point) }
}

export function keyMap(...keys: readonly TestKey[]): ReadonlyMap<string, VerifyingKey> {
  return new Map(keys.map(({ verifying }) => [verifying.keyId, verifying]))
}

const START = Date.parse('2026-11-23T08:00:00.000Z')

/** An exchange; `nth` makes it unlike its neighbours and a second later than the one before. */
export function auditEntry(nth: number): AuditEntry {
  return {
    at: new Date(START + nth * 1000).toISOString(),
    trace: `trace-${String(nth).padStart(8, '0')}`,
    caller: 'guangdong',
    operation: 'verifyData',
    type: '11100000000014445H001',
    holderHash: null,
    licenceHash: sm3Hex(Buffer.from(`licence ${nth}`)),
    itemCode: '440100-0001',
    caseHash: sm3Hex(Buffer.from(`case ${nth}`)),
    operator: 'asserted',
    route: 'hunan',
    outcome: 'answered',
    code: 'VALID',
    requestSm3: sm3Hex(Buffer.from(`request ${nth}`)),
    answerSm3: sm3Hex(Buffer.from(`answer ${nth}`)),
    configVersion: 'c-1',
    ms: 12,
  }
}

/** Opens a log over the real file system; it settles only when it is closed, unless told otherwise. */
export function openTestLog(dir: string, key: TestKey, options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  return openAuditLog({
    dir,
    origin: ORIGIN,
    signing: key.signing,
    now: () => START,
    openAppendFile,
    settleMs: 3_600_000,
    ...options,
  })
}

/** Appends entries numbered from `from` on, all at once. */
export function appendMany(log: AuditLog, from: number, count: number): Promise<Appended[]> {
  return Promise.all(Array.from({ length: count }, (_, nth) => log.append(auditEntry(from + nth))))
}

/** Appends entries in batches of mixed sizes to a log that is opened and closed for it; its last checkpoint. */
export async function fillLog(
  dir: string,
  key: TestKey,
  from: number,
  count: number,
  options: Partial<AuditLogOptions> = {},
): Promise<string> {
  const log = await openTestLog(dir, key, options)
  for (let next = from, size = 1; next < from + count; size = (size % 5) + 1) {
    next += (await appendMany(log, next, Math.min(size, from + count - next))).length
  }
  const checkpoint = await log.checkpoint()
  await log.close()
  return checkpoint
}

/** Whether what an append returned holds, judged from its texts alone. */
export function proves({ record, path, checkpoint }: Appended, keys: VerifyingKeys): boolean {
  const verified = verifyCheckpoint(checkpoint, keys)
  if (typeof verified === 'string') return false
  const { index, ...entry } = record
  const leaf = leafHash(Buffer.from(prepareRecord(entry).at(index).line))
  const hashes = path.map((text) => fromBase64(text) ?? new Uint8Array(0))
  return verifyInclusion(leaf, index, verified.head.size, hashes, verified.head.root)
}
