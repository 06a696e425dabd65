import type { Operation } from '../kit/system.js'

export const pathOf: Readonly<Record<Operation, string>> = {
  search: '/sysapi/certificate/retrieval',
  getData: '/sysapi/certificate/data',
  verifyData: '/sysapi/certificate/verify',
}

/** Claims by their field in a verification; a face item goes into `extend_info` with the prefix KZ_. */
export const claimField: Readonly<Record<string, string>> = {
  holderCode: 'certificateholdercode',
  holderName: 'certificateholdername',
  name: 'certificatename',
  number: 'certificatenumber',
  issuedOn: 'certificateissueddate',
  validFrom: 'certificateeffectivedate',
  validTo: 'certificateexpiringdate',
}

/** Names of the categories of purpose that are no item (非事项). */
export const categoryName: Readonly<Record<string, string>> = {
  inspection: '监督检查',
  'entry-registration': '入境登记',
  hotel: '旅馆登记',
  'own-licences': '本人证照',
  public: '公共核验',
}

export const purposeFields = ['orgname', 'username', 'itemname', 'itemcode', 'businesscode', 'usefor'] as const

export const CONTENT_TYPE = 'application/json;charset=utf-8'
