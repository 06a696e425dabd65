import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Text } from '../canonical/text.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'
import { readBounded } from './files.js'
import type { Terminal } from './terminal.js'

const FILE_LIMIT = 4096

/** A passphrase from a file or a prompt, never from an argument or a variable: those show in process lists. */
export async function readPassphrase(terminal: Terminal, file: string | undefined): Promise<string> {
  if (file !== undefined) return readPassphraseFile(file)
  if (terminal.interactive) return askSecret(terminal, { zh: '密钥口令: ', en: 'Passphrase: ' })
  throw new CliError(
    'PASSPHRASE_MISSING',
    { zh: '需要密钥口令，而这里不能提问', en: 'a passphrase is needed and nothing may be asked here' },
    { zh: '用 --passphrase-file 指明口令文件', en: 'name a file with --passphrase-file' },
  )
}

/** The passphrase of keys that are being made: asked twice, since a slip would seal them for ever. */
export async function readNewPassphrase(terminal: Terminal, file: string | undefined): Promise<string> {
  const passphrase = await readPassphrase(terminal, file)
  if (file !== undefined) return passphrase
  if ((await askSecret(terminal, { zh: '再输一遍: ', en: 'Again: ' })) === passphrase) return passphrase
  throw new CliError(
    'PASSPHRASE_DIFFERS',
    { zh: '两次输入的口令不同，什么都没有写', en: 'the two passphrases differ; nothing was written' },
    { zh: '再运行一次', en: 'run it again' },
    exitCode.usage,
  )
}

/** @throws CliError PASSPHRASE_FILE_UNREADABLE */
export async function readPassphraseFile(file: string): Promise<string> {
  const text = (await readBounded(file, FILE_LIMIT))?.toString('utf8') ?? ''
  const passphrase = text.replace(/\r?\n$/, '')
  if (passphrase !== '') return passphrase
  throw new CliError(
    'PASSPHRASE_FILE_UNREADABLE',
    { zh: `口令文件读不到或是空的: ${file}`, en: `the passphrase file cannot be read or is empty: ${file}` },
    { zh: `检查路径和权限: ls -l ${file}`, en: `check its path and permissions: ls -l ${file}` },
  )
}

/** Asks on the terminal without echo. */
async function askSecret({ input, prompt, text }: Terminal, question: Text): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  // The echo goes off with it, before the prompt is there: what is typed must not be shown, however fast.
  const lines = createInterface({ input, output: silent, terminal: true })
  // Ctrl-C and Ctrl-D close the line without an answer, which `question` awaits for ever or rejects, as Node pleases.
  const closed = new Promise<never>((_, reject) => lines.once('close', () => reject(interrupted())))
  const typed = lines.question('').catch(() => {
    throw interrupted()
  })
  try {
    prompt.write(text(question))
    return await Promise.race([typed, closed])
  } finally {
    lines.close()
    prompt.write('\n')
  }
}

function interrupted(): CliError {
  return new CliError(
    'INTERRUPTED',
    { zh: '没有输入口令', en: 'no passphrase was given' },
    { zh: '再运行一次，或用 --passphrase-file', en: 'run it again, or use --passphrase-file' },
    exitCode.interrupted,
  )
}
