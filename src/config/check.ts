import type { Dialect } from '../adapters/adapter.js'
import { EndpointError, isLoopbackHost, parseEndpoint } from '../canonical/endpoint.js'
import type { Text } from '../canonical/text.js'
import { dialectOf } from './dialects.js'
import type { LoadedFiles } from './load.js'
import type { Problem } from './problem.js'
import type { Settings, SpokeSettings } from './settings.js'
import type { YamlFile } from './yaml-file.js'

type Path = readonly (string | number)[]
type Report = (path: Path, zh: string, en: string) => void

/** Rules that no schema can state: across files, and between a dialect and the trust material it needs. */
export function checkSettings(settings: Settings, files: LoadedFiles): readonly Problem[] {
  const problems: Problem[] = []
  const reporter =
    (file: YamlFile): Report =>
    (path, zh, en) =>
      problems.push(file.problem(path, { zh, en } satisfies Text))
  const spokes = new Map(settings.spokes.map((spoke) => [spoke.name, spoke]))
  const keyOwners = new Map<string, string>()
  let wayOut: string | undefined

  for (const [fileName, file] of files.spokes) {
    const report = reporter(file)
    const spoke = settings.spokes.find((each) => each.name === (file.value as { name: string }).name)
    if (spoke === undefined) continue
    if (fileName !== `${spoke.name}.yaml`) report(['name'], '名称须与文件名一致', 'the name must be that of the file')
    const { secrets = {} } = file.value as { secrets?: object }
    checkSpoke(spoke, Object.keys(secrets), settings, report)
    for (const [index, key] of spoke.keys.entries()) {
      if (keyOwners.has(key.id))
        report(['keys', index, 'id'], '密钥标识已被另一节点使用', 'another spoke uses this key id')
      keyOwners.set(key.id, spoke.name)
    }
    if (spoke.ask?.answersFor.everybodyElse) {
      if (wayOut !== undefined)
        report(['ask', 'answersFor', 'everybodyElse'], '默认出口只能有一个', 'there can be one default way out')
      wayOut = spoke.name
    }
  }
  checkGateway(settings, spokes, reporter(files.gateway))
  checkUseList(settings, spokes, reporter(files.useList))
  return problems
}

function checkSpoke(spoke: SpokeSettings, named: readonly string[], settings: Settings, report: Report): void {
  const dialect = dialectOf(spoke)
  const { ask, serve } = spoke
  if (spoke.signer !== null && spoke.dialect !== 'gjzwfwpt') {
    report(['signer'], '只有 gjzwfwpt 可换签名方式', 'only gjzwfwpt takes another signer')
  }
  if (ask === null && serve === null)
    report([], '既不答也不问：写 ask 或 serve', 'neither asked nor asking: write ask or serve')
  const guarded = [...serverGuards(serve), ...(ask?.endpoint.startsWith('https:') ? ['https'] : [])]
  for (const name of dialect.secrets) {
    // A pinned certificate, or TLS, stands in for the secret that only loopback may use. One that is named and
    // cannot be read has been reported already.
    const given = named.includes(name) || (name === 'appsecret' && named.includes('wrappedAppsecret'))
    if (!given && !(name === 'spokeSecret' && guarded.length > 0)) {
      report(['secrets', name], `该方言需要 ${name}`, `the dialect needs ${name}`)
    }
  }
  if (ask !== null) checkEndpoint(ask.endpoint, report)
  if (dialect.carries === 'signature' && spoke.keys.length === 0) {
    report(['keys'], '该方言需要对方的签名公钥', 'the dialect needs their signing key')
  }
  if (spoke.dialect === 'head-data-sm2' && serve !== null && spoke.encryptTo === null) {
    report(['encryptTo'], '答复要用对方的公钥加密', 'answers are encrypted to their public key')
  }
  if (serve !== null) checkServe(serve.operations, dialect, report)
  if (serve !== null && dialect.carries === 'nothing' && !mayServeUnsigned(spoke, settings)) {
    report(
      ['serve', 'pinnedCertificates'],
      '该方言不带签名：须登记客户端证书并开启 TLS 与 clientCa，或只在回环地址监听',
      'the dialect carries no signature: pin client certificates and listen with TLS and clientCa, or listen on loopback only',
    )
  }
}

function serverGuards(serve: SpokeSettings['serve']): readonly string[] {
  return serve?.pinnedCertificates ?? []
}

function checkServe(operations: readonly string[], dialect: Dialect, report: Report): void {
  for (const [index, operation] of operations.entries()) {
    if (!(dialect.operations as readonly string[]).includes(operation)) {
      report(['serve', 'operations', index], '该方言没有这项操作', 'the dialect has no such operation')
    }
  }
}

function mayServeUnsigned(spoke: SpokeSettings, { gateway }: Settings): boolean {
  if (isLoopbackHost(gateway.listen.host)) return true
  return gateway.listen.tls?.clientCa !== undefined && serverGuards(spoke.serve).length > 0
}

function checkEndpoint(endpoint: string, report: Report): void {
  try {
    parseEndpoint(endpoint)
  } catch (thrown) {
    if (!(thrown instanceof EndpointError)) throw thrown
    report(['ask', 'endpoint'], thrown.text.zh, thrown.text.en)
  }
}

function checkGateway({ gateway }: Settings, spokes: ReadonlyMap<string, SpokeSettings>, report: Report): void {
  for (const [index, vertical] of gateway.verticals.entries()) {
    if (spokes.get(vertical.spoke)?.ask == null) {
      report(['verticals', index, 'spoke'], '没有可问的这个节点', 'there is no such spoke to ask')
    }
  }
  for (const [index, { from, to }] of gateway.passThrough.entries()) {
    if (spokes.get(from)?.serve == null)
      report(['passThrough', index, 'from'], '没有提问的这个节点', 'there is no such spoke that asks')
    if (spokes.get(to)?.ask == null)
      report(['passThrough', index, 'to'], '没有可问的这个节点', 'there is no such spoke to ask')
  }
}

function checkUseList({ useList }: Settings, spokes: ReadonlyMap<string, SpokeSettings>, report: Report): void {
  for (const [index, row] of useList.uses.entries()) {
    const serve = spokes.get(row.spoke)?.serve
    if (row.spoke === 'public') continue
    if (serve == null) {
      report(['uses', index, 'spoke'], '没有提问的这个节点', 'there is no such spoke that asks')
      continue
    }
    for (const operation of row.operations) {
      if (!(serve.operations as readonly string[]).includes(operation)) {
        report(['uses', index, 'operations'], `该节点未开放 ${operation}`, `the spoke may not ask ${operation}`)
      }
    }
  }
}
