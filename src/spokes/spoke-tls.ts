import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { EndpointError } from '../canonical/endpoint.js'

/** Trust material of one spoke, PEM texts. There is no switch for certificate verification: it is always on. */
export interface SpokeTls {
  /** Whom we trust to certify this spoke, one or more certificates; the runtime's public roots when absent. */
  readonly ca?: string
  /** Our client certificate, with its chain. */
  readonly certificate?: string
  readonly key?: string
  /** The name that the certificate must carry, where it differs from the endpoint's host. */
  readonly serverName?: string
}

/** What node:tls and undici's connector are given. */
export interface TlsConnection {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: true
  readonly servername?: string
}

/** @throws EndpointError when a PEM text cannot be used */
export function tlsConnection(tls: SpokeTls): TlsConnection {
  // createSecureContext accepts any text as `ca` and then trusts nobody, which would look like an outage.
  if (tls.ca !== undefined) checkCertificates('tls.ca', tls.ca)
  if (tls.certificate !== undefined) checkCertificates('tls.certificate', tls.certificate)
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    throw new EndpointError(
      'tls.key',
      '客户端证书与私钥须成对',
      'a client certificate needs its key, and a key its certificate',
    )
  }
  return {
    secureContext: secureContext(tls),
    // Said aloud, because an environment variable can turn the default off.
    rejectUnauthorized: true,
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  }
}

function secureContext({ ca, certificate, key }: SpokeTls): SecureContext {
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    })
  } catch (cause) {
    throw new EndpointError('tls.key', '客户端证书或私钥不可用', 'the client certificate or its key cannot be used', {
      cause,
    })
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]{1,20000}-----END CERTIFICATE-----/g

function checkCertificates(subject: string, pem: string): void {
  const blocks = pem.match(CERTIFICATE) ?? []
  if (blocks.length === 0) throw new EndpointError(subject, '其中没有 PEM 证书', 'it holds no PEM certificate')
  for (const block of blocks) {
    try {
      new X509Certificate(block)
    } catch (cause) {
      throw new EndpointError(subject, '其中有读不出的证书', 'it holds a certificate that cannot be read', { cause })
    }
  }
}
