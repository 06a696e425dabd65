import { expect, test } from 'vitest'
import { EndpointError, isLoopbackHost, parseEndpoint } from './endpoint.js'

test('splits an endpoint into what a connection needs', () => {
  expect(parseEndpoint('https://issuer.test/zzgx/')).toEqual({
    origin: 'https://issuer.test',
    authority: 'issuer.test',
    secure: true,
    host: 'issuer.test',
    port: 443,
    mount: '/zzgx',
  })
  expect(parseEndpoint('http://[::1]:8081')).toMatchObject({
    host: '::1',
    authority: '[::1]:8081',
    port: 8081,
    mount: '',
    secure: false,
  })
})

test.each([
  ['http://issuer.test/', 'http off loopback'],
  ['http://127.0.0.1.issuer.test/', 'a name that begins like loopback'],
  ['http://[::ffff:127.0.0.1]/', 'a mapped address'],
  ['http://0.0.0.0/', 'the unspecified address'],
  ['ftp://issuer.test/', 'another scheme'],
  ['https://user:pass@issuer.test/', 'an account'],
  ['https://issuer.test/?a=1', 'a query'],
  ['https://issuer.test/#a', 'a fragment'],
  ['https://issuer.test/a/../b', 'a dot segment'],
  ['https://issuer.test/a%2fb', 'an encoded separator'],
  ['https://issuer.test//a', 'an empty segment'],
  ['https://issuer.test/a\n', 'a line feed'],
  ['issuer.test', 'no URL'],
])('refuses %s (%s)', (text) => {
  expect(() => parseEndpoint(text)).toThrow(EndpointError)
})

test.each(['127.0.0.1', '127.255.0.3', '::1', '[::1]', 'localhost'])('%s is loopback', (host) => {
  expect(isLoopbackHost(host)).toBe(true)
})

test('short forms of loopback are read as what they mean', () => {
  expect(parseEndpoint('http://127.1/').host).toBe('127.0.0.1')
})
