import { expect, test } from 'vitest'
import { gjWrappingKey, unwrapAppsecret } from './gj-key-unwrap.js'

const appkey = 'hutong-test-appkey-0001'
const wrapped = 'u98rn2h8iR44YN99eTF1bTQBTylVVzZMf39aCWoR6RY='

test('the published vector, byte for byte', () => {
  expect(Buffer.from(gjWrappingKey(appkey)).toString('hex')).toBe('8192332b68481fe3f01b146a5f6b6d5d')
  expect(unwrapAppsecret(wrapped, appkey)).toBe('hutong-test-appsecret-0001')
})

test('line breaks in the Base64 do not matter', () => {
  expect(unwrapAppsecret(`${wrapped.slice(0, 20)}\r\n${wrapped.slice(20)}\n`, appkey)).toBe(
    'hutong-test-appsecret-0001',
  )
})

test.each([
  ['another appkey', wrapped, 'hutong-test-appkey-0002'],
  ['a byte changed', `v${wrapped.slice(1)}`, appkey],
  ['half a block', wrapped.slice(0, 24), appkey],
  ['no Base64', '!!!!', appkey],
  ['nothing', '', appkey],
  ['blanks inside', wrapped.replace('3', ' '), appkey],
])('refuses %s', (_case, text, key) => {
  expect(() => unwrapAppsecret(text, key)).toThrow('REPLY_UNDECRYPTABLE')
})
