import type { Operation } from '../kit/system.js'

export const pathOf: Readonly<Record<Operation, string>> = {
  search: '/queryCert',
  getData: '/queryCertInfo',
  verifyData: '/verifyCertInfo',
}

/** Paths that belong to the interface and that this deployment does not offer. */
export const pathsNotOffered = [
  '/downloadFile',
  '/downloadUrl',
  '/verifyFile',
  '/queryCertInfoByHolderCode',
  '/queryCertInfoByQRcode',
  '/downloadUrlsByHolderCode',
  '/getCertRemarkInfo',
]

/** Claims by their member of `certData`; a face item bears the prefix KZ_. */
export const claimMember: Readonly<Record<string, string>> = {
  holderCode: 'holderCode',
  holderName: 'holder',
  number: 'certNo',
  name: 'certificateName',
  issuedOn: 'certificateIssuedDate',
  validFrom: 'certificateEffectiveDate',
  validTo: 'certificateExpiringDate',
}

/** Names of the categories of purpose that are no item (非事项). */
export const categoryName: Readonly<Record<string, string>> = {
  inspection: '监督检查',
  'entry-registration': '入境登记',
  hotel: '旅馆登记',
  'own-licences': '本人证照',
  public: '公共核验',
}

export const CONTENT_TYPE = 'application/json;charset=utf-8'
