import { EndpointError } from '../../canonical/endpoint.js'
import type { Text } from '../../canonical/text.js'
import type { Problem } from '../../config/problem.js'
import type { AskSettings, SpokeSettings } from '../../config/settings.js'
import { readTlsFiles } from '../../config/tls-files.js'
import { type SpokeTls, tlsConnection } from '../../spokes/spoke-tls.js'

/** A spoke's TLS material as texts that can be connected with, or what is wrong with its files. */
export function spokeTrust({ name }: Pick<SpokeSettings, 'name'>, { tls }: AskSettings): SpokeTls | Problem {
  const problem = (at: string, message: Text): Problem => ({ file: `spokes/${name}.yaml`, line: 0, at, message })
  try {
    const texts = readTlsFiles(tls)
    tlsConnection(texts)
    return texts
  } catch (thrown) {
    if (thrown instanceof EndpointError) return problem(`ask.${thrown.subject}`, thrown.text)
    const { code, path } = thrown as NodeJS.ErrnoException
    if (code === undefined) throw thrown
    return problem('ask.tls', {
      zh: `读不到 ${path ?? ''}（${code}）`,
      en: `${path ?? 'a file'} cannot be read (${code})`,
    })
  }
}

export function isProblem(value: SpokeTls | Problem): value is Problem {
  return 'message' in value
}
