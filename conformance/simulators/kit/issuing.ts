import { setTimeout as wait } from 'node:timers/promises'
import { gbk, utf8 } from './charset.js'
import type { Orders } from './control.js'
import type { Deed } from './serve.js'
import type { Issuer, Received } from './system.js'

// Not the beginning of JSON, XML, UTF-8 text or anything else that a dialect is written in.
const GARBAGE = Buffer.from('00ff5f8c1de2b7003cfe', 'hex')

/** Joins an issuing system with what it has been told to do wrong. */
export function issuing(issuer: Issuer, orders: Orders, ended: AbortSignal) {
  return async (request: Received): Promise<Deed> => {
    orders.requests += 1
    const { fault, ms } = orders
    if (fault === 'reset') return 'reset'
    if (fault === 'slow') await wait(ms, undefined, { signal: ended })
    if (fault === 'garbage') {
      return { status: 200, headers: { 'content-type': issuer.contentType }, body: GARBAGE }
    }
    const reply = issuer.answer(request, { fault, encode: fault === 'wrong-charset' ? gbk : utf8 })
    if (reply === null) return 'reset'
    return fault === 'truncated' ? { half: reply } : reply
  }
}
