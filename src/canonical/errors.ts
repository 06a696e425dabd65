import type { Text } from './text.js'

/** Where a failure arose. */
export type ErrorOrigin = 'client' | 'hub' | 'adapter' | 'provider' | 'trust' | 'store'

/** The step of the exchange that failed. */
export type ErrorStage =
  | 'transport'
  | 'parse'
  | 'auth'
  | 'time'
  | 'replay'
  | 'schema'
  | 'policy'
  | 'route'
  | 'seal'
  | 'business'
  | 'privacy'

/** What the closed list says of one code; `spec/errors.md` prints the same, and a test compares the two. */
export interface ErrorEntry {
  readonly origin: ErrorOrigin
  readonly stage: ErrorStage
  readonly retryable: boolean
  /** HTTP status in dialects that use HTTP's own. */
  readonly status: number
  /** What went wrong and why. No personal data, no upstream address. */
  readonly cause: Text
  /** What to do next. */
  readonly next: Text
}

function entry(
  origin: ErrorOrigin,
  stage: ErrorStage,
  status: number,
  retry: 'retry' | 'final',
  zh: readonly [cause: string, next: string],
  en: readonly [cause: string, next: string],
): ErrorEntry {
  return {
    origin,
    stage,
    status,
    retryable: retry === 'retry',
    cause: { zh: zh[0], en: en[0] },
    next: { zh: zh[1], en: en[1] },
  }
}

/** The closed list of error codes. A negative verdict (revoked, expired, not found) is an answer, not an error. */
export const errorTable = {
  // transport: the request never became a message
  ENDPOINT_UNKNOWN: entry(
    'client',
    'transport',
    404,
    'final',
    ['没有这个接口', '对照 spec/openapi.yaml 检查路径'],
    ['no such endpoint', 'compare the path with spec/openapi.yaml'],
  ),
  METHOD_NOT_ALLOWED: entry(
    'client',
    'transport',
    405,
    'final',
    ['该接口不接受这个 HTTP 方法', '改用接口文档所列的方法'],
    ['the endpoint does not take this HTTP method', 'use the method that the interface document lists'],
  ),
  PATH_REFUSED: entry(
    'client',
    'transport',
    400,
    'final',
    ['路径含有编码的分隔符、点段、分号或反斜杠', '发送规范化的路径'],
    ['the path holds an encoded separator, a dot segment, a semicolon or a backslash', 'send a canonical path'],
  ),
  BODY_TOO_LARGE: entry(
    'client',
    'transport',
    413,
    'final',
    ['请求体超过上限', '缩小请求体；上限见 hutong config show'],
    ['the body is over the limit', 'send a smaller body; `hutong config show` prints the limit'],
  ),
  BODY_TRUNCATED: entry(
    'client',
    'transport',
    400,
    'retry',
    ['请求体短于 Content-Length', '检查发送方是否中途断开，再发一次'],
    ['the body is shorter than its Content-Length', 'check why the sender stopped early, then send it again'],
  ),
  REQUEST_TIMEOUT: entry(
    'client',
    'transport',
    408,
    'retry',
    ['请求没有在时限内发完', '检查网络后重发'],
    ['the request did not arrive in time', 'check the network and send it again'],
  ),
  CALLER_GONE: entry(
    'client',
    'transport',
    499,
    'retry',
    ['调用方在答复之前断开了连接', '检查调用方的时限，再发一次'],
    ['the caller closed the connection before the answer', 'check the caller’s own time-out and send it again'],
  ),
  REQUEST_MALFORMED: entry(
    'client',
    'transport',
    400,
    'final',
    ['不是合法的 HTTP 请求', '检查请求行和请求头'],
    ['not a valid HTTP request', 'check the request line and the headers'],
  ),
  CONTENT_TYPE_UNSUPPORTED: entry(
    'client',
    'transport',
    415,
    'final',
    ['该方言不接受这个内容类型', '改用方言文档所列的 Content-Type'],
    ['the dialect does not take this content type', 'use the Content-Type that the dialect page lists'],
  ),
  CHARSET_UNSUPPORTED: entry(
    'client',
    'transport',
    415,
    'final',
    ['不支持所声明的字符集', '使用 UTF-8、GBK、GB2312 或 GB18030'],
    ['the declared charset is not supported', 'use UTF-8, GBK, GB2312 or GB18030'],
  ),
  RATE_LIMITED: entry(
    'hub',
    'transport',
    429,
    'retry',
    ['请求过于频繁', '按 Retry-After 所示时间后再试'],
    ['too many requests', 'try again after the time in Retry-After'],
  ),
  DRAINING: entry(
    'hub',
    'transport',
    503,
    'retry',
    ['网关正在停机，不再接新请求', '稍后重试，或改连另一实例'],
    ['the gateway is shutting down and takes no new requests', 'try again shortly, or use another instance'],
  ),
  // parse
  CHARSET_MISMATCH: entry(
    'client',
    'parse',
    400,
    'final',
    ['内容与所声明的字符集不符', '按声明的字符集编码内容'],
    ['the bytes are not in the declared charset', 'encode the content in the charset that is declared'],
  ),
  JSON_MALFORMED: entry(
    'client',
    'parse',
    400,
    'final',
    ['不是合法的 JSON', '修正后重发'],
    ['not valid JSON', 'correct it and send it again'],
  ),
  JSON_DUPLICATE_KEY: entry(
    'client',
    'parse',
    400,
    'final',
    ['JSON 对象中有重复的键', '每个键只保留一次'],
    ['a JSON object repeats a key', 'keep each key once'],
  ),
  JSON_FORBIDDEN_KEY: entry(
    'client',
    'parse',
    400,
    'final',
    ['JSON 含有禁用的键', '删去 __proto__、constructor、prototype'],
    ['the JSON holds a forbidden key', 'remove __proto__, constructor and prototype'],
  ),
  JSON_TOO_DEEP: entry(
    'client',
    'parse',
    400,
    'final',
    ['JSON 嵌套过深', '嵌套不超过 32 层'],
    ['the JSON is nested too deep', 'nest no deeper than 32 levels'],
  ),
  XML_MALFORMED: entry(
    'client',
    'parse',
    400,
    'final',
    ['不是合法的 XML', '修正后重发'],
    ['not well-formed XML', 'correct it and send it again'],
  ),
  XML_DOCTYPE_REFUSED: entry(
    'client',
    'parse',
    400,
    'final',
    ['XML 含有 DOCTYPE', '删去 DOCTYPE 和实体声明'],
    ['the XML holds a DOCTYPE', 'remove the DOCTYPE and every entity declaration'],
  ),
  XML_TOO_DEEP: entry(
    'client',
    'parse',
    400,
    'final',
    ['XML 嵌套过深', '嵌套不超过 64 层'],
    ['the XML is nested too deep', 'nest no deeper than 64 levels'],
  ),
  MESSAGE_TOO_COMPLEX: entry(
    'client',
    'parse',
    400,
    'final',
    ['报文的元素、属性或键过多', '拆分报文'],
    ['the message has too many elements, attributes or keys', 'split the message'],
  ),
  // schema
  REQUEST_INVALID: entry(
    'client',
    'schema',
    400,
    'final',
    ['报文缺少必填项，或某项的形式不对', '对照方言文档检查所指的字段'],
    ['a required field is missing or has the wrong form', 'compare the named field with the dialect page'],
  ),
  LICENCE_ID_MALFORMED: entry(
    'client',
    'schema',
    400,
    'final',
    ['不是电子证照标识', '标识形如 1.2.156.3005.2.类型.颁发机构.流水号.版本.校验位'],
    ['not a licence identifier', 'an identifier reads 1.2.156.3005.2.type.issuer.serial.version.check'],
  ),
  LICENCE_ID_CHARACTER_REFUSED: entry(
    'client',
    'schema',
    400,
    'final',
    ['证照标识含有 0-9、A-Z 以外的字符，校验位无从计算', '向制发单位索取规范的标识'],
    [
      'the licence identifier holds a character outside 0-9 and A-Z, so its check character is undefined',
      'ask the issuer for the standard identifier',
    ],
  ),
  LICENCE_ID_CHECK_FAILED: entry(
    'client',
    'schema',
    400,
    'final',
    ['证照标识的校验位不对', '核对是否抄录有误'],
    ['the check character of the licence identifier is wrong', 'look for a copying mistake'],
  ),
  HOLDER_CODE_MALFORMED: entry(
    'client',
    'schema',
    400,
    'final',
    ['持证主体代码不合规则', '检查统一社会信用代码或公民身份号码'],
    ['the holder code breaks its grammar', 'check the credit code or the citizen id'],
  ),
  TYPE_UNKNOWN: entry(
    'client',
    'schema',
    400,
    'final',
    ['登记表中没有这个证照类型', '检查证照类型代码；登记表见 spec/registry'],
    ['the registry has no such licence type', 'check the type code against spec/registry'],
  ),
  OPERATION_UNSUPPORTED: entry(
    'provider',
    'business',
    501,
    'final',
    ['该方言或制发系统不提供这项操作', '改用它提供的操作；见方言文档'],
    [
      'the dialect or the issuing system does not offer this operation',
      'use an operation that it offers; see the dialect page',
    ],
  ),
  // auth, time, replay
  CALLER_UNKNOWN: entry(
    'client',
    'auth',
    401,
    'final',
    ['不认识调用方', '检查节点名或密钥标识；接入见 hutong spoke add'],
    ['the caller is not known', 'check the node name or the key id; `hutong spoke add` joins a node'],
  ),
  SIGNATURE_MISSING: entry(
    'client',
    'auth',
    401,
    'final',
    ['请求没有签名', '按方言文档签名后重发'],
    ['the request carries no signature', 'sign it as the dialect page says'],
  ),
  SIGNATURE_INVALID: entry(
    'client',
    'auth',
    401,
    'final',
    ['签名不成立', '检查密钥、用户标识 1234567812345678 和被签内容'],
    ['the signature does not hold', 'check the key, the user id 1234567812345678 and what is signed'],
  ),
  DIGEST_MISMATCH: entry(
    'client',
    'auth',
    401,
    'final',
    ['正文与摘要头不符', '对发送的字节重新计算 Content-Digest'],
    ['the body does not match its digest header', 'compute Content-Digest over the bytes that are sent'],
  ),
  KEY_UNKNOWN: entry(
    'client',
    'auth',
    401,
    'final',
    ['密钥标识未登记，或不属于该调用方', '登记公钥；现用密钥见 GET /v1/keys'],
    [
      'the key id is not enrolled, or belongs to another caller',
      'enrol the public key; GET /v1/keys lists those in use',
    ],
  ),
  CREDENTIAL_REFUSED: entry(
    'client',
    'auth',
    401,
    'final',
    ['账号、口令或令牌不对', '检查接入凭据'],
    ['the account, password or token is wrong', 'check the credentials'],
  ),
  CLIENT_CERTIFICATE_REQUIRED: entry(
    'client',
    'auth',
    401,
    'final',
    ['该方言不带签名，须用登记的客户端证书连接', '以登记的客户端证书建立 TLS 连接'],
    [
      'the dialect carries no signature, so the pinned client certificate is required',
      'connect over TLS with the enrolled client certificate',
    ],
  ),
  TIMESTAMP_MISSING: entry(
    'client',
    'time',
    401,
    'final',
    ['请求没有时间戳', '按方言文档加上时间戳'],
    ['the request carries no timestamp', 'add the timestamp that the dialect page asks for'],
  ),
  TIMESTAMP_STALE: entry(
    'client',
    'time',
    401,
    'final',
    ['时间戳早于允许的窗口', '校准时钟，用新的时间戳和随机数重签'],
    ['the timestamp is older than the window', 'correct the clock and sign again with a new timestamp and nonce'],
  ),
  TIMESTAMP_FUTURE: entry(
    'client',
    'time',
    401,
    'final',
    ['时间戳晚于允许的窗口', '校准时钟后重签'],
    ['the timestamp lies in the future', 'correct the clock and sign again'],
  ),
  NONCE_MISSING: entry(
    'client',
    'replay',
    401,
    'final',
    ['请求没有随机数', '按方言文档加上一次性随机数'],
    ['the request carries no nonce', 'add a single-use nonce as the dialect page says'],
  ),
  NONCE_REPLAYED: entry(
    'client',
    'replay',
    409,
    'final',
    ['该请求已经收到过', '每个请求使用新的随机数'],
    ['this request has been received before', 'use a new nonce for every request'],
  ),
  // policy
  PURPOSE_MISSING: entry(
    'client',
    'policy',
    403,
    'final',
    ['没有写明用证事由（一事一查）', '填写机构、经办人、事项、办件编号和事由'],
    ['the request states no purpose (一事一查)', 'state organisation, operator, item, case number and reason'],
  ),
  PURPOSE_INVALID: entry(
    'client',
    'policy',
    403,
    'final',
    ['用证事由不完整', '补全所指的字段'],
    ['the purpose is incomplete', 'fill in the named field'],
  ),
  ITEM_UNKNOWN: entry(
    'client',
    'policy',
    403,
    'final',
    ['用证清单中没有这个事项', '核对事项编码，或请求登记'],
    ['the use list has no such item', 'check the item code, or ask for it to be listed'],
  ),
  TYPE_NOT_LISTED: entry(
    'client',
    'policy',
    403,
    'final',
    ['该事项不得使用这种证照', '只查本事项所需的证照'],
    ['this item may not use this licence type', 'ask only for the licences that the item needs'],
  ),
  OPERATION_NOT_PERMITTED: entry(
    'client',
    'policy',
    403,
    'final',
    ['该调用方无权使用这项操作', '请运维方调整授权'],
    ['the caller may not use this operation', 'ask the operator to grant it'],
  ),
  CASE_SCOPE_EXCEEDED: entry(
    'client',
    'policy',
    403,
    'final',
    ['该办件已用于另一持证主体（一事一查）', '核对办件编号；另一持证主体须另立办件'],
    [
      'this case has been used for another holder (一事一查)',
      'check the case number; another holder needs another case',
    ],
  ),
  PUBLIC_VERIFY_DISABLED: entry(
    'hub',
    'policy',
    404,
    'final',
    ['本网关没有开放公共验证', '请到接入单位的窗口核验'],
    ['public verification is not enabled at this gateway', 'use a connected node'],
  ),
  // route
  ISSUER_REQUIRED: entry(
    'client',
    'route',
    400,
    'final',
    ['检索须指明制发单位、区划或垂直系统的证照类型', '补上其中之一；网关从不广播'],
    ['a search needs an issuer, a division or a vertical type', 'name one of them; the gateway never broadcasts'],
  ),
  ISSUER_UNKNOWN: entry(
    'hub',
    'route',
    404,
    'final',
    ['找不到负责该证照的节点', '用 hutong explain 查看试过哪些规则'],
    ['no node answers for this licence', '`hutong explain` shows which rules were tried'],
  ),
  ROUTE_LOOP: entry(
    'hub',
    'route',
    508,
    'final',
    ['路由绕回了提问方或本网关', '检查两端的路由配置'],
    ['the route leads back to the asker or to this gateway', 'check the routing on both sides'],
  ),
  TOO_MANY_HOPS: entry(
    'hub',
    'route',
    508,
    'final',
    ['转发次数超过 8', '检查路由配置'],
    ['the question was forwarded more than 8 times', 'check the routing'],
  ),
  // provider and adapter: the issuing side
  ISSUER_UNREACHABLE: entry(
    'provider',
    'transport',
    503,
    'retry',
    ['联系不上制发系统', '稍后重试；这不表示证照有问题'],
    ['the issuing system cannot be reached', 'try again later; this says nothing against the licence'],
  ),
  ISSUER_TIMEOUT: entry(
    'provider',
    'transport',
    504,
    'retry',
    ['制发系统没有在时限内答复', '稍后重试；这不表示证照有问题'],
    ['the issuing system did not answer in time', 'try again later; this says nothing against the licence'],
  ),
  ISSUER_CIRCUIT_OPEN: entry(
    'hub',
    'transport',
    503,
    'retry',
    ['制发系统连续失败，断路器已断开', '断路器试探成功后自动恢复'],
    ['the issuing system kept failing and its breaker is open', 'it closes by itself once a probe succeeds'],
  ),
  ISSUER_BUSY: entry(
    'hub',
    'transport',
    503,
    'retry',
    ['等待该制发系统的请求已达上限', '稍后重试'],
    ['too many requests wait for this issuing system', 'try again shortly'],
  ),
  ISSUER_REFUSED: entry(
    'provider',
    'auth',
    502,
    'final',
    ['制发系统拒绝了本网关的凭据或授权', '请运维方检查该节点的凭据'],
    [
      'the issuing system refused the gateway’s credentials or grant',
      'ask the operator to check the credentials of this spoke',
    ],
  ),
  ISSUER_FAILED: entry(
    'provider',
    'business',
    502,
    'retry',
    ['制发系统答复处理失败', '稍后重试，或凭追踪号联系制发系统'],
    ['the issuing system says that it failed', 'try again later, or contact it with the trace id'],
  ),
  LICENCE_NOT_FOUND: entry(
    'provider',
    'business',
    404,
    'final',
    ['制发系统答复没有这份证照', '核对标识或持证主体'],
    ['the issuing system has no such licence', 'check the identifier or the holder'],
  ),
  LICENCE_WITHHELD: entry(
    'provider',
    'business',
    403,
    'final',
    ['制发系统因证照状态或权限不提供数据', '先核验证照状态'],
    [
      'the issuing system withholds the data because of the licence’s state or grant',
      'verify the state of the licence first',
    ],
  ),
  REPLY_MALFORMED: entry(
    'adapter',
    'parse',
    502,
    'retry',
    ['制发系统的答复无法解析', '凭追踪号联系制发系统'],
    ['the reply of the issuing system cannot be read', 'contact it with the trace id'],
  ),
  REPLY_TOO_LARGE: entry(
    'adapter',
    'transport',
    502,
    'final',
    ['制发系统的答复超过上限', '凭追踪号联系制发系统'],
    ['the reply of the issuing system is over the limit', 'contact it with the trace id'],
  ),
  REPLY_MISMATCH: entry(
    'adapter',
    'schema',
    502,
    'final',
    ['制发系统答复的不是所问的证照', '凭追踪号联系制发系统'],
    ['the issuing system answered for another licence', 'contact it with the trace id'],
  ),
  REPLY_SIGNATURE_INVALID: entry(
    'trust',
    'auth',
    502,
    'final',
    ['制发系统答复的签名不成立', '检查该节点登记的公钥'],
    ['the signature of the reply does not hold', 'check the public key enrolled for this spoke'],
  ),
  REPLY_STALE: entry(
    'trust',
    'time',
    502,
    'final',
    ['制发系统答复的时间不在窗口内', '检查该节点的时钟'],
    ['the reply’s time is outside the window', 'check the clock of this spoke'],
  ),
  REPLY_UNDECRYPTABLE: entry(
    'trust',
    'auth',
    502,
    'final',
    ['制发系统答复的密文解不开', '检查双方的加密密钥'],
    ['the reply cannot be decrypted', 'check the encryption keys of both sides'],
  ),
  // hub and store
  DEADLINE_EXCEEDED: entry(
    'hub',
    'transport',
    504,
    'retry',
    ['请求的时限已过', '放宽时限或稍后重试'],
    ['the deadline of the request has passed', 'allow more time, or try again later'],
  ),
  AUDIT_UNAVAILABLE: entry(
    'store',
    'business',
    503,
    'retry',
    ['审计日志写不进去，因此不作答复', '请运维方检查磁盘；hutong doctor'],
    ['the audit log cannot be written, so nothing is answered', 'ask the operator to check the disk; `hutong doctor`'],
  ),
  NONCE_STORE_UNAVAILABLE: entry(
    'store',
    'replay',
    503,
    'retry',
    ['防重放记录写不进去，因此不作答复', '请运维方检查磁盘；hutong doctor'],
    [
      'the replay journal cannot be written, so nothing is answered',
      'ask the operator to check the disk; `hutong doctor`',
    ],
  ),
  RECEIPT_UNKNOWN: entry(
    'client',
    'business',
    404,
    'final',
    ['没有这个回执编号', '核对编号'],
    ['no such receipt number', 'check the number'],
  ),
  INTERNAL: entry(
    'hub',
    'business',
    500,
    'retry',
    ['网关内部错误', '凭追踪号联系运维方'],
    ['unexpected failure in the gateway', 'contact the operator with the trace id'],
  ),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable

export interface HubErrorOptions extends ErrorOptions {
  /** The field, header or rule concerned: a name, never a value from outside. */
  readonly subject?: string
  /** What was tried, for ISSUER_UNKNOWN and refusals that must explain themselves. */
  readonly tried?: readonly string[]
  /** Seconds after which a retry makes sense. */
  readonly retryAfter?: number
}

/** Our only error. `code` crosses the wire, `subject` names a field; `cause` is for our log alone. */
export class HubError extends Error {
  override readonly name = 'HubError'
  readonly code: ErrorCode
  readonly subject: string | undefined
  readonly tried: readonly string[]
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, options: HubErrorOptions = {}) {
    const { subject, tried = [], retryAfter, ...rest } = options
    super(`[${code}] ${errorTable[code].cause.en}${subject === undefined ? '' : `: ${subject}`}`, rest)
    this.code = code
    this.subject = subject
    this.tried = tried
    this.retryAfter = retryAfter
  }

  get entry(): ErrorEntry {
    return errorTable[this.code]
  }

  /** Accepts anything thrown; what is not ours becomes INTERNAL with the original as cause. */
  static from(thrown: unknown): HubError {
    return thrown instanceof HubError ? thrown : new HubError('INTERNAL', { cause: thrown })
  }
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorTable, text)
}
