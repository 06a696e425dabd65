import { X509Certificate } from 'node:crypto'
import type { Settings } from '../../config/settings.js'
import { chooseEngine, NoEngineError } from '../../crypto/choose-engine.js'
import { CliError } from '../cli-error.js'
import { readBounded } from '../files.js'
import { openGatewayKeys } from '../gateway/gateway-keys.js'
import { readPassphraseFile } from '../passphrase.js'
import { type Finding, unwell, well } from './finding.js'

/** Opens every key of the gateway, if there is a passphrase to open them with. */
export async function keys({ gateway }: Settings, passphraseFile: string | undefined): Promise<readonly Finding[]> {
  const file = passphraseFile ?? gateway.keys.passphraseFile
  if (file === undefined) {
    return [
      unwell(
        'trust',
        'KEYS_UNTRIED',
        'warning',
        ['没有口令文件，密钥未试开', 'no passphrase file, so the keys were not opened'],
        'hutong doctor --passphrase-file <file>',
      ),
    ]
  }
  try {
    const { engine } = await chooseEngine()
    const { published } = await openGatewayKeys(gateway, engine, await readPassphraseFile(file))
    const ids = published.map(({ keyId }) => keyId).join(' ')
    return [well('trust', 'KEYS', `密钥可用：${ids}`, `keys open: ${ids}`)]
  } catch (thrown) {
    // Without an engine there is nothing to open them with, which another check says.
    if (thrown instanceof NoEngineError) return []
    if (!(thrown instanceof CliError)) throw thrown
    const { code, because, next } = thrown
    return [unwell('trust', code, 'failed', [because.zh, because.en], [next.zh, next.en])]
  }
}

const DAY_MS = 86_400_000
const CERTIFICATE_LIMIT = 4 * 1024 * 1024
const PEM = /-----BEGIN CERTIFICATE-----[^-]{1,20000}-----END CERTIFICATE-----/g

/** Days left of every TLS certificate that the configuration names: our own and the spokes' authorities. */
export async function certificates({ gateway, spokes }: Settings, now: number): Promise<readonly Finding[]> {
  const { tls } = gateway.listen
  const files = [tls?.certificate, tls?.clientCa, ...spokes.flatMap(({ ask }) => [ask?.tls.ca, ask?.tls.certificate])]
  const named = [...new Set(files.filter((file) => file !== undefined))]
  return (await Promise.all(named.map((file) => certificateFile(file, now)))).flat()
}

async function certificateFile(file: string, now: number): Promise<readonly Finding[]> {
  const text = (await readBounded(file, CERTIFICATE_LIMIT))?.toString('latin1') ?? ''
  try {
    const found = (text.match(PEM) ?? []).map((pem) => new X509Certificate(pem))
    if (found.length > 0) return found.map((certificate) => validity(file, certificate, now))
  } catch {
    // Told below.
  }
  return [
    unwell(
      'trust',
      'CERTIFICATE_UNREADABLE',
      'failed',
      [`证书读不出来: ${file}`, `the certificate cannot be read: ${file}`],
      `openssl x509 -noout -text -in ${file}`,
    ),
  ]
}

function validity(file: string, { validFrom, validTo }: X509Certificate, now: number): Finding {
  const renew = ['换发证书，然后 kill -HUP <pid>', 'renew it, then kill -HUP <pid>'] as const
  const until = new Date(validTo).toISOString().slice(0, 10)
  const days = Math.floor((Date.parse(validTo) - now) / DAY_MS)
  if (days < 0)
    return unwell(
      'trust',
      'CERTIFICATE_EXPIRED',
      'failed',
      [`${file} 已于 ${until} 到期`, `${file} expired on ${until}`],
      renew,
    )
  if (Date.parse(validFrom) > now) {
    return unwell(
      'trust',
      'CERTIFICATE_NOT_YET_VALID',
      'failed',
      [`${file} 尚未生效`, `${file} is not in force yet`],
      ['核对本机时钟: date', 'compare this machine’s clock: date'],
    )
  }
  const zh = `${file} 还有 ${days} 天（${until}）`
  const en = `${file}: days left ${days} (${until})`
  if (days > 30) return well('trust', 'CERTIFICATE', zh, en)
  return unwell('trust', 'CERTIFICATE_ENDS_SOON', days <= 7 ? 'failed' : 'warning', [zh, en], renew)
}
