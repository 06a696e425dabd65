import { type CommandSpec, passphraseOption } from './spec.js'

const folderArgument = { name: '[folder]', about: { zh: '配置目录', en: 'configuration folder' }, fallback: 'config' }

export const configInitCommand: CommandSpec = {
  name: 'config init',
  about: { zh: '新建配置目录，生成新密钥', en: 'write a new folder with new keys' },
  examples: [
    {
      line: 'hutong config init config --name fujian-gateway --passphrase-file secrets/passphrase',
      about: { zh: '口令取自文件', en: 'passphrase from a file' },
    },
    {
      line: 'hutong config init config --name fujian-gateway',
      about: { zh: '口令当场输入两次', en: 'the passphrase is asked for, twice' },
    },
  ],
  arguments: [
    {
      name: '<folder>',
      about: { zh: '要建的目录；已有的文件不覆盖', en: 'folder to make; files that exist are left alone' },
    },
  ],
  options: [
    { flags: '--name <name>', about: { zh: '网关名', en: 'name of this gateway' }, required: true },
    passphraseOption,
  ],
  load: async () => (await import('../config-init.js')).initConfig,
}

export const configCheckCommand: CommandSpec = {
  name: 'config check',
  about: { zh: '检查整个目录，一次列出所有问题', en: 'check a folder whole; every problem at once' },
  examples: [
    {
      line: 'hutong config check config',
      about: { zh: '改动之后、重新加载之前', en: 'after a change, before a reload' },
    },
  ],
  arguments: [folderArgument],
  notes: [{ zh: '退出码: 0 无误 · 6 有问题', en: 'exit codes: 0 sound · 6 not' }],
  load: async () => (await import('../config.js')).checkConfig,
}

export const configShowCommand: CommandSpec = {
  name: 'config show',
  about: { zh: '生效的配置：填好默认值，遮去秘密', en: 'effective values: defaults filled in, secrets masked' },
  examples: [{ line: 'hutong config show config --json', about: { zh: '一个 JSON 文档', en: 'as one JSON document' } }],
  arguments: [folderArgument],
  load: async () => (await import('../config.js')).showConfig,
}

export const configDiffCommand: CommandSpec = {
  name: 'config diff',
  about: { zh: '比较两份配置', en: 'what differs between two folders' },
  examples: [
    { line: 'hutong config diff config config.new', about: { zh: '一行一处不同', en: 'one difference a line' } },
  ],
  arguments: [
    { name: '<old>', about: { zh: '旧目录', en: 'old folder' } },
    { name: '<new>', about: { zh: '新目录', en: 'new folder' } },
  ],
  load: async () => (await import('../config.js')).diffConfig,
}
