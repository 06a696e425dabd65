import { gjHmac } from '../signers/gj-hmac.js'
import { type GjMessage, operationAt } from './envelope.js'

/** One service id for each interface: a sign for one is none for another. */
const sidSecrets = { search: 'sidSearch', getData: 'sidGetData', verifyData: 'sidVerifyData' } as const

export const signer = gjHmac<GjMessage>({
  prefix: 'gjzwfwpt',
  sidSecret(wire) {
    const operation = operationAt(wire)
    return operation === undefined ? undefined : sidSecrets[operation]
  },
})

export const secretNames = ['rid', 'appsecret', ...Object.values(sidSecrets)]
