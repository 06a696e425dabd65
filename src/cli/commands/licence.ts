import { type CommandSpec, configOption, dataOption, hubKeysOption } from './spec.js'

export const DEFAULT_HUB = 'http://127.0.0.1:8787'
/** The first identifier of the demo's first issuer. */
export const SAMPLE_IDENTIFIER = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'

export const verifyCommand: CommandSpec = {
  name: 'verify',
  about: { zh: '向网关核验一份证照', en: 'ask a gateway whether a licence is genuine and in force' },
  examples: [
    { line: `hutong verify ${SAMPLE_IDENTIFIER}`, about: { zh: '核验', en: 'verify it' } },
    {
      line: 'hutong verify - --json < identifier.txt',
      about: { zh: '标识从标准输入读', en: 'read the identifier from stdin' },
    },
    {
      line: `hutong verify ${SAMPLE_IDENTIFIER} --receipt receipt.json`,
      about: { zh: '保存答复和回执', en: 'keep the answer with its receipt' },
    },
  ],
  arguments: [
    {
      name: '<identifier>',
      about: { zh: '电子证照标识，或 - 表示标准输入', en: 'licence identifier, or - for stdin' },
    },
  ],
  options: [
    {
      flags: '--hub <url>',
      about: { zh: '网关地址：https，回环地址可用 http', en: 'gateway: https, or http on loopback' },
      fallback: DEFAULT_HUB,
    },
    {
      flags: '--receipt <file>',
      about: { zh: '把答复和回执存入文件', en: 'write the answer with its receipt to a file' },
    },
  ],
  notes: [
    {
      zh: '退出码: 0 有效 · 3 真实但现在不能用 · 4 不要受理 · 5 暂时无法核验（不表示证照有问题）',
      en: 'exit codes: 0 valid · 3 genuine but not usable now · 4 do not accept · 5 cannot be confirmed now (says nothing against it)',
    },
  ],
  load: async () => (await import('../verify.js')).verify,
}

export const explainCommand: CommandSpec = {
  name: 'explain',
  about: {
    zh: '解释：证照为什么由谁核验、代码是什么意思、一笔记录是怎么回事',
    en: 'why a licence goes where it goes, what a code means, what became of an exchange',
  },
  examples: [
    { line: `hutong explain ${SAMPLE_IDENTIFIER}`, about: { zh: '该问谁，为什么', en: 'who is asked, and why' } },
    { line: 'hutong explain ISSUER_UNREACHABLE', about: { zh: '结论或错误代码', en: 'a verdict or error code' } },
    {
      line: 'hutong explain HT20260101-0000001-ABCD --data data',
      about: { zh: '回执编号或追踪号', en: 'a receipt number or a trace id' },
    },
  ],
  arguments: [
    {
      name: '<subject>',
      about: {
        zh: '证照标识、代码、回执编号或追踪号，或 - 表示标准输入',
        en: 'licence identifier, code, receipt number or trace id, or - for stdin',
      },
    },
  ],
  options: [
    {
      flags: configOption.flags,
      about: { zh: '配置目录；不给则按内置登记表', en: 'configuration folder; without it the built-in registry' },
    },
    {
      flags: dataOption.flags,
      about: { zh: '数据目录，查回执编号和追踪号时用', en: 'state, to look receipt numbers and trace ids up in' },
    },
  ],
  notes: [{ zh: '不联网。退出码: 0 · 5 没有节点负责', en: 'needs no network. Exit codes: 0 · 5 no node answers' }],
  load: async () => (await import('../explain.js')).explain,
}

export const receiptVerifyCommand: CommandSpec = {
  name: 'receipt verify',
  about: { zh: '离线验证一份回执', en: 'check a receipt offline' },
  examples: [
    {
      line: 'hutong receipt verify receipt.json --hub-keys keys.json',
      about: { zh: '用网关公布的公钥', en: 'with the keys that the gateway publishes' },
    },
    {
      line: 'hutong receipt verify receipt.json --config config',
      about: { zh: '在网关本机', en: 'on the gateway’s own machine' },
    },
  ],
  arguments: [
    {
      name: '<file>',
      about: { zh: '带回执的答复，或回执本身', en: 'an answer with its receipt, or the receipt alone' },
    },
  ],
  options: [configOption, hubKeysOption],
  notes: [{ zh: '退出码: 0 属实 · 4 不属实', en: 'exit codes: 0 it holds · 4 it does not' }],
  load: async () => (await import('../receipt.js')).verifyReceiptFile,
}
