import { HubError } from '../../canonical/errors.js'
import { parseLicenceId } from '../../canonical/licence-id.js'
import type { UsePurpose } from '../../canonical/purpose.js'
import { type InboundDialect, nativeTarget } from '../adapter.js'
import { parseJsonObject } from '../wire/json.js'
import { envelope, isJson, replyOf } from './envelope.js'
import { fields } from './fields.js'
import { signer } from './signer.js'

export const PUBLIC_VERIFY_PATH = '/v1/public/verify'
const BODY_LIMIT = 1024

/** The purpose of everybody's question. It asks for a verdict, and no answer to it carries data. */
const PURPOSE: UsePurpose = {
  organisation: '公众',
  operator: { id: 'public', name: null, assurance: 'asserted' },
  category: 'public',
  itemCode: null,
  itemName: null,
  caseNumber: null,
  reason: '公共验证',
}

/** 公共验证: `{licenceId}` in, a verdict report out and nothing else. Unsigned going in, signed coming out. */
export const publicVerify: InboundDialect = {
  decode(wire) {
    if (nativeTarget(wire) !== PUBLIC_VERIFY_PATH) throw new HubError('ENDPOINT_UNKNOWN')
    if (wire.method !== 'POST') throw new HubError('METHOD_NOT_ALLOWED')
    if (!isJson(wire.headers)) throw new HubError('CONTENT_TYPE_UNSUPPORTED')
    if (wire.body.length > BODY_LIMIT) throw new HubError('BODY_TOO_LARGE')
    const { licenceId, ...unknown } = parseJsonObject(wire.body)
    const [stray] = Object.keys(unknown)
    // The name of a stray member is somebody's text, so it is not repeated.
    if (stray !== undefined) throw new HubError('REQUEST_INVALID', { subject: 'body' })
    return {
      request: {
        operation: 'verifyData',
        licenceId: parseLicenceId(licenceId),
        claims: {},
        purpose: PURPOSE,
        trace: '',
        hops: [],
        deadline: null,
      },
      losses: [],
      message: null,
    }
  },
  authenticate: () => ({ strength: 'none', keyId: 'public', replay: null }),
  async encode(answer) {
    if (answer.operation !== 'verifyData') throw new HubError('INTERNAL')
    return { value: envelope.writeReply(replyOf(200, { ...answer.report })), losses: [] }
  },
  encodeError: (error, trace) => envelope.writeReply(fields.fromError(error, trace, null)),
  attachReceipt: (reply, receipt) => envelope.attachReceipt?.(reply, receipt) ?? reply,
  sign: (reply, asked, context) => signer.signReply?.(reply, asked, context) ?? reply,
}
