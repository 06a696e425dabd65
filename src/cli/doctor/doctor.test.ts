import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../config/package-root.js'
import type { Settings } from '../../config/settings.js'
import { nodeVersion } from './runtime.js'
import { certificates } from './trust.js'

test.each([
  ['18.20.0', 'failed', 'NODE_UNSUPPORTED'],
  ['20.18.9', 'failed', 'NODE_UNSUPPORTED'],
  ['20.19.0', 'warning', 'NODE_END_OF_LIFE'],
  ['21.7.0', 'failed', 'NODE_UNSUPPORTED'],
  ['22.12.0', 'failed', 'NODE_UNSUPPORTED'],
  ['22.13.0', 'ok', 'NODE'],
  ['23.1.0', 'failed', 'NODE_UNSUPPORTED'],
  ['24.0.0', 'ok', 'NODE'],
  ['26.1.0', 'ok', 'NODE'],
])('node %s: %s', (version, result, code) => {
  expect(nodeVersion(version)).toMatchObject({ result, code })
})

describe('a certificate of 2021', () => {
  const file = join(packageRoot(), 'test/fixtures/tls/expired.cert.pem')
  const listen = { host: '127.0.0.1', port: 0, tls: { certificate: file, key: file } }
  const settings = { gateway: { listen }, spokes: [] } as unknown as Settings
  const at = async (day: string) => (await certificates(settings, Date.parse(`${day}T00:00:00Z`)))[0]

  test.each([
    ['2020-12-31', 'failed', 'CERTIFICATE_NOT_YET_VALID'],
    ['2021-06-01', 'ok', 'CERTIFICATE'],
    ['2021-11-30', 'ok', 'CERTIFICATE'],
    ['2021-12-02', 'warning', 'CERTIFICATE_ENDS_SOON'],
    ['2021-12-25', 'failed', 'CERTIFICATE_ENDS_SOON'],
    ['2022-01-02', 'failed', 'CERTIFICATE_EXPIRED'],
  ])('on %s: %s', async (day, result, code) => {
    expect(await at(day)).toMatchObject({ result, code })
  })

  test('is named with the day of its end', async () => {
    expect((await at('2021-12-02'))?.text).toEqual({
      zh: `${file} 还有 30 天（2022-01-01）`,
      en: `${file}: days left 30 (2022-01-01)`,
    })
  })
})
