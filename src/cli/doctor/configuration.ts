import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { loadSettings } from '../../config/load.js'
import { ConfigError, describeProblem } from '../../config/problem.js'
import { loadRegistry } from '../../config/registry.js'
import type { Settings } from '../../config/settings.js'
import { checkWhole } from '../gateway/whole-config.js'
import { type Finding, unwell, well } from './finding.js'

export interface ConfigurationFindings {
  readonly findings: readonly Finding[]
  /** Undefined when it cannot be read; then there is nothing more to try. */
  readonly settings: Settings | undefined
}

export async function configuration(folder: string): Promise<ConfigurationFindings> {
  let settings: Settings | undefined
  try {
    settings = loadSettings(folder)
    await checkWhole(settings, loadRegistry())
    const { spokes, version } = settings
    const sound = well(
      'configuration',
      'CONFIG',
      `${folder}：${spokes.length} 个节点，版本 ${version}`,
      `${folder}: spokes ${spokes.length}, version ${version}`,
    )
    return { findings: [sound, ...(await openSecrets(settings))], settings }
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    if (!existsSync(folder)) {
      const missing = [`没有配置目录 ${folder}`, `there is no configuration folder ${folder}`] as const
      const init = `hutong config init ${folder} --name <name>`
      return { findings: [unwell('configuration', 'CONFIG_MISSING', 'failed', missing, init)], settings }
    }
    const findings = thrown.problems.map((problem) =>
      unwell(
        'configuration',
        'CONFIG_INVALID',
        'failed',
        [describeProblem(problem, 'zh'), describeProblem(problem, 'en')],
        `hutong config check ${folder}`,
      ),
    )
    return { findings, settings }
  }
}

/** Files of the gateway's own that others on this machine may read. */
async function openSecrets({ gateway: { keys, listen } }: Settings): Promise<readonly Finding[]> {
  const files = [...keys.sign, ...keys.encrypt, keys.hash, keys.passphraseFile, listen.tls?.key]
  const found = await Promise.all(files.map((file) => openSecret(file)))
  return found.filter((finding) => finding !== undefined)
}

async function openSecret(file: string | undefined): Promise<Finding | undefined> {
  if (file === undefined || process.platform === 'win32') return undefined
  const found = await stat(file).catch(() => undefined)
  if (found === undefined || (found.mode & 0o077) === 0) return undefined
  return unwell(
    'configuration',
    'SECRET_OPEN',
    'warning',
    [`其他用户可读 ${file}`, `others may read ${file}`],
    `chmod 600 ${file}`,
  )
}
