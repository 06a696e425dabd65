import { KeyFileError, type KeyFileHead, readKeyFileHead } from '../crypto/key-file.js'
import { CliError } from './cli-error.js'
import { exitCode } from './exit-code.js'
import { readBounded } from './files.js'

export const KEY_FILE_LIMIT = 64 * 1024

/** What a key file says without its passphrase. @throws CliError KEY_FILE_MISSING, KEY_FILE_UNREADABLE */
export async function readKeyHead(file: string): Promise<KeyFileHead> {
  const bytes = await readBounded(file, KEY_FILE_LIMIT)
  try {
    if (bytes !== undefined) return readKeyFileHead(bytes.toString('utf8'))
  } catch (thrown) {
    if (!(thrown instanceof KeyFileError)) throw thrown
    throw new CliError(
      'KEY_FILE_UNREADABLE',
      { zh: `${file}: ${thrown.text.zh}`, en: `${file}: ${thrown.text.en}` },
      { zh: '检查路径；从备份恢复', en: 'check the path; restore it from a backup' },
      exitCode.usage,
    )
  }
  throw new CliError(
    'KEY_FILE_MISSING',
    { zh: `读不到密钥文件 ${file}`, en: `the key file cannot be read: ${file}` },
    { zh: `新建: hutong keys new ${file} --id <标识>`, en: `to make one: hutong keys new ${file} --id <id>` },
    exitCode.usage,
  )
}
