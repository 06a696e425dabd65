import { type DataLock, DataLockedError, lockData } from '../../store/data-lock.js'
import { CliError } from '../cli-error.js'

/** Takes the data folder for this gateway alone. @throws CliError DATA_IN_USE */
export async function lockDataFolder(folder: string): Promise<DataLock> {
  try {
    return await lockData(folder)
  } catch (thrown) {
    if (!(thrown instanceof DataLockedError)) throw thrown
    throw new CliError(
      'DATA_IN_USE',
      {
        zh: `数据目录 ${folder} 正被进程 ${thrown.pid} 使用`,
        en: `the data folder ${folder} is in use by process ${thrown.pid}`,
      },
      { zh: '停掉那个进程，或换一个 --data', en: 'stop that process, or use another --data' },
    )
  }
}
