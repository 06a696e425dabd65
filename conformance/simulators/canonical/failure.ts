/** A failure that an issuing system of this dialect can answer; the codes and statuses are the dialect's. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  /** The field, header or rule concerned; never a value. */
  readonly subject: string | null
  constructor(code: FailureCode, subject: string | null = null) {
    super(code)
    this.code = code
    this.subject = subject
  }
}

type Row = readonly [status: number, origin: string, stage: string, retryable: boolean, zh: string, en: string]

const rows = {
  ENDPOINT_UNKNOWN: [404, 'client', 'transport', false, '没有这个接口', 'no such endpoint'],
  CONTENT_TYPE_UNSUPPORTED: [415, 'client', 'transport', false, '不接受这个内容类型', 'content type not taken'],
  JSON_MALFORMED: [400, 'client', 'parse', false, '不是合法的 JSON', 'not valid JSON'],
  REQUEST_INVALID: [400, 'client', 'schema', false, '报文有缺项或形式不对的项', 'a field is missing or malformed'],
  LICENCE_ID_CHECK_FAILED: [400, 'client', 'schema', false, '标识的校验位不对', 'the check character is wrong'],
  SIGNATURE_MISSING: [401, 'client', 'auth', false, '请求没有签名', 'the request carries no signature'],
  SIGNATURE_INVALID: [401, 'client', 'auth', false, '签名不成立', 'the signature does not hold'],
  DIGEST_MISMATCH: [401, 'client', 'auth', false, '正文与摘要头不符', 'the body does not match its digest'],
  KEY_UNKNOWN: [401, 'client', 'auth', false, '密钥未登记', 'the key is not enrolled'],
  TIMESTAMP_MISSING: [401, 'client', 'time', false, '请求没有时间戳', 'the request carries no timestamp'],
  TIMESTAMP_STALE: [401, 'client', 'time', false, '时间戳过早', 'the timestamp is too old'],
  TIMESTAMP_FUTURE: [401, 'client', 'time', false, '时间戳过晚', 'the timestamp lies in the future'],
  NONCE_MISSING: [401, 'client', 'replay', false, '请求没有随机数', 'the request carries no nonce'],
  NONCE_REPLAYED: [409, 'client', 'replay', false, '该请求已经收到过', 'this request has been received before'],
  PURPOSE_MISSING: [403, 'client', 'policy', false, '没有写明用证事由', 'the request states no purpose'],
  OPERATION_UNSUPPORTED: [501, 'provider', 'business', false, '不提供这项操作', 'this operation is not offered'],
  LICENCE_NOT_FOUND: [404, 'provider', 'business', false, '没有这份证照', 'no such licence'],
  LICENCE_WITHHELD: [403, 'provider', 'business', false, '不向该调用方提供', 'withheld from this caller'],
  ISSUER_FAILED: [502, 'provider', 'business', true, '处理失败', 'processing failed'],
} as const satisfies Record<string, Row>

export type FailureCode = keyof typeof rows

/** The reply's status and its content. */
export function failureReply({ code, subject }: Failure, trace: string) {
  const [status, origin, stage, retryable, zh, en] = rows[code]
  const next = { zh: '核对请求后再试', en: 'check the request and try again' }
  const about = subject === null ? {} : { subject }
  return { status, content: { error: { code, origin, stage, retryable, message: { zh, en }, next, ...about, trace } } }
}
