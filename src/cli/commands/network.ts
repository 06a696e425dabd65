import { type CommandSpec, configOption, dataOption, passphraseOption } from './spec.js'

export const demoCommand: CommandSpec = {
  name: 'demo',
  about: {
    zh: '在本机演示整个网络：网关和八个模拟系统',
    en: 'a whole network on this machine: the gateway and eight simulated systems',
  },
  examples: [
    { line: 'hutong demo', about: { zh: '演示，Ctrl-C 结束', en: 'run it; Ctrl-C ends it' } },
    { line: 'hutong demo --once --json', about: { zh: '跑完即退出，结果为 JSON', en: 'run, print JSON, exit' } },
    {
      line: 'hutong demo --fault hunan=lie',
      about: { zh: '让一个制发系统说谎，看表格怎么变红', en: 'make an issuer lie and see what turns red' },
    },
  ],
  options: [
    {
      flags: '--port <port>',
      about: { zh: '网关端口，0 为任意', en: 'port of the gateway; 0 takes any' },
      fallback: '8787',
    },
    {
      flags: '--dir <folder>',
      about: { zh: '演示数据目录', en: 'where the demo keeps its state' },
      fallback: '.hutong/demo',
    },
    {
      flags: '--once',
      about: {
        zh: '跑完两张表即退出；有格不符则退出码 1',
        en: 'fill both tables and exit; 1 if a cell is not as expected',
      },
    },
    {
      flags: '--fault <issuer=fault>',
      about: {
        zh: '让一个制发系统出错：hunan、shandong、tax、national',
        en: 'make an issuer misbehave: hunan, shandong, tax, national',
      },
    },
  ],
  notes: [{ zh: '退出码: SIGTERM 0 · Ctrl-C 130', en: 'exit codes: SIGTERM 0 · Ctrl-C 130' }],
  load: async () => (await import('../demo/demo.js')).demo,
}

export const serveCommand: CommandSpec = {
  name: 'serve',
  about: { zh: '运行网关', en: 'run a gateway' },
  examples: [
    {
      line: 'hutong serve --config config --data data --passphrase-file secrets/passphrase',
      about: { zh: '前台运行', en: 'run in the foreground' },
    },
    { line: 'kill -HUP <pid>', about: { zh: '重新加载配置', en: 'reload the configuration' } },
    { line: 'kill -TERM <pid>', about: { zh: '处理完在途请求后退出', en: 'finish what is under way and exit' } },
  ],
  options: [configOption, dataOption, passphraseOption],
  notes: [
    {
      zh: '标准错误是日志，一行一个 JSON 对象。新配置有误则整体拒绝，旧配置继续生效。',
      en: 'stderr is the log, one JSON object a line. A bad configuration is refused whole and the old one stays.',
    },
    {
      zh: '退出码: 停机完毕后 SIGTERM 0 · SIGINT 130；第二个信号立即终止',
      en: 'exit codes after the drain: SIGTERM 0 · SIGINT 130; a second signal ends it at once',
    },
  ],
  load: async () => (await import('../serve.js')).serve,
}

export const doctorCommand: CommandSpec = {
  name: 'doctor',
  about: {
    zh: '体检：实际试一遍运行环境、配置、端口、密钥、证书和节点',
    en: 'try runtime, configuration, port, keys, certificates and spokes, one by one',
  },
  examples: [
    {
      line: 'hutong doctor',
      about: { zh: '运行环境，以及 config 目录（若有）', en: 'the runtime, and the folder config if there is one' },
    },
    {
      line: 'hutong doctor --config config --data data --passphrase-file secrets/passphrase --strict',
      about: { zh: '上线之前', en: 'before going live' },
    },
  ],
  options: [
    { flags: configOption.flags, about: configOption.about },
    { flags: dataOption.flags, about: dataOption.about },
    {
      flags: passphraseOption.flags,
      about: {
        zh: '密钥的口令文件；不给则不试开密钥',
        en: 'file with the passphrase of the keys; without it they are not opened',
      },
    },
    { flags: '--strict', about: { zh: '警告也算失败', en: 'a warning is a failure too' } },
  ],
  notes: [{ zh: '退出码: 0 全部通过 · 6 有失败', en: 'exit codes: 0 all is well · 6 something failed' }],
  load: async () => (await import('../doctor.js')).doctor,
}
