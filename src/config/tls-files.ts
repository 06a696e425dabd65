import { readFileSync } from 'node:fs'
import type { AskSettings } from './settings.js'

/** Trust material of an endpoint as PEM texts. @throws Error when a file cannot be read */
export function readTlsFiles({ ca, certificate, key, serverName }: AskSettings['tls']) {
  const text = (file: string) => readFileSync(file, 'utf8')
  return {
    ...(ca === undefined ? {} : { ca: text(ca) }),
    ...(certificate === undefined ? {} : { certificate: text(certificate) }),
    ...(key === undefined ? {} : { key: text(key) }),
    ...(serverName === undefined ? {} : { serverName }),
  }
}
