import { HubError } from '../canonical/errors.js'
import { licenceIdParts, parseLicenceId, readLicenceId } from '../canonical/licence-id.js'
import { loadSettings } from '../config/load.js'
import { loadRegistry } from '../config/registry.js'
import { explainText } from '../routes/explain.js'
import { registryRoutes } from '../routes/registry-routes.js'
import { resolveLicence } from '../routes/resolve.js'
import { exchangeName } from './exchange-record.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { codeNamed, explainCode, unknownCode } from './explain-code.js'
import { explainExchange } from './explain-exchange.js'
import { routeTableOf } from './gateway/route-table-of.js'
import { subjectFrom } from './identifier.js'
import type { Terminal } from './terminal.js'

export interface ExplainOptions {
  /** Without it the built-in registry answers, and says that no spoke is configured. */
  readonly config?: string
  readonly data?: string
}

/** `hutong explain`: why a licence goes where it goes, what a code means, what became of an exchange. Needs no network. */
export async function explain(terminal: Terminal, input: string, options: ExplainOptions): Promise<ExitCode> {
  const subject = await subjectFrom(terminal, input)
  const code = codeNamed(subject)
  if (code !== undefined) return explainCode(terminal, code)
  const exchange = exchangeName(subject)
  if (exchange !== null) return explainExchange(terminal, exchange, options.data)
  try {
    return explainLicence(terminal, subject, options)
  } catch (thrown) {
    if (!(thrown instanceof HubError && thrown.code === 'LICENCE_ID_MALFORMED')) throw thrown
    throw unknownCode(subject) ?? thrown
  }
}

function explainLicence(terminal: Terminal, subject: string, { config }: ExplainOptions): ExitCode {
  const licenceId = parseLicenceId(subject)
  const { type, issuer, definer, serial, version } = licenceIdParts(licenceId)
  const read = readLicenceId(licenceId)
  const check = typeof read === 'string' ? 'bad' : read.check
  const registry = loadRegistry()
  const table = config === undefined ? registryRoutes(registry) : routeTableOf(loadSettings(config), registry)
  const decision = resolveLicence(table, { type, issuer })
  const licenceType = registry.typeByCode.get(type)
  if (terminal.json) {
    terminal.result({
      licence: { definer, type, issuer, serial, version, check, typeName: licenceType?.zh ?? null },
      decision,
    })
  } else {
    const name = licenceType?.[terminal.lang] ?? terminal.text(typeUnlisted)
    terminal.data(`${terminal.text({ zh: '证照类型', en: 'type' })}  ${type}  ${name}`)
    terminal.data(`${terminal.text({ zh: '定义机构', en: 'definer' })}  ${definer}`)
    terminal.data(`${terminal.text({ zh: '颁发机构', en: 'issuer' })}  ${issuer}`)
    if (check === 'ok-legacy') terminal.data(terminal.text(legacyNote))
    terminal.data(explainText(decision, terminal.lang).trimEnd())
  }
  return decision.code === null ? exitCode.ok : exitCode.unconfirmed
}

const typeUnlisted = { zh: '登记表中没有这个类型', en: 'a type that the registry lacks' }
const legacyNote = {
  zh: '! 校验位是某在用产品的写法（ok-legacy），与标准算法不同',
  en: '! the check character is that of a deployed product (ok-legacy), not the standard one',
}
