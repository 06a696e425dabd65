import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { chooseEngine, NoEngineError } from '../../crypto/choose-engine.js'
import { type Finding, unwell, well } from './finding.js'

/** @param version of Node, as `process.versions.node` has it */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const supported = major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19)
  const name = `node ${version}`
  const upgrade = ['换用 node 24', 'use node 24'] as const
  if (!supported)
    return unwell('runtime', 'NODE_UNSUPPORTED', 'failed', [`${name} 不受支持`, `${name} is not supported`], upgrade)
  if (major > 20) return well('runtime', 'NODE', name, name)
  return unwell(
    'runtime',
    'NODE_END_OF_LIFE',
    'warning',
    [`${name}（已停止维护）`, `${name} (past its end of life)`],
    upgrade,
  )
}

/** Runs the self-tests: that a build lists SM2 does not mean that it computes it. */
export async function engines(): Promise<readonly Finding[]> {
  const update = ['换用官方构建的 Node', 'use an official build of Node'] as const
  try {
    const { engine, judge, refused } = await chooseEngine()
    const chosen =
      judge === null
        ? unwell(
            'runtime',
            'ENGINE_UNJUDGED',
            'warning',
            [
              `SM2 引擎 ${engine.name} 通过自检，没有第二个引擎互验`,
              `SM2 engine ${engine.name} passed its self-test; no second engine to check it against`,
            ],
            update,
          )
        : well(
            'runtime',
            'ENGINE',
            `SM2 引擎 ${engine.name} 通过自检，与 ${judge} 互验`,
            `SM2 engine ${engine.name} passed its self-test, checked against ${judge}`,
          )
    return [
      chosen,
      ...refused.map(({ name, reason }) =>
        unwell(
          'runtime',
          'ENGINE_REFUSED',
          'warning',
          [`引擎 ${name} 未通过：${reason}`, `engine ${name} refused: ${reason}`],
          update,
        ),
      ),
    ]
  } catch (thrown) {
    if (!(thrown instanceof NoEngineError)) throw thrown
    const reasons = thrown.refused.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
    return [
      unwell(
        'runtime',
        'ENGINE_NONE',
        'failed',
        [`没有 SM2 引擎通过自检：${reasons}`, `no SM2 engine passed its self-test: ${reasons}`],
        update,
      ),
    ]
  }
}

const MEBIBYTE = 2 ** 20
/** Below these the log will soon not be written, and what cannot be logged is not answered. */
const SCANT_BYTES = 1024 * MEBIBYTE
const FULL_BYTES = 64 * MEBIBYTE

/** Whether the gateway could write where it keeps its state, or make the folder. */
export async function dataFolder(folder: string): Promise<readonly Finding[]> {
  const there = await nearestFolder(resolve(folder))
  if (!(await isWritableFolder(there))) {
    return [
      unwell(
        'configuration',
        'DATA_READ_ONLY',
        'failed',
        [`数据目录 ${folder} 不可写`, `the data folder ${folder} is not writable`],
        `ls -ld ${there}`,
      ),
    ]
  }
  const { bavail, bsize } = await statfs(there)
  const free = bavail * bsize
  const facts = `${folder}  ${Math.floor(free / MEBIBYTE)} MiB`
  if (free >= SCANT_BYTES)
    return [well('configuration', 'DATA', `数据目录可写：${facts}`, `data folder is writable: ${facts}`)]
  const result = free < FULL_BYTES ? 'failed' : 'warning'
  return [
    unwell(
      'configuration',
      'DATA_SCANT',
      result,
      [`数据目录所剩空间不多：${facts}`, `the data folder has little room left: ${facts}`],
      [`腾出空间: df -h ${there}`, `make room: df -h ${there}`],
    ),
  ]
}

async function isWritableFolder(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

/** The folder itself, or the one that it would be made in. */
async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined)
  return found !== undefined || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}
