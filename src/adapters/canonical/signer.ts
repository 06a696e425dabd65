import { httpMessageSigner } from '../signers/http-message.js'
import type { CanonicalMessage } from './envelope.js'

/** RFC 9421 over headers and bytes; this dialect protects nothing inside its message. */
export const signer = httpMessageSigner<CanonicalMessage>()
