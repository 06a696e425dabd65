import type { Text } from '../canonical/text.js'
import type { CheckpointFault } from './checkpoint.js'

/** Why a log does not hold. */
export type AuditFault =
  | CheckpointFault
  | 'record-malformed'
  | 'record-not-canonical'
  | 'index-broken'
  | 'record-altered'
  | 'records-cut-off'
  | 'segment-misplaced'
  | 'checkpoint-out-of-order'
  | 'checkpoint-origin-differs'
  | 'unsigned-tail'
  | 'torn-tail'
  | 'external-checkpoint-refused'
  | 'rolled-back'
  | 'forked'

export interface AuditFailure {
  readonly fault: AuditFault
  /** The first record that is not as it was signed; null when no record is concerned. */
  readonly index: number | null
  /**
   * Set when the place can only be narrowed down: the first bad record is `index` or a later one before `upTo`. So it
   * is when somebody altered the record and the tree file alike.
   */
  readonly upTo: number | null
  readonly text: Text
}

export const auditFaultTexts: Readonly<Record<AuditFault, Text>> = {
  'record-malformed': { zh: '记录不是审计记录的形式', en: 'the line is not an audit record' },
  'record-not-canonical': {
    zh: '记录不是规范的 JSON 写法（RFC 8785）',
    en: 'the record is not in its canonical form (RFC 8785)',
  },
  'index-broken': {
    zh: '序号不连续：有记录被删除、插入或调换',
    en: 'the index does not follow: a record was removed, inserted or moved',
  },
  'record-altered': { zh: '记录与已签名的检查点不符', en: 'the record is not what the checkpoint was signed over' },
  'records-cut-off': {
    zh: '检查点所签的记录比日志里的多：末尾的记录丢失或被删除',
    en: 'a checkpoint signs more records than there are: the last ones were lost or removed',
  },
  'segment-misplaced': {
    zh: '分段文件的名称与记录序号不符：有分段缺失或改名',
    en: 'the name of a segment does not fit its records: one is missing or was renamed',
  },
  'checkpoint-malformed': { zh: '检查点的形式不对', en: 'a checkpoint is malformed' },
  'checkpoint-key-unknown': {
    zh: '检查点不是由所给的密钥签名的',
    en: 'a checkpoint is not signed by any of the keys given',
  },
  'checkpoint-signature-invalid': { zh: '检查点的签名不成立', en: 'the signature of a checkpoint does not hold' },
  'checkpoint-out-of-order': { zh: '检查点的顺序不对', en: 'the checkpoints are out of order' },
  'checkpoint-origin-differs': { zh: '检查点属于另一个日志', en: 'a checkpoint belongs to another log' },
  'unsigned-tail': {
    zh: '末尾的记录没有检查点签名：检查点被删除，或网关没有正常停机',
    en: 'no checkpoint signs the last records: checkpoints were removed, or the gateway was not shut down',
  },
  'torn-tail': {
    zh: '文件末尾不完整：文件被截断，或网关没有正常停机',
    en: 'the end of a file is torn: it was cut off, or the gateway was not shut down',
  },
  'external-checkpoint-refused': {
    zh: '所给的检查点本身不成立',
    en: 'the checkpoint to compare with does not hold itself',
  },
  'rolled-back': {
    zh: '日志比所给的检查点短：整个目录被换成了较早的副本',
    en: 'the log is shorter than the checkpoint given: the folder was replaced by an older copy',
  },
  forked: {
    zh: '日志与所给的检查点不一致：历史被改写',
    en: 'the log contradicts the checkpoint given: its history was rewritten',
  },
}

export function auditFailure(fault: AuditFault, index: number | null, upTo: number | null = null): AuditFailure {
  return { fault, index, upTo, text: auditFaultTexts[fault] }
}
