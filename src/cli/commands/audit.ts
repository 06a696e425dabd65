import { type CommandSpec, configOption, dataOption, hubKeysOption } from './spec.js'

export const auditVerifyCommand: CommandSpec = {
  name: 'audit verify',
  about: { zh: '验证整个日志', en: 'prove the whole log' },
  examples: [
    {
      line: 'hutong audit verify --data data --config config',
      about: { zh: '网关停机后', en: 'while the gateway is stopped' },
    },
    {
      line: 'hutong audit verify --data data --config config --live',
      about: { zh: '网关运行中', en: 'while it runs' },
    },
    {
      line: 'hutong audit verify --data data --hub-keys keys.json --checkpoint kept.txt',
      about: {
        zh: '与另外保存的检查点比对，可发现回滚',
        en: 'against a checkpoint kept elsewhere, which shows a rollback',
      },
    },
  ],
  options: [
    dataOption,
    configOption,
    hubKeysOption,
    {
      flags: '--live',
      about: { zh: '网关正在运行：末尾未签名只算警告', en: 'the gateway is running: an unsigned end is a warning' },
    },
    {
      flags: '--checkpoint <file>',
      about: { zh: '日志必须延续的检查点', en: 'an earlier checkpoint that the log must extend' },
    },
  ],
  notes: [{ zh: '退出码: 0 完整 · 4 不完整', en: 'exit codes: 0 it holds · 4 it does not' }],
  load: async () => (await import('../audit.js')).verifyAudit,
}

export const auditShowCommand: CommandSpec = {
  name: 'audit show',
  about: { zh: '查看最近的记录（不含个人信息）', en: 'print the last records (they hold no personal data)' },
  examples: [
    {
      line: 'hutong audit show --data data --last 5',
      about: { zh: '最近五条，一行一条', en: 'the last five, one a line' },
    },
    { line: 'hutong audit show --data data --json', about: { zh: '一个 JSON 文档', en: 'as one JSON document' } },
  ],
  options: [
    dataOption,
    { flags: '--last <n>', about: { zh: '条数，1 至 100000', en: 'how many, 1 to 100000' }, fallback: '20' },
  ],
  load: async () => (await import('../audit.js')).showAudit,
}
