import { stringify } from 'yaml'
import { loadSettings } from '../config/load.js'
import { loadRegistry } from '../config/registry.js'
import { changesBetween, effectiveConfig } from './effective-config.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { checkWhole } from './gateway/whole-config.js'
import type { Terminal } from './terminal.js'

/** `hutong config check`: every problem at once, with file and line. What passes here can be served and reloaded. */
export async function checkConfig(terminal: Terminal, folder: string): Promise<ExitCode> {
  const settings = loadSettings(folder)
  await checkWhole(settings, loadRegistry())
  const { spokes, version, useList } = settings
  if (terminal.json) terminal.result({ ok: true, version, spokes: spokes.length, uses: useList.uses.length })
  else {
    terminal.data(
      terminal.text({
        zh: `✔ ${folder} 无误  版本 ${version}  节点 ${spokes.length}  用证清单 ${useList.uses.length} 条`,
        en: `✔ ${folder} is sound  version ${version}  spokes ${spokes.length}  uses ${useList.uses.length}`,
      }),
    )
  }
  return exitCode.ok
}

/** `hutong config show`: what is in force, defaults filled in, secrets masked. */
export async function showConfig(terminal: Terminal, folder: string): Promise<ExitCode> {
  const shown = effectiveConfig(loadSettings(folder))
  if (terminal.json) terminal.result(shown)
  else terminal.data(stringify(shown).trimEnd())
  return exitCode.ok
}

/** `hutong config diff`: settings that differ, one a line. */
export async function diffConfig(terminal: Terminal, older: string, newer: string): Promise<ExitCode> {
  const changes = changesBetween(loadSettings(older), loadSettings(newer))
  if (terminal.json) terminal.result({ changes })
  else for (const { setting, from, to } of changes) terminal.data(`${setting}: ${from ?? '–'} → ${to ?? '–'}`)
  if (changes.length === 0) terminal.say(terminal.text({ zh: '（没有不同）', en: '(no difference)' }))
  return exitCode.ok
}
