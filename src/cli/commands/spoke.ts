import { dialectNames } from '../../adapters/adapter.js'
import { type CommandSpec, configOption } from './spec.js'

export const spokeListCommand: CommandSpec = {
  name: 'spoke list',
  about: { zh: '列出接入的系统', en: 'list the connected systems' },
  examples: [
    {
      line: 'hutong spoke list --config config',
      about: { zh: '名称、方言、接口、可问的操作', en: 'name, dialect, endpoint, what it may ask' },
    },
  ],
  options: [configOption],
  load: async () => (await import('../spoke.js')).listSpokes,
}

export const spokeAddCommand: CommandSpec = {
  name: 'spoke add',
  about: { zh: '接入一个系统：写好它的文件', en: 'connect a system: write its file' },
  examples: [
    {
      line: 'hutong spoke add hunan --node 43 --dialect canonical --endpoint https://licences.hunan.example/hutong --key hunan-2026=04…',
      about: { zh: '它制发，我们问它', en: 'it issues, and we ask it' },
    },
    {
      line: 'hutong spoke add fujian --node 35 --dialect head-data-sm2 --serve --encrypt-to 04…',
      about: { zh: '它来问我们', en: 'it asks us' },
    },
  ],
  arguments: [
    {
      name: '<name>',
      about: { zh: '节点名：小写字母、数字、连字符', en: 'name: lower-case letters, digits, hyphens' },
    },
  ],
  options: [
    {
      flags: '--node <node>',
      about: {
        zh: '登记表中的节点：省份两位代码（43，兵团 66）、national 或部门代号',
        en: 'node of the registry: a province’s two digits (43; 66 for XPCC), national, or a ministry’s id',
      },
      required: true,
    },
    { flags: '--dialect <dialect>', about: { zh: '方言', en: 'dialect' }, choices: dialectNames, required: true },
    { flags: '--endpoint <url>', about: { zh: '它的接口地址（我们问它）', en: 'where we ask it' } },
    { flags: '--serve', about: { zh: '它可以来问', en: 'it may ask us' } },
    { flags: '--key <id=hex>', about: { zh: '它的签名公钥：标识=04…', en: 'its signing key: id=04…' } },
    { flags: '--encrypt-to <hex>', about: { zh: '它的加密公钥：04…', en: 'its encryption key: 04…' } },
    {
      flags: '--pin <sha256>',
      about: { zh: '它的客户端证书指纹（十六进制）', en: 'fingerprint of its client certificate, hex' },
    },
    configOption,
  ],
  load: async () => (await import('../spoke-add.js')).addSpoke,
}

export const spokeTestCommand: CommandSpec = {
  name: 'spoke test',
  about: {
    zh: '逐级测试连通性：DNS → TCP → TLS → HTTP',
    en: 'try a connection stage by stage: DNS → TCP → TLS → HTTP',
  },
  examples: [
    { line: 'hutong spoke test hunan --config config', about: { zh: '不发送凭据', en: 'sends no credentials' } },
  ],
  arguments: [{ name: '<name>', about: { zh: '节点名', en: 'name of the spoke' } }],
  options: [configOption],
  notes: [{ zh: '退出码: 0 连通 · 6 有一级失败', en: 'exit codes: 0 connected · 6 a stage failed' }],
  load: async () => (await import('../spoke.js')).testSpoke,
}
