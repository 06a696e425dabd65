import { writeFile } from 'node:fs/promises'
import { KeyFileError, sealKeyFile } from '../crypto/key-file.js'
import { generateSm2Key } from '../crypto/sm2-keys.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { readKeyHead } from './key-head.js'
import { readNewPassphrase } from './passphrase.js'
import type { Terminal } from './terminal.js'

export interface NewKeyOptions {
  readonly id: string
  readonly use: 'sign' | 'encrypt' | 'hash'
  readonly passphraseFile?: string
}

/** `hutong keys new`: a fresh key, sealed with a passphrase. A file that is there is never written over. */
export async function newKey(terminal: Terminal, file: string, options: NewKeyOptions): Promise<ExitCode> {
  if (!/^[A-Za-z0-9._:/-]{1,80}$/.test(options.id)) throw idInvalid()
  const passphrase = await readNewPassphrase(terminal, options.passphraseFile)
  const record = {
    keyId: options.id,
    use: options.use,
    privateKey: generateSm2Key(),
    createdAt: new Date().toISOString(),
  }
  const sealed = await sealKeyFile(record, passphrase).catch((thrown: unknown) => {
    throw thrown instanceof KeyFileError ? sealingFailed(thrown) : thrown
  })
  await writeFile(file, sealed, { mode: 0o600, flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
    throw thrown.code === 'EEXIST' ? fileExists(file) : thrown
  })
  terminal.say(`✔ ${file}  (${options.use})`)
  terminal.say(`  → ${terminal.text(nextOf(options.use, file))}`)
  return showKey(terminal, file)
}

function nextOf(use: NewKeyOptions['use'], file: string) {
  if (use === 'hash') return { zh: '写入 gateway.yaml 的 keys.hash', en: 'name it in gateway.yaml: keys.hash' }
  return {
    zh: `写在 gateway.yaml 的 keys.${use} 首位；把公钥交给对方: hutong keys show ${file}`,
    en: `put it first in gateway.yaml: keys.${use}; give peers the public key: hutong keys show ${file}`,
  }
}

/** `hutong keys show`: what peers need to enrol the key; the private part stays sealed. */
export async function showKey(terminal: Terminal, file: string): Promise<ExitCode> {
  const { keyId, use, createdAt, publicKey } = await readKeyHead(file)
  const algorithm = 'SM2'
  // The point of a hash key belongs to nobody but the gateway: it is a secret's shadow and of no use to a peer.
  const point = use === 'hash' ? null : Buffer.from(publicKey).toString('hex')
  if (terminal.json) terminal.result({ keyId, use, createdAt, algorithm, publicKey: point })
  else terminal.data([keyId, use, ...(point === null ? [] : [point])].join('  '))
  return exitCode.ok
}

/** What spoke files take; a peer could not enrol another. */
function idInvalid(): CliError {
  return new CliError(
    'KEY_ID_INVALID',
    {
      zh: '密钥标识只含字母、数字和 . _ : / -，至多 80 个',
      en: 'the key id takes letters, digits and . _ : / -, 80 at most',
    },
    { zh: '例如 --id fujian-sign-2026', en: 'for example --id fujian-sign-2026' },
    exitCode.usage,
  )
}

function sealingFailed(error: KeyFileError): CliError {
  const next = { zh: '换一个口令或密钥标识再试', en: 'try another passphrase or key id' }
  return new CliError('KEY_NOT_SEALED', error.text, next, exitCode.usage)
}

function fileExists(file: string): CliError {
  return new CliError(
    'FILE_EXISTS',
    { zh: `${file} 已存在，不覆盖`, en: `${file} exists and is not written over` },
    { zh: '换一个文件名；轮换时新旧密钥并存', en: 'use another name; while rotating, both keys are kept' },
    exitCode.usage,
  )
}
