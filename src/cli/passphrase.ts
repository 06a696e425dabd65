import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CliError } from './cli-error.js'
import type { Terminal } from './terminal.js'

/** A passphrase from a file or a prompt, never from an argument or a variable: those show in process lists. */
export async function readPassphrase(terminal: Terminal, file: string | undefined): Promise<string> {
  if (file !== undefined) return readPassphraseFile(file)
  if (terminal.interactive) return prompt(terminal.text({ zh: '密钥口令: ', en: 'Passphrase: ' }))
  throw new CliError(
    'PASSPHRASE_MISSING',
    { zh: '需要密钥口令，而这里不能提问', en: 'a passphrase is needed and nothing may be asked here' },
    { zh: '用 --passphrase-file 指明口令文件', en: 'name a file with --passphrase-file' },
  )
}

/** @throws CliError PASSPHRASE_FILE_UNREADABLE */
export async function readPassphraseFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const passphrase = text.replace(/\r?\n$/, '')
  if (passphrase !== '') return passphrase
  throw new CliError(
    'PASSPHRASE_FILE_UNREADABLE',
    { zh: `口令文件读不到或是空的: ${file}`, en: `the passphrase file cannot be read or is empty: ${file}` },
    { zh: '检查路径和权限', en: 'check its path and permissions' },
  )
}

/** Asks on the terminal without echo. */
async function prompt(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
