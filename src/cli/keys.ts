import { readFile, writeFile } from 'node:fs/promises'
import { KeyFileError, readKeyFileHead, sealKeyFile } from '../crypto/key-file.js'
import { generateSm2Key } from '../crypto/sm2-keys.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { readPassphrase } from './passphrase.js'
import type { Terminal } from './terminal.js'

export interface NewKeyOptions {
  readonly id: string
  readonly use: 'sign' | 'encrypt' | 'hash'
  readonly passphraseFile?: string
}

/** `hutong keys new`: a fresh key, sealed with a passphrase. A file that is there is never written over. */
export async function newKey(terminal: Terminal, file: string, options: NewKeyOptions): Promise<ExitCode> {
  const passphrase = await readPassphrase(terminal, options.passphraseFile)
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
  return showKey(terminal, file)
}

/** `hutong keys show`: what peers need to enrol the key; the private part stays sealed. */
export async function showKey(terminal: Terminal, file: string): Promise<ExitCode> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const head = readHead(text, file)
  const shown = { ...head, algorithm: 'SM2', publicKey: Buffer.from(head.publicKey).toString('hex') }
  if (terminal.json) terminal.result(shown)
  else if (head.use === 'hash') terminal.data(`${head.keyId}  hash`)
  else terminal.data(`${head.keyId}  ${head.use}  ${shown.publicKey}`)
  return exitCode.ok
}

function readHead(text: string, file: string) {
  try {
    return readKeyFileHead(text)
  } catch (thrown) {
    if (!(thrown instanceof KeyFileError)) throw thrown
    throw new CliError(
      'KEY_FILE_UNREADABLE',
      { zh: `${file}: ${thrown.text.zh}`, en: `${file}: ${thrown.text.en}` },
      { zh: `hutong keys new ${file} --id <标识>`, en: `hutong keys new ${file} --id <id>` },
    )
  }
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
