import { HubError } from '../canonical/errors.js'
import type { CanonicalRequest, Operation } from '../canonical/model.js'
import type { Decoded, Dialect, DialectName, Envelope, FieldMap, TransportSigner, WireReply } from './adapter.js'

export interface DialectParts<M> {
  readonly name: DialectName
  readonly operations: readonly Operation[]
  readonly secrets: readonly string[]
  readonly envelope: Envelope<M>
  readonly fields: FieldMap<M>
  readonly signer: TransportSigner<M>
}

/** Joins a dialect's three parts into the two sides that the gateway uses. */
export function composeDialect<M>(parts: DialectParts<M>): Dialect {
  const { name, operations, secrets, envelope, fields, signer } = parts
  const messageOf = (decoded: Decoded) => decoded.message as M
  const offer = (request: CanonicalRequest) => {
    if (!operations.includes(request.operation))
      throw new HubError('OPERATION_UNSUPPORTED', { subject: request.operation })
  }
  return {
    name,
    operations,
    secrets,
    carries: signer.carries,
    inbound: {
      decode(wire) {
        const message = envelope.readRequest(wire)
        const { value: request, losses } = fields.toRequest(message)
        offer(request)
        return { request, losses, message }
      },
      authenticate: (wire, decoded, context) => signer.checkRequest(messageOf(decoded), wire, context),
      async encode(answer, decoded, context) {
        const { value, losses } = fields.fromAnswer(answer, messageOf(decoded))
        const sealed = signer.sealReply === undefined ? value : await signer.sealReply(value, context)
        return { value: envelope.writeReply(sealed), losses }
      },
      encodeError: (error, trace, decoded) =>
        envelope.writeReply(fields.fromError(error, trace, decoded === null ? null : messageOf(decoded))),
      attachReceipt: (reply, receipt) => envelope.attachReceipt?.(reply, receipt) ?? receiptInHeader(reply, receipt),
      sign: (reply, asked, context) => signer.signReply?.(reply, asked, context) ?? reply,
    },
    outbound: {
      async encode(request, mount, context) {
        offer(request)
        const { value, losses } = fields.fromRequest(request)
        const sealed = signer.sealRequest === undefined ? value : await signer.sealRequest(value, context)
        const wire = envelope.writeRequest(sealed, mount)
        return { value: signer.signRequest === undefined ? wire : await signer.signRequest(wire, context), losses }
      },
      async decode(reply, sent, asked, context) {
        const message = envelope.readReply(reply)
        const opened = signer.openReply === undefined ? message : await signer.openReply(message, reply, sent, context)
        return fields.toAnswer(opened, asked)
      },
    },
  }
}

/** For dialects that have no room for a receipt in the body: base64url of its JSON. */
function receiptInHeader(reply: WireReply, receipt: object): WireReply {
  const value = Buffer.from(JSON.stringify(receipt)).toString('base64url')
  return { ...reply, headers: { ...reply.headers, 'hutong-receipt': value } }
}
