import { loadSettings } from '../config/load.js'
import type { ExitCode } from './exit-code.js'
import { failureOf } from './failure.js'
import { type Gateway, startGateway } from './gateway/gateway.js'
import { sayFailure } from './guard.js'
import { readPassphrase } from './passphrase.js'
import { exitCodeAfter, untilSignalled } from './signals.js'
import type { Terminal } from './terminal.js'

export interface ServeOptions {
  readonly config: string
  readonly data: string
  readonly passphraseFile?: string
}

/**
 * `hutong serve`: runs until SIGTERM or SIGINT, then drains; SIGHUP reloads the configuration. Stderr is the gateway's
 * log, JSON alone, unless somebody watches it on a terminal.
 */
export async function serve(terminal: Terminal, options: ServeOptions): Promise<ExitCode> {
  const load = () => loadSettings(options.config)
  const { gateway: settings } = load()
  const passphraseFile = options.passphraseFile ?? settings.keys.passphraseFile
  const gateway = await startGateway({
    load,
    data: options.data,
    log: 'stderr',
    ...(passphraseFile === undefined ? { passphrase: await readPassphrase(terminal, undefined) } : { passphraseFile }),
  })
  const say = (zh: string, en: string) => terminal.attended && terminal.say(terminal.text({ zh, en }))
  // One after another: the last signal's configuration is the one that stays.
  let reloading = Promise.resolve()
  const onHangUp = () => {
    reloading = reloading.then(() => reloaded(terminal, gateway))
  }
  process.on('SIGHUP', onHangUp)
  const ended = untilSignalled()
  if (terminal.json) terminal.result({ name: settings.name, url: gateway.url, configVersion: gateway.version() })
  const version = gateway.version()
  say(
    `✔ ${settings.name} ${gateway.url}  配置 ${version}`,
    `✔ ${settings.name} ${gateway.url}  configuration ${version}`,
  )
  const signal = await ended
  say(`收到 ${signal}，处理完在途请求后退出`, `${signal}: finishing what is under way`)
  await reloading
  await gateway.close()
  process.off('SIGHUP', onHangUp)
  return exitCodeAfter(signal)
}

/** A folder that is bad is refused whole and the old configuration stays in force; the log says so in any case. */
async function reloaded(terminal: Terminal, gateway: Gateway): Promise<void> {
  try {
    const { from, to } = await gateway.reload()
    if (!terminal.attended) return
    terminal.say(
      terminal.text({ zh: `✔ 配置已重新加载 ${from} → ${to}`, en: `✔ configuration reloaded ${from} → ${to}` }),
    )
  } catch (thrown) {
    if (!terminal.attended) return
    sayFailure(terminal, failureOf(thrown))
    terminal.say(terminal.text({ zh: '  旧配置继续生效', en: '  the old configuration stays' }))
  }
}
