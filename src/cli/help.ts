import type { Help } from 'commander'
import type { Text } from '../canonical/text.js'
import { SAMPLE_IDENTIFIER } from './commands/licence.js'
import type { Example } from './commands/spec.js'
import type { Lang } from './terminal.js'

/** The way of a newcomer, from nothing to a verified licence and the reason for its route. */
export const rootExamples: readonly Example[] = [
  { line: 'hutong demo', about: { zh: '在本机演示整个网络', en: 'a whole network on this machine' } },
  {
    line: `hutong verify ${SAMPLE_IDENTIFIER}`,
    about: { zh: '核验一份证照（另开终端）', en: 'verify a licence, in another terminal' },
  },
  { line: `hutong explain ${SAMPLE_IDENTIFIER}`, about: { zh: '为什么由它核验', en: 'why it goes where it goes' } },
  {
    line: 'hutong config init config --name fujian-gateway',
    about: { zh: '建自己的网关', en: 'set up a gateway of your own' },
  },
]

export const rootNotes: readonly Text[] = [
  {
    zh: '每个命令都有 --json、--lang zh|en、--no-color、--no-input。数据写到标准输出，消息写到标准错误。',
    en: 'Every command takes --json, --lang zh|en, --no-color and --no-input. Data goes to stdout, words to stderr.',
  },
  {
    zh: '退出码: 0 成功或有效 · 1 内部错误 · 2 用法 · 3 真实但不能用 · 4 不受理 · 5 无法核验 · 6 配置或体检 · 130 中断',
    en: 'Exit codes: 0 ok or valid · 1 internal · 2 usage · 3 genuine but not usable · 4 rejected · 5 could not confirm · 6 configuration or doctor · 130 interrupted',
  },
  {
    zh: '环境变量: HUTONG_LANG、NO_COLOR；HUTONG_DEBUG=1 在意外失败时打印调用栈',
    en: 'Environment: HUTONG_LANG, NO_COLOR; HUTONG_DEBUG=1 prints the stack of an unexpected failure',
  },
]

const titles: Readonly<Record<string, Text>> = {
  'Usage:': { zh: '用法:', en: 'Usage:' },
  'Arguments:': { zh: '参数:', en: 'Arguments:' },
  'Options:': { zh: '选项:', en: 'Options:' },
  'Commands:': { zh: '命令:', en: 'Commands:' },
}
const examplesTitle: Text = { zh: '例子:', en: 'Examples:' }

/** Commander's help with its own words in the user's language; defaults and choices are in our descriptions. */
export function translatedHelp(lang: Lang): Partial<Help> {
  return {
    styleTitle: (title) => titles[title]?.[lang] ?? title,
    optionDescription: ({ description }) => description,
    argumentDescription: ({ description }) => description,
  }
}

/** Examples, each under the words that say what it is for. */
export function examplesText(examples: readonly Example[], lang: Lang): string {
  const lines = examples.flatMap(({ line, about }) => [`  # ${about[lang]}`, `  ${line}`])
  return `${[examplesTitle[lang], ...lines].join('\n')}\n`
}

export function notesText(notes: readonly Text[], lang: Lang): string {
  return notes.length === 0 ? '' : `\n${notes.map((note) => note[lang]).join('\n')}`
}
