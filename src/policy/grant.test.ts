import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatLicenceId, parseLicenceId } from '../canonical/licence-id.js'
import type { CanonicalAnswer, Licence } from '../canonical/model.js'
import { verdictReport } from '../canonical/verdict.js'
import { createGrant } from './grant.js'

const safety = '11100000000013338W011'
const id = parseLicenceId('1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U')
const licence: Licence = {
  id,
  name: '安管人员考核合格证（测试）',
  typeCode: safety,
  typeName: '安管人员考核合格证',
  number: '湘建安A(2023)0000403',
  issuer: { code: '11430000006122244L', name: '湖南省住房和城乡建设厅' },
  holders: [{ typeCode: '111', code: '11010519491231002X', name: '测试员乙' }],
  issuedOn: '2023-05-21',
  validFrom: '2023-05-21',
  validTo: null,
  validToRaw: '长期',
  lifecycle: { state: 'valid', raw: '1', encumbrances: [] },
  fields: { GANGWEI: '企业主要负责人', XINGBIE: '女' },
}

describe('a licence', () => {
  test('without granted fields keeps only what says which licence it is and how it stands', () => {
    const { licence: left, withheld } = createGrant([], new Set([safety])).filterLicence(licence)
    expect(left).toEqual({
      ...licence,
      number: null,
      holders: [],
      issuedOn: null,
      validFrom: null,
      validToRaw: null,
      fields: {},
    })
    expect(withheld).toEqual([
      'number',
      'holderName',
      'holderCode',
      'issuedOn',
      'validFrom',
      'validTo',
      'GANGWEI',
      'XINGBIE',
    ])
  })
  test('keeps exactly the fields that were granted', () => {
    const { licence: left, withheld } = createGrant(['validTo', 'GANGWEI'], 'any').filterLicence(licence)
    expect(left.fields).toEqual({ GANGWEI: '企业主要负责人' })
    expect(left.validToRaw).toBe('长期')
    expect(withheld).not.toContain('GANGWEI')
    expect(withheld).toContain('XINGBIE')
  })
  test('a holder’s name does not leave with the code alone, nor without the code', () => {
    expect(createGrant(['holderCode'], 'any').filterLicence(licence).licence.holders).toEqual([
      { typeCode: '111', code: '11010519491231002X', name: null },
    ])
    expect(createGrant(['holderName'], 'any').filterLicence(licence).licence.holders).toEqual([])
    expect(createGrant(['holderName', 'holderCode'], 'any').filterLicence(licence).licence.holders).toEqual(
      licence.holders,
    )
  })
  test('what the source did not give is not withheld', () => {
    const bare: Licence = {
      ...licence,
      number: null,
      holders: [],
      issuedOn: null,
      validFrom: null,
      validToRaw: null,
      fields: {},
    }
    expect(createGrant([], 'any').filterLicence(bare)).toEqual({ licence: bare, withheld: [] })
  })
  test('no value leaves that was not granted, whatever the face holds', () => {
    const names = fc.stringMatching(/^[A-Z]{1,6}$/)
    fc.assert(
      fc.property(fc.dictionary(names, fc.stringMatching(/^secret-\d+$/)), fc.array(names), (fields, granted) => {
        const { licence: left, withheld } = createGrant(granted, 'any').filterLicence({ ...licence, fields })
        expect(Object.keys(left.fields).every((name) => granted.includes(name))).toBe(true)
        expect([...Object.keys(left.fields), ...withheld].filter((name) => name in fields).sort()).toEqual(
          Object.keys(fields).sort(),
        )
        expect(withheld.join()).not.toContain('secret-')
      }),
    )
  })
})

describe('an answer', () => {
  test('to getData is filtered like its licence', () => {
    const grant = createGrant(['number'], new Set([safety]))
    expect(grant.filter({ operation: 'getData', licence })).toEqual({
      operation: 'getData',
      licence: grant.filterLicence(licence).licence,
    })
  })
  test('to a search loses the types that the matter may not use', () => {
    const other = formatLicenceId({
      type: '11100000MB03271699022',
      issuer: '340100',
      serial: '000000016',
      version: '001',
    })
    const { name, typeCode, issuer, lifecycle } = licence
    const hit = { id, name, typeCode, issuer, lifecycle }
    const answer: CanonicalAnswer = {
      operation: 'search',
      found: [hit, { ...hit, id: other, typeCode: '11100000MB03271699022' }],
    }
    expect(createGrant([], new Set([safety])).filter(answer)).toEqual({ operation: 'search', found: [hit] })
  })
  test('to verifyData keeps verdict and results, and gives dates only where they were granted', () => {
    const report = verdictReport({ code: 'VALID', parts: {}, fields: { holderName: 'match' } })
    const answer: CanonicalAnswer = {
      operation: 'verifyData',
      licenceId: id,
      report,
      validFrom: '2023-05-21',
      validTo: null,
    }
    expect(createGrant([], 'any').filter(answer)).toEqual({ operation: 'verifyData', licenceId: id, report })
    expect(createGrant(['validTo'], 'any').filter(answer)).toEqual({
      operation: 'verifyData',
      licenceId: id,
      report,
      validTo: null,
    })
  })
})
