import { expect, test } from 'vitest'
import { divisionPrefix, issuerDivision } from './division-key.js'

test.each([
  ['43', '43'],
  ['430000', '43'],
  ['430000000000', '43'],
  ['4301', '4301'],
  ['430100', '4301'],
  ['430102', '430102'],
  ['430102000000', '430102'],
  ['430102003000', '430102003'],
  ['430102003001', '430102003001'],
  ['100000', '10'],
])('the claim %s stands for the prefix %s', (text, prefix) => {
  expect(divisionPrefix(text)).toBe(prefix)
})

test.each(['', '4', '430', '04', '043000', '43000X', '4300000', '４３', 'constructor'])('%j is no claim', (text) => {
  expect(divisionPrefix(text)).toBeUndefined()
})

test.each([
  ['11430000006122244L', '430000'],
  ['114300000061231244', '430000'],
  ['43', '430000'],
  ['340100', '340100'],
  ['430102003001', '430102003001'],
])('the issuer %s names the division %s', (code, division) => {
  expect(issuerDivision(code)).toBe(division)
})

test.each([
  ['a credit code with a wrong check character', '11430000006122244K'],
  ['a short code', 'ABC'],
  ['a leading zero', '040000'],
  ['four digits', '4300'],
  ['nothing', ''],
])('%s names none', (_, code) => {
  expect(issuerDivision(code)).toBeUndefined()
})
