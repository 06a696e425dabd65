import { type Lifecycle, unknownLifecycle } from './lifecycle.js'
import type { ClaimResult } from './model.js'
import type { Text } from './text.js'

export type Verdict = 'VALID' | 'INVALID' | 'UNDETERMINED'

/** How a result is drawn: ok solid green, gr genuine but not usable, no rejected, un dashed amber. */
export type VerdictGroup = 'ok' | 'gr' | 'no' | 'un'

export interface VerdictEntry {
  readonly group: VerdictGroup
  readonly verdict: Verdict
  /** The big word. */
  readonly word: Text
  /** What it means, in one line. */
  readonly line: Text
  /** What the officer does next. */
  readonly action: Text
  /** The nearest words of ETSI EN 319 102-1, or null. */
  readonly etsi: string | null
}

const verdictOfGroup = { ok: 'VALID', gr: 'INVALID', no: 'INVALID', un: 'UNDETERMINED' } as const

function row(
  group: VerdictGroup,
  zh: readonly [word: string, line: string, action: string],
  en: readonly [word: string, line: string, action: string],
  etsi: string | null = null,
): VerdictEntry {
  return {
    group,
    verdict: verdictOfGroup[group],
    word: { zh: zh[0], en: en[0] },
    line: { zh: zh[1], en: en[1] },
    action: { zh: zh[2], en: en[2] },
    etsi,
  }
}

/** Every verdict code, in the one total order that decides when several hold: the first that holds wins. */
export const verdictTable = {
  TAMPERED: row(
    'no',
    ['内容被改动', '内容与制发时不一致', '不要受理'],
    ['Altered', 'the content differs from what was issued', 'do not accept it'],
    'TOTAL-FAILED/HASH_FAILURE',
  ),
  SEAL_INVALID: row(
    'no',
    ['印章无效', '印章验证未通过', '不要受理'],
    ['Seal invalid', 'the seal failed verification', 'do not accept it'],
    'TOTAL-FAILED/SIG_CRYPTO_FAILURE',
  ),
  NOT_FOUND: row(
    'no',
    ['查无此证', '制发单位答复没有签发这份证照', '不要受理；请核对标识是否抄录有误'],
    [
      'No such licence',
      'the issuer answers that it issued no such licence',
      'do not accept it; look for a copying mistake',
    ],
  ),
  REVOKED: row(
    'no',
    ['已吊销或撤销', '制发单位已吊销或撤销，不能使用', '不要受理'],
    ['Revoked', 'the issuer has revoked or withdrawn it', 'do not accept it'],
  ),
  MISMATCH: row(
    'no',
    ['信息不一致', '证照存在，但所填信息与制发单位的记录不符', '不要受理；请核对所填信息'],
    [
      'Details differ',
      'the licence exists, but the details given differ from the issuer’s record',
      'do not accept it; check the details',
    ],
  ),
  SUSPENDED: row(
    'gr',
    ['已暂停', '证照真实，制发单位已暂停（暂扣）', '暂不能使用；请持证人向制发单位查询'],
    ['Suspended', 'genuine, but the issuer has suspended it', 'not usable now; the holder should ask the issuer'],
  ),
  CANCELLED: row(
    'gr',
    ['已注销', '证照真实，但已注销或废止', '不能使用'],
    ['Cancelled', 'genuine, but cancelled or abolished', 'not usable'],
  ),
  SUPERSEDED: row(
    'gr',
    ['已换发', '证照真实，但已被新证照代替', '请出示新证照'],
    ['Superseded', 'genuine, but replaced by a newer licence', 'ask for the new one'],
  ),
  EXPIRED: row(
    'gr',
    ['已过期', '证照真实，但已过有效期', '请持证人换发'],
    ['Expired', 'genuine, but past its validity', 'the holder should renew it'],
  ),
  NOT_YET_VALID: row(
    'gr',
    ['尚未生效', '证照真实，但未到生效日期', '生效后再用'],
    ['Not yet in force', 'genuine, but not in force yet', 'use it once it is in force'],
  ),
  FOREIGN_CODE: row(
    'un',
    ['二维码来源不明', '二维码指向未登记的网址', '请勿打开此网址；请持证人出示亮证码'],
    [
      'Unknown code source',
      'the code points to an address that is not registered',
      'do not open it; ask for a presented code',
    ],
  ),
  UNREADABLE: row(
    'un',
    ['无法识别', '读不出证照标识', '重新扫描，或手工输入标识'],
    ['Cannot read', 'no licence identifier could be read', 'scan again, or type the identifier'],
    'INDETERMINATE/FORMAT_FAILURE',
  ),
  UNSUPPORTED: row(
    'un',
    ['暂不支持', '制发系统不提供这项核验', '请核对实体证照，或向制发单位查询'],
    [
      'Not supported',
      'the issuing system does not offer this verification',
      'check the physical licence, or ask the issuer',
    ],
  ),
  CODE_EXPIRED: row(
    'un',
    ['亮证码已失效', '亮证码过了时效', '请持证人刷新'],
    ['Code expired', 'the presented code is too old', 'ask the holder to refresh it'],
  ),
  NOT_AUTHORISED: row(
    'un',
    ['未获授权', '需要持证人同意，或超出本事项的范围（一事一查）', '请持证人授权，或核对事项'],
    [
      'Not authorised',
      'it needs the holder’s consent, or lies outside the matter at hand',
      'ask for consent, or check the matter',
    ],
  ),
  ISSUER_UNKNOWN: row(
    'un',
    ['制发单位未接入', '找不到负责该证照的节点', '请核对实体证照，或向制发单位查询'],
    ['Issuer not connected', 'no node answers for this licence', 'check the physical licence, or ask the issuer'],
    'INDETERMINATE',
  ),
  ISSUER_UNREACHABLE: row(
    'un',
    ['暂时无法核验', '没有得到制发单位可信的答复，这不表示证照有问题', '不要据此拒绝；请重试、核对实体证照或人工核验'],
    [
      'Cannot confirm now',
      'the issuer gave no answer that can be trusted; this says nothing against the licence',
      'do not refuse because of it; retry, or check the physical licence',
    ],
    'INDETERMINATE/TRY_LATER',
  ),
  SEAL_UNVERIFIED: row(
    'un',
    ['印章暂无法确认', '印章证书的状态查不到', '重试，或向制发单位查询'],
    ['Seal not confirmed', 'the status of the seal’s certificate is not available', 'retry, or ask the issuer'],
    'INDETERMINATE/CERTIFICATE_NO_REVOCATION_INFORMATION',
  ),
  STATUS_UNKNOWN: row(
    'un',
    ['状态不明', '制发单位答复了一个没有对照的状态', '请向制发单位查询'],
    ['State not known', 'the issuer answered with a status that has no mapping', 'ask the issuer'],
  ),
  VALID: row(
    'ok',
    ['有效', '制发单位确认：证照真实，当前有效', '可以受理；请核对人证一致'],
    ['Valid', 'the issuer confirms that it is genuine and in force', 'accept it; check that it belongs to the person'],
    'TOTAL-PASSED',
  ),
} as const satisfies Record<string, VerdictEntry>

export type VerdictCode = keyof typeof verdictTable

/** The codes in their total order. */
export const verdictCodes = Object.keys(verdictTable) as readonly VerdictCode[]

/** The first of the codes in the total order; VALID when none is given. What is no code at all is never valid. */
export function firstVerdict(codes: Iterable<VerdictCode>): VerdictCode {
  const held = new Set(codes)
  if (held.size === 0) return 'VALID'
  return verdictCodes.find((code) => held.has(code)) ?? 'STATUS_UNKNOWN'
}

export function isVerdictCode(text: string): text is VerdictCode {
  return Object.hasOwn(verdictTable, text)
}

/** What is judged: bytes and signature; life-cycle at the issuer; may this issuer issue this; the electronic seal. */
export const verdictParts = ['integrity', 'status', 'identity', 'seal'] as const
export type VerdictPartName = (typeof verdictParts)[number]

export interface VerdictPart {
  readonly value: Verdict | 'NOT_CHECKED'
  /** An error code or a verdict code that says why the value is not VALID; null when it is, or was not checked. */
  readonly reason: string | null
  /** Who said so, and as of when (ISO 8601); null when nobody was asked. */
  readonly evidence: { readonly source: string; readonly asOf: string } | null
}

export const notChecked: VerdictPart = { value: 'NOT_CHECKED', reason: null, evidence: null }

/** The answer to a verification: what API, command line, pages and receipts share. */
export interface VerdictReport {
  readonly verdict: Verdict
  readonly code: VerdictCode
  readonly group: VerdictGroup
  readonly parts: Readonly<Record<VerdictPartName, VerdictPart>>
  readonly lifecycle: Lifecycle
  /** A result for each claimed field; absent when nothing was claimed. */
  readonly fields?: Readonly<Record<string, ClaimResult>>
}

export interface ReportParts {
  readonly code: VerdictCode
  readonly parts: Partial<Record<VerdictPartName, VerdictPart>>
  readonly lifecycle?: Lifecycle
  readonly fields?: Readonly<Record<string, ClaimResult>>
}

/** Builds a report whose verdict and group follow from its code. */
export function verdictReport({ code, parts, lifecycle = unknownLifecycle, fields }: ReportParts): VerdictReport {
  const { verdict, group } = verdictTable[code]
  const { integrity = notChecked, status = notChecked, identity = notChecked, seal = notChecked } = parts
  const report = { verdict, code, group, parts: { integrity, status, identity, seal }, lifecycle }
  return fields === undefined ? report : { ...report, fields }
}
