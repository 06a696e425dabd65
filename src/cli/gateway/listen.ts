import { readFileSync } from 'node:fs'
import type { GatewaySettings } from '../../config/settings.js'
import { CliError } from '../cli-error.js'

/** PEM texts of what we listen with. @throws Error when a file cannot be read */
export function listeningTls({ listen: { tls } }: GatewaySettings) {
  if (tls === undefined) return {}
  const text = (file: string) => readFileSync(file, 'utf8')
  const clientCa = tls.clientCa === undefined ? {} : { clientCa: text(tls.clientCa) }
  return { tls: { certificate: text(tls.certificate), key: text(tls.key), ...clientCa } }
}

/** @throws CliError PORT_UNAVAILABLE */
export async function listenOn(
  app: { listen(at: { host: string; port: number }): Promise<string> },
  { listen }: GatewaySettings,
): Promise<string> {
  try {
    return await app.listen({ host: listen.host, port: listen.port })
  } catch (thrown) {
    const { code, syscall } = thrown as NodeJS.ErrnoException
    if (syscall !== 'listen' && syscall !== 'getaddrinfo') throw thrown
    const where = `${listen.host}:${listen.port}`
    throw new CliError(
      'PORT_UNAVAILABLE',
      { zh: `${where} 用不了（${code}）`, en: `${where} cannot be used (${code})` },
      {
        zh: '停掉占用它的程序，或换一个端口（--port、gateway.yaml）',
        en: 'stop what holds it, or take another (--port, gateway.yaml)',
      },
    )
  }
}
