import { createHmac } from 'node:crypto'

/** Base64(HmacSHA256(appsecret, sid + rid + rtime)): EST, in this order and with nothing between the parts. */
export function gjzwfwptSign(
  appsecret: string,
  { sid, rid, rtime }: Readonly<Record<'sid' | 'rid' | 'rtime', string>>,
) {
  return createHmac('sha256', appsecret).update(`${sid}${rid}${rtime}`, 'utf8').digest('base64')
}
