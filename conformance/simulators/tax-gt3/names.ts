import type { Operation } from '../kit/system.js'

export const PATH = '/services/Gt3AipWebService'
export const CONTENT_TYPE = 'text/xml; charset=UTF-8'

export const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
export const SPEC = 'http://www.chinatax.gov.cn/spec/'
export const DATASPEC = 'http://www.chinatax.gov.cn/dataspec/'
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance'

/** Transaction id, payload codes and titles of each operation; they are no invention of the tax system's. */
export const transactions: Readonly<
  Record<
    Operation,
    {
      readonly tranId: string
      readonly request: string
      readonly reply: string
      readonly asks: string
      readonly answers: string
    }
  >
> = {
  search: {
    tranId: 'SWZJ.HUTONG.DZZZ.JS',
    request: 'HTDZZZJSQQ',
    reply: 'HTDZZZJSFH',
    asks: '电子证照检索请求',
    answers: '电子证照检索返回',
  },
  getData: {
    tranId: 'SWZJ.HUTONG.DZZZ.CX',
    request: 'HTDZZZCXQQ',
    reply: 'HTDZZZCXFH',
    asks: '电子证照查询请求',
    answers: '电子证照查询返回',
  },
  verifyData: {
    tranId: 'SWZJ.HUTONG.DZZZ.HY',
    request: 'HTDZZZHYQQ',
    reply: 'HTDZZZHYFH',
    asks: '电子证照核验请求',
    answers: '电子证照核验返回',
  },
}

/** Claims by the name that stands in `hyx/xmc`; a face item bears the prefix KZ_. */
export const claimName: Readonly<Record<string, string>> = {
  name: 'zzmc',
  number: 'zzbh',
  holderName: 'czzt',
  holderCode: 'czztdm',
  issuedOn: 'zzbfrq',
  validFrom: 'zzyxqqsrq',
  validTo: 'zzyxqjzrq',
}
