import { loadSettings } from '../config/load.js'
import { ConfigError, describeProblem } from '../config/problem.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { type Gateway, startGateway } from './gateway/gateway.js'
import { untilSignalled } from './signals.js'
import type { Terminal } from './terminal.js'

export interface ServeOptions {
  readonly config: string
  readonly data: string
  readonly passphraseFile?: string
}

/** `hutong serve`: runs until SIGTERM or SIGINT, then drains; SIGHUP reloads the configuration. */
export async function serve(terminal: Terminal, options: ServeOptions): Promise<ExitCode> {
  const load = () => loadSettings(options.config)
  const settings = load()
  const passphraseFile = options.passphraseFile ?? settings.gateway.keys.passphraseFile
  const gateway = await startGateway({
    load,
    data: options.data,
    log: 'stderr',
    ...(passphraseFile === undefined ? { passphrase: await askPassphrase(terminal) } : { passphraseFile }),
  })
  terminal.say(
    `✔ ${settings.gateway.name} ${gateway.url} ${terminal.text({ zh: '配置', en: 'configuration' })} ${gateway.version()}`,
  )
  const reload = () => void reloaded(terminal, gateway)
  process.on('SIGHUP', reload)
  const signal = await untilSignalled()
  terminal.say(
    terminal.text({ zh: `收到 ${signal}，处理完在途请求后退出`, en: `${signal}: finishing what is under way` }),
  )
  process.off('SIGHUP', reload)
  await gateway.close()
  return exitCode.ok
}

async function askPassphrase(terminal: Terminal): Promise<string> {
  const { readPassphrase } = await import('./passphrase.js')
  return readPassphrase(terminal, undefined)
}

/** A folder that is bad is refused whole and the old configuration stays in force. */
async function reloaded(terminal: Terminal, gateway: Gateway): Promise<void> {
  try {
    const { from, to } = await gateway.reload()
    terminal.say(
      terminal.text({ zh: `✔ 配置已重新加载 ${from} → ${to}`, en: `✔ configuration reloaded ${from} → ${to}` }),
    )
  } catch (thrown) {
    terminal.say(
      terminal.text({ zh: '✘ 新配置有误，仍用旧配置', en: '✘ the new configuration is bad; the old one stays' }),
    )
    const problems =
      thrown instanceof ConfigError
        ? thrown.problems.map((problem) => describeProblem(problem, terminal.lang))
        : [String(thrown)]
    for (const problem of problems) terminal.say(`  ${problem}`)
  }
}
