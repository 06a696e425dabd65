import { errorTable, HubError, isErrorCode } from '../canonical/errors.js'
import { licenceIdParts, parseLicenceId, readLicenceId } from '../canonical/licence-id.js'
import { isVerdictCode, verdictTable } from '../canonical/verdict.js'
import { loadSettings } from '../config/load.js'
import { loadRegistry } from '../config/registry.js'
import { explainText } from '../routes/explain.js'
import { registryRoutes } from '../routes/registry-routes.js'
import { resolveLicence } from '../routes/resolve.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { routeTableOf } from './gateway/route-table-of.js'
import type { Terminal } from './terminal.js'

export interface ExplainOptions {
  /** Without it the built-in registry answers, and says that no spoke is configured. */
  readonly config?: string
}

/** `hutong explain`: why a licence goes where it goes, or what a code means. Needs no network. */
export async function explain(terminal: Terminal, input: string, options: ExplainOptions): Promise<ExitCode> {
  const text = input.normalize('NFKC').trim()
  if (isVerdictCode(text) || isErrorCode(text)) return explainCode(terminal, text)
  const licenceId = parseLicenceId(text)
  const { type, issuer, definer, serial, version } = licenceIdParts(licenceId)
  const read = readLicenceId(licenceId)
  const registry = loadRegistry()
  const table =
    options.config === undefined ? registryRoutes(registry) : routeTableOf(loadSettings(options.config), registry)
  const decision = resolveLicence(table, { type, issuer })
  const check = typeof read === 'string' ? 'bad' : read.check
  const licenceType = registry.typeByCode.get(type)
  if (terminal.json) {
    terminal.result({
      licence: { definer, type, issuer, serial, version, check, typeName: licenceType?.zh ?? null },
      decision,
    })
  } else {
    const name =
      licenceType?.[terminal.lang] ??
      terminal.text({ zh: '登记表中没有这个类型', en: 'a type that the registry lacks' })
    terminal.data(`${terminal.text({ zh: '证照类型', en: 'type' })}  ${type}  ${name}`)
    terminal.data(`${terminal.text({ zh: '定义机构', en: 'definer' })}  ${definer}`)
    terminal.data(`${terminal.text({ zh: '颁发机构', en: 'issuer' })}  ${issuer}`)
    if (check === 'ok-legacy') terminal.say(terminal.text(legacyNote))
    terminal.data(explainText(decision, terminal.lang))
  }
  return decision.code === null ? exitCode.ok : exitCode.unconfirmed
}

const legacyNote = {
  zh: '! 校验位是某在用产品的写法（ok-legacy），与标准算法不同',
  en: '! the check character is that of a deployed product (ok-legacy), not the standard one',
}

function explainCode(terminal: Terminal, code: string): ExitCode {
  if (isVerdictCode(code)) {
    const entry = verdictTable[code]
    if (terminal.json) terminal.result({ code, ...entry })
    else {
      terminal.data(`${code}  ${terminal.text(entry.word)}  (${entry.verdict})`)
      terminal.data(`  ${terminal.text(entry.line)}`)
      terminal.data(`  → ${terminal.text(entry.action)}`)
    }
    return exitCode.ok
  }
  if (!isErrorCode(code)) throw new HubError('INTERNAL')
  const { cause, next, origin, stage, status, retryable } = errorTable[code]
  if (terminal.json) terminal.result({ code, origin, stage, status, retryable, cause, next })
  else {
    terminal.data(
      `${code}  HTTP ${status}  ${origin}/${stage}${retryable ? terminal.text({ zh: '  可重试', en: '  retryable' }) : ''}`,
    )
    terminal.data(`  ${terminal.text(cause)}`)
    terminal.data(`  → ${terminal.text(next)}`)
  }
  return exitCode.ok
}
