import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ConfigError, type Problem } from '../../config/problem.js'
import type { Registry } from '../../config/registry.js'
import type { GatewaySettings, Settings } from '../../config/settings.js'
import type { KeyUse } from '../../crypto/key-file.js'
import { CliError } from '../cli-error.js'
import { readKeyHead } from '../key-head.js'
import { useListOf } from './policy-of.js'
import { routeTableOf } from './route-table-of.js'
import { isProblem, spokeTrust } from './spoke-trust.js'

/**
 * Everything about a folder that can be judged without its passphrase and without starting: routes, use list, key
 * files, TLS files. A folder that passes can be served and reloaded.
 *
 * @throws ConfigError with every problem found
 */
export async function checkWhole(settings: Settings, registry: Registry): Promise<void> {
  const problems = [
    ...problemsOf(() => routeTableOf(settings, registry)),
    ...problemsOf(() => useListOf(settings)),
    ...settings.spokes.flatMap((spoke) => {
      const trust = spoke.ask === null ? {} : spokeTrust(spoke, spoke.ask)
      return isProblem(trust) ? [trust] : []
    }),
    ...(await keyProblems(settings.gateway)),
    ...listenProblems(settings.gateway),
  ]
  if (problems.length > 0) throw new ConfigError(problems, settings.folder)
}

function problemsOf(compile: () => unknown): readonly Problem[] {
  try {
    compile()
    return []
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    return thrown.problems
  }
}

async function keyProblems({ keys }: GatewaySettings): Promise<readonly Problem[]> {
  const named: readonly (readonly [at: string, use: KeyUse, file: string])[] = [
    ...keys.sign.map((file, index) => [`keys.sign.${index}`, 'sign', file] as const),
    ...keys.encrypt.map((file, index) => [`keys.encrypt.${index}`, 'encrypt', file] as const),
    ['keys.hash', 'hash', keys.hash],
  ]
  const found = await Promise.all(named.map(async ([at, use, file]) => keyProblem(at, use, file)))
  return found.filter((problem) => problem !== undefined)
}

async function keyProblem(at: string, use: KeyUse, file: string): Promise<Problem | undefined> {
  try {
    const head = await readKeyHead(file)
    if (head.use === use) return undefined
    const message = { zh: `这是用于 ${head.use} 的密钥`, en: `this is a key for ${head.use}` }
    return { file: 'gateway.yaml', line: 0, at, message }
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown
    return { file: 'gateway.yaml', line: 0, at, message: thrown.because }
  }
}

function listenProblems({ listen: { tls } }: GatewaySettings): readonly Problem[] {
  if (tls === undefined) return []
  const at = 'listen.tls'
  try {
    const { certificate, key, clientCa } = tls
    const text = (file: string) => readFileSync(file, 'utf8')
    createSecureContext({ cert: text(certificate), key: text(key), ...(clientCa && { ca: text(clientCa) }) })
    return []
  } catch (thrown) {
    const { path, code } = thrown as NodeJS.ErrnoException
    const message =
      path === undefined
        ? { zh: '证书与私钥用不了，或不是一对', en: 'certificate and key cannot be used, or are no pair' }
        : { zh: `读不到 ${path}（${code}）`, en: `${path} cannot be read (${code})` }
    return [{ file: 'gateway.yaml', line: 0, at, message }]
  }
}
