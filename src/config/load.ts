import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { unwrapAppsecret } from '../adapters/signers/gj-key-unwrap.js'
import { checkSettings } from './check.js'
import { packageRoot } from './package-root.js'
import { ConfigError, type Problem } from './problem.js'
import type { AskSettings, GatewaySettings, Settings, SpokeSettings, UseListRow, UseListSettings } from './settings.js'
import { readYaml, type YamlFile } from './yaml-file.js'

/** Defaults stand in the schemas, so that what is promised and what is done are one text. */
function compileSchema(name: string): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false })
  return ajv.compile(JSON.parse(readFileSync(join(packageRoot(), 'spec/config', name), 'utf8')))
}

/** A file read on the way, for cross-checks that point at lines. */
export interface LoadedFiles {
  readonly gateway: YamlFile
  readonly spokes: ReadonlyMap<string, YamlFile>
  readonly useList: YamlFile
}

/**
 * Reads a configuration folder whole: `gateway.yaml`, `spokes/*.yaml`, `use-list.yaml` and the secret files they name.
 *
 * @throws ConfigError with every problem found, each with file and line
 */
export function loadSettings(folder: string): Settings {
  const root = resolve(folder)
  const problems: Problem[] = []
  const gatewayFile = readYaml(
    join(root, 'gateway.yaml'),
    'gateway.yaml',
    compileSchema('gateway.schema.json'),
    problems,
  )
  const useListFile = readYaml(
    join(root, 'use-list.yaml'),
    'use-list.yaml',
    compileSchema('use-list.schema.json'),
    problems,
  )
  const spokeSchema = compileSchema('spoke.schema.json')
  const spokeFiles = new Map<string, YamlFile>()
  for (const name of spokeFileNames(root, problems)) {
    const file = readYaml(join(root, 'spokes', name), `spokes/${name}`, spokeSchema, problems)
    if (file !== undefined) spokeFiles.set(name, file)
  }
  if (gatewayFile === undefined || useListFile === undefined || problems.length > 0)
    throw new ConfigError(problems, folder)

  const spokes = [...spokeFiles.values()].map((file) => spokeSettings(file, root, problems))
  const settings: Settings = {
    folder: root,
    version: versionOf([gatewayFile, useListFile, ...spokeFiles.values()]),
    gateway: gatewaySettings(gatewayFile.value as RawGateway, root),
    spokes,
    useList: useListSettings(useListFile.value),
  }
  problems.push(...checkSettings(settings, { gateway: gatewayFile, spokes: spokeFiles, useList: useListFile }))
  if (problems.length > 0) throw new ConfigError(problems, folder)
  return settings
}

function spokeFileNames(root: string, problems: Problem[]): readonly string[] {
  try {
    return readdirSync(join(root, 'spokes'))
      .filter((name) => name.endsWith('.yaml'))
      .sort()
  } catch {
    problems.push({
      file: 'spokes',
      line: 0,
      at: '',
      message: { zh: '没有 spokes 目录', en: 'there is no spokes folder' },
    })
    return []
  }
}

function versionOf(files: readonly YamlFile[]): string {
  const hash = createHash('sm3')
  for (const { name, text } of files) hash.update(`${name}\0${Buffer.byteLength(text)}\0${text}`)
  return hash.digest('hex').slice(0, 16)
}

type RawGateway = Omit<GatewaySettings, 'limits' | 'publicVerify'> &
  Partial<Pick<GatewaySettings, 'limits' | 'publicVerify'>>

function gatewaySettings(raw: RawGateway, root: string): GatewaySettings {
  const path = (file: string) => resolve(root, file)
  const { tls } = raw.listen
  return {
    name: raw.name,
    listen: {
      host: raw.listen.host,
      port: raw.listen.port,
      ...(tls === undefined
        ? {}
        : {
            tls: {
              certificate: path(tls.certificate),
              key: path(tls.key),
              ...(tls.clientCa === undefined ? {} : { clientCa: path(tls.clientCa) }),
            },
          }),
    },
    keys: {
      ...(raw.keys.passphraseFile === undefined ? {} : { passphraseFile: path(raw.keys.passphraseFile) }),
      sign: raw.keys.sign.map(path),
      encrypt: raw.keys.encrypt.map(path),
      hash: path(raw.keys.hash),
    },
    limits: { bodyBytes: 1_048_576, requestSeconds: 15, nonces: 2_000_000, drainSeconds: 10, ...raw.limits },
    publicVerify: raw.publicVerify ?? { enabled: false, perMinute: 30 },
    successors: raw.successors ?? [],
    verticals: raw.verticals ?? [],
    licenceTypes: raw.licenceTypes ?? [],
    passThrough: raw.passThrough ?? [],
  }
}

type RawSpoke = Omit<SpokeSettings, 'secrets' | 'ask' | 'serve' | 'signer' | 'validStatuses'> & {
  readonly signer?: SpokeSettings['signer']
  readonly validStatuses?: readonly string[]
  readonly ask?: Partial<Omit<AskSettings, 'answersFor'>> & {
    endpoint: string
    answersFor: Partial<AskSettings['answersFor']>
  }
  readonly serve?: {
    operations: NonNullable<SpokeSettings['serve']>['operations']
    pinnedCertificates?: readonly string[]
  }
  readonly secrets?: Readonly<Record<string, { readonly file: string } | { readonly value: string }>>
}

function spokeSettings(file: YamlFile, root: string, problems: Problem[]): SpokeSettings {
  const raw = file.value as RawSpoke
  const secrets: Record<string, string> = {}
  for (const [name, source] of Object.entries(raw.secrets ?? {})) {
    const secret = 'value' in source ? source.value : readSecret(resolve(root, source.file))
    if (secret === undefined) {
      const message = {
        zh: '密钥文件读不到，或对其他用户可读（应为 0600）',
        en: 'the secret file cannot be read, or others may read it (want mode 0600)',
      }
      problems.push(file.problem(['secrets', name, 'file'], message))
    } else secrets[name] = secret
  }
  unwrapSecret(secrets, file, problems)
  return {
    name: raw.name,
    node: raw.node,
    dialect: raw.dialect,
    signer: raw.signer ?? null,
    validStatuses: raw.validStatuses ?? [],
    ask: raw.ask === undefined ? null : askSettings(raw.ask, root),
    serve:
      raw.serve === undefined
        ? null
        : { operations: raw.serve.operations, pinnedCertificates: raw.serve.pinnedCertificates ?? [] },
    keys: raw.keys ?? [],
    encryptTo: raw.encryptTo ?? null,
    secrets,
  }
}

/** The national platform hands its appsecret out wrapped; it may stand in the configuration as it came. */
function unwrapSecret(secrets: Record<string, string>, file: YamlFile, problems: Problem[]): void {
  const { wrappedAppsecret, appkey, ...others } = secrets
  if (wrappedAppsecret === undefined || others['appsecret'] !== undefined) return
  try {
    secrets['appsecret'] = unwrapAppsecret(wrappedAppsecret, appkey ?? '')
  } catch {
    const message = { zh: '用 appkey 解不开', en: 'the appkey does not unwrap it' }
    problems.push(file.problem(['secrets', 'wrappedAppsecret'], message))
  }
}

function askSettings(raw: NonNullable<RawSpoke['ask']>, root: string): AskSettings {
  const tls = Object.fromEntries(
    Object.entries(raw.tls ?? {}).map(([name, value]) => [name, name === 'serverName' ? value : resolve(root, value)]),
  )
  return {
    endpoint: raw.endpoint.replace(/\/+$/, ''),
    tls,
    answersFor: { divisions: [], issuers: [], definers: [], everybodyElse: false, ...raw.answersFor },
    deadlineMs: raw.deadlineMs ?? 8000,
    concurrency: raw.concurrency ?? 64,
    queue: raw.queue ?? 256,
    breaker: { minimumCalls: 10, failurePercent: 50, resetMs: 10_000, ...raw.breaker },
  }
}

/** The file's text without its last line break; undefined when it is missing, empty, or readable by others. */
function readSecret(path: string): string | undefined {
  try {
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) return undefined
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '') || undefined
  } catch {
    return undefined
  }
}

type RawUse = Omit<UseListRow, 'item' | 'fields'> & Partial<Pick<UseListRow, 'item' | 'fields'>>

function useListSettings(value: unknown): UseListSettings {
  const { uses, grades = {} } = value as {
    readonly uses: readonly RawUse[]
    readonly grades?: UseListSettings['grades']
  }
  return { uses: uses.map((use) => ({ ...use, item: use.item ?? null, fields: use.fields ?? [] })), grades }
}
