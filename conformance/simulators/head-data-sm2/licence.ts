import type { BookLicence } from '../kit/book.js'

/** The sealed content of queryCertInfo. */
export function licenceContent(licence: BookLicence): Readonly<Record<string, unknown>> {
  const { holders, fields } = licence
  const faceItems = Object.entries(fields).map(([name, value]) => [`KZ_${name}`, value])
  return {
    ...hitContent(licence),
    certificateTypeName: licence.typeName,
    certificateNumber: licence.number,
    certificateIssuedDate: licence.issuedOn,
    certificateEffectiveDate: licence.validFrom,
    certificateExpiringDate: licence.validTo ?? '长期',
    certificateHolderName: holders.map(({ name }) => name).join('^'),
    certificateHolderCode: holders.map(({ code }) => code).join('^'),
    certificateHolderTypeCode: holders.map(({ typeCode }) => typeCode).join('^'),
    ...Object.fromEntries(faceItems),
  }
}

/** One hit of queryCert. */
export function hitContent({ id, name, typeCode, issuer, status }: BookLicence): Readonly<Record<string, unknown>> {
  return {
    cert_identifier: id,
    certificateName: name,
    certificateTypeCode: typeCode,
    certificateIssuingAuthorityCode: issuer.code,
    certificateIssuingAuthorityName: issuer.name,
    certificateStatus: Number(status),
  }
}

/** Whether what was given about the licence (certData) agrees with it; a member that the platform does not know, does not. */
export function agrees(licence: BookLicence, certData: Readonly<Record<string, unknown>>): boolean {
  const own: Readonly<Record<string, readonly string[]>> = {
    holderCode: licence.holders.map(({ code }) => code),
    holder: licence.holders.map(({ name }) => name),
    certNo: [licence.number],
    certificateName: [licence.name],
    certificateIssuedDate: [licence.issuedOn],
    certificateEffectiveDate: [licence.validFrom],
    certificateExpiringDate: [licence.validTo ?? '长期'],
    ...Object.fromEntries(Object.entries(licence.fields).map(([name, value]) => [`KZ_${name}`, [value]])),
  }
  return Object.entries(certData).every(([name, value]) => own[name]?.includes(String(value)) ?? false)
}
