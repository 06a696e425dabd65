import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { DialectName } from '../../adapters/adapter.js'
import { type Actor, actorOf, cast } from './cast.js'
import { type ActorSecrets, type TrustMaterial, writePrivate } from './trust-material.js'

/** Names of the service ids of the national dialect; here they are the same for every system. */
const SIDS = { search: 's_demo_search', getData: 's_demo_data', verifyData: 's_demo_verify' }

/** Configuration of the program that plays a dialect's issuer and asker. */
export function simulatorConfig(dialect: DialectName, hub: string, trust: TrustMaterial) {
  const issuer = actorOf(dialect, 'issuer')
  const asker = actorOf(dialect, 'asker')
  return {
    node: issuer.name,
    issuer: { host: '127.0.0.1', port: 0, ...simulatorTrust(dialect, secretsOf(trust, issuer), trust) },
    asker: {
      node: asker.name,
      hub,
      mount: `/in/${asker.name}`,
      ...simulatorTrust(dialect, secretsOf(trust, asker), trust),
    },
    control: { port: 0 },
  }
}

function simulatorTrust(dialect: DialectName, own: ActorSecrets, { gateway }: TrustMaterial) {
  switch (dialect) {
    case 'canonical':
      return { keyId: own.keyId, privateKey: own.privateKey, peerKeys: { [gateway.signId]: gateway.sign } }
    case 'head-data-sm2':
      return {
        accessId: own.account,
        accessToken: own.token,
        callerPublicKey: gateway.encrypt,
        privateKey: own.privateKey,
      }
    case 'gjzwfwpt':
      return { rid: own.account, appsecret: own.token, sids: SIDS }
    case 'tax-gt3':
      return { channelId: own.account, spokeSecret: own.token }
  }
}

export interface WorldOptions {
  readonly folder: string
  readonly port: number
  readonly trust: TrustMaterial
  /** Ports of the issuing systems by dialect. */
  readonly issuerPorts: ReadonlyMap<DialectName, number>
  /** Type codes of the licences that the simulators hold. */
  readonly typeCodes: readonly string[]
  /** Type codes that the built-in registry lacks. */
  readonly localTypes: readonly string[]
}

/** Writes the gateway's configuration folder, the same that an operator would write by hand. */
export async function writeWorld(options: WorldOptions): Promise<string> {
  const folder = join(options.folder, 'config')
  await mkdir(join(folder, 'spokes'), { recursive: true, mode: 0o700 })
  await mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  await writeYaml(join(folder, 'gateway.yaml'), gatewayYaml(options))
  await writeYaml(join(folder, 'use-list.yaml'), { uses: useList(options.typeCodes) })
  for (const actor of cast) {
    await writeSecrets(folder, actor, secretsOf(options.trust, actor))
    await writeYaml(join(folder, `spokes/${actor.name}.yaml`), spokeYaml(actor, options))
  }
  return folder
}

function gatewayYaml({ port, localTypes }: WorldOptions) {
  return {
    name: 'hutong-demo',
    listen: { host: '127.0.0.1', port },
    keys: {
      passphraseFile: '../keys/passphrase',
      sign: ['../keys/sign.json'],
      encrypt: ['../keys/encrypt.json'],
      hash: '../keys/hash.json',
    },
    publicVerify: { enabled: true, perMinute: 600 },
    ...(localTypes.length === 0 ? {} : { licenceTypes: localTypes.map((code) => ({ code, name: '演示类型' })) }),
  }
}

/** The items of the demo: one that needs every type, and the public's own question. */
function useList(types: readonly string[]) {
  const askers = cast.filter((actor) => actor.role === 'asker')
  return askers.map(({ name }) => ({
    spoke: name,
    category: 'item',
    item: { code: 'HUTONG-DEMO-0001', name: '资质核验（演示）' },
    types,
    operations: ['search', 'getData', 'verifyData'],
    fields: [],
  }))
}

function spokeYaml(actor: Actor, { trust, issuerPorts }: WorldOptions) {
  const own = secretsOf(trust, actor)
  const side =
    actor.role === 'asker'
      ? { serve: { operations: ['search', 'getData', 'verifyData'] } }
      : {
          ask: {
            endpoint: `http://127.0.0.1:${issuerPorts.get(actor.dialect) ?? 0}`,
            answersFor: actor.answersFor,
            deadlineMs: 3000,
            breaker: { minimumCalls: 20 },
          },
        }
  return {
    name: actor.name,
    node: actor.node,
    dialect: actor.dialect,
    ...side,
    ...(actor.dialect === 'canonical' ? { keys: [{ id: own.keyId, publicKey: own.publicKey }] } : {}),
    ...(actor.dialect === 'head-data-sm2' && actor.role === 'asker' ? { encryptTo: own.publicKey } : {}),
    secrets: secretNames(actor),
  }
}

function secretNames({ dialect, name }: Actor): Record<string, { value: string } | { file: string }> {
  const account = { value: `hutong-test-${name}` }
  const token = { file: `secrets/${name}` }
  switch (dialect) {
    case 'canonical':
      return {}
    case 'head-data-sm2':
      return { accessId: account, accessToken: token }
    case 'tax-gt3':
      return { channelId: account, spokeSecret: token }
    case 'gjzwfwpt':
      return {
        rid: account,
        appsecret: token,
        sidSearch: { value: SIDS.search },
        sidGetData: { value: SIDS.getData },
        sidVerifyData: { value: SIDS.verifyData },
      }
  }
}

async function writeSecrets(folder: string, { dialect, name }: Actor, own: ActorSecrets): Promise<void> {
  if (dialect !== 'canonical') await writePrivate(join(folder, 'secrets', name), own.token)
}

async function writeYaml(file: string, value: unknown): Promise<void> {
  await writeFile(file, stringify(value))
}

function secretsOf({ actors }: TrustMaterial, { name }: Actor): ActorSecrets {
  const secrets = actors[name]
  if (secrets === undefined) throw new Error(`no secrets for ${name}`)
  return secrets
}
