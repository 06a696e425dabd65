import { Command, CommanderError, Option } from 'commander'
import { HubError } from '../canonical/errors.js'
import { ConfigError, describeProblem } from '../config/problem.js'
import { CliError } from './cli-error.js'
import { type ExitCode, exitCode } from './exit-code.js'
import { createTerminal, langOf, type Terminal } from './terminal.js'
import { showError } from './verdict-view.js'

/** What the program runs in; main.ts gives the process, tests give their own. */
export interface Host {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stdinIsTty: boolean
  readonly version: string
}

interface CommonOptions {
  readonly json?: boolean
  readonly lang?: string
  readonly color: boolean
  readonly input: boolean
}

type Action = (terminal: Terminal, ...rest: never[]) => Promise<ExitCode>

const DEFAULT_HUB = 'http://127.0.0.1:8787'

/** Runs one command line and resolves to its exit code. Every failure is told on stderr with code, cause and next step. */
export async function runProgram(argv: readonly string[], host: Host): Promise<ExitCode> {
  let outcome: ExitCode = exitCode.ok
  const program = new Command('hutong')
  program
    .description('互通: 电子证照互认网关 · gateway for the mutual recognition of electronic licences')
    .version(host.version, '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.stdout.write(text), writeErr: (text) => host.stderr.write(text) })
    .showHelpAfterError('hutong --help')

  /** Adds the options that every command has, and runs its action with the terminal they ask for. */
  const define = (command: Command, load: () => Promise<Action>) =>
    command
      .option('--json', 'result as one JSON document 结果以 JSON 输出')
      .addOption(new Option('--lang <lang>', 'language of messages 语言').choices(['zh', 'en']))
      .option('--no-color', 'no colours 不用颜色')
      .option('--no-input', 'never ask 不提问')
      .action(async (...args: unknown[]) => {
        const own = args.slice(0, -2)
        const options = args.at(-2) as CommonOptions
        const terminal = terminalFor(options, host)
        outcome = await guarded(terminal, async () => {
          const action = (await load()) as (terminal: Terminal, ...rest: unknown[]) => Promise<ExitCode>
          return action(terminal, ...own, options)
        })
      })

  define(
    program
      .command('demo')
      .summary('a seeded network on this machine 在本机演示整个网络')
      .option('--port <port>', 'port of the gateway 网关端口', '8787')
      .option('--dir <folder>', 'state of the demo 演示数据目录', '.hutong/demo')
      .option('--once', 'run the matrix and exit 跑完矩阵即退出')
      .option('--fault <node=fault>', 'make a simulator misbehave, e.g. hunan=lie 让某个模拟节点出错'),
    async () => (await import('./demo/demo.js')).demo,
  )
  define(
    program
      .command('serve')
      .summary('run a gateway 运行网关')
      .option('--config <folder>', 'configuration 配置目录', 'config')
      .option('--data <folder>', 'state: audit log, nonces 数据目录', 'data')
      .option('--passphrase-file <file>', 'passphrase of the keys 口令文件'),
    async () => (await import('./serve.js')).serve,
  )
  define(
    program
      .command('verify')
      .summary('verify a licence 核验一份证照')
      .argument('<identifier>', 'licence identifier 电子证照标识')
      .option('--hub <url>', 'gateway 网关地址', DEFAULT_HUB)
      .option('--receipt <file>', 'keep the answer with its receipt 保存答复与回执'),
    async () => (await import('./verify.js')).verify,
  )
  define(
    program
      .command('explain')
      .summary('why a licence goes where it goes; what a code means 路由解释、代码解释')
      .argument('<identifier|code>', 'licence identifier, or an error or verdict code')
      .option('--config <folder>', 'configuration; without it the built-in registry 配置目录'),
    async () => (await import('./explain.js')).explain,
  )
  define(
    program
      .command('doctor')
      .summary('test this machine and configuration 体检')
      .option('--config <folder>', 'configuration 配置目录')
      .option('--data <folder>', 'state 数据目录')
      .option('--passphrase-file <file>', 'passphrase of the keys 口令文件')
      .option('--strict', 'warnings fail too 警告也算失败'),
    async () => (await import('./doctor.js')).doctor,
  )

  const keys = program.command('keys').summary('SM2 keys 密钥')
  define(
    keys
      .command('new')
      .summary('generate a sealed key 生成密钥')
      .argument('<file>', 'key file to write 密钥文件')
      .requiredOption('--id <id>', 'key id 密钥标识')
      .addOption(new Option('--use <use>', 'what it is for 用途').choices(['sign', 'encrypt', 'hash']).default('sign'))
      .option('--passphrase-file <file>', 'passphrase 口令文件'),
    async () => (await import('./keys.js')).newKey,
  )
  define(
    keys.command('show').summary('public part of a key file 公钥').argument('<file>', 'key file 密钥文件'),
    async () => (await import('./keys.js')).showKey,
  )

  const spoke = program.command('spoke').summary('connected systems 接入的系统')
  define(
    spoke.command('list').summary('list 列出').option('--config <folder>', 'configuration 配置目录', 'config'),
    async () => (await import('./spoke.js')).listSpokes,
  )
  define(
    spoke
      .command('add')
      .summary('write a spoke file 新增节点')
      .argument('<name>', 'name 节点名')
      .requiredOption('--node <node>', 'node of the registry (43, xpcc …) 登记表中的节点')
      .requiredOption('--dialect <dialect>', 'dialect 方言')
      .option('--endpoint <url>', 'where we ask it 它的接口地址')
      .option('--serve', 'it may ask us 它可以提问')
      .option('--key <id=hex>', 'its signing key 它的签名公钥')
      .option('--encrypt-to <hex>', 'its encryption key 它的加密公钥')
      .option('--config <folder>', 'configuration 配置目录', 'config'),
    async () => (await import('./spoke.js')).addSpoke,
  )
  define(
    spoke
      .command('test')
      .summary('DNS, TCP, TLS, HTTP 逐级测试连通性')
      .argument('<name>', 'name 节点名')
      .option('--config <folder>', 'configuration 配置目录', 'config'),
    async () => (await import('./spoke.js')).testSpoke,
  )

  const audit = program.command('audit').summary('the audit log 审计日志')
  define(
    audit
      .command('verify')
      .summary('prove the whole log 验证整个日志')
      .option('--data <folder>', 'state 数据目录', 'data')
      .option('--config <folder>', 'configuration that names the keys 配置目录', 'config')
      .option('--hub-keys <file>', 'public keys instead (GET /v1/keys) 改用公钥文件')
      .option('--live', 'the gateway is running 网关正在运行')
      .option('--checkpoint <file>', 'an earlier checkpoint that the log must extend 早先的检查点'),
    async () => (await import('./audit.js')).verifyAudit,
  )
  define(
    audit
      .command('show')
      .summary('print records 查看记录')
      .option('--data <folder>', 'state 数据目录', 'data')
      .option('--last <n>', 'how many 条数', '20'),
    async () => (await import('./audit.js')).showAudit,
  )

  const receipt = program.command('receipt').summary('signed receipts 回执')
  define(
    receipt
      .command('verify')
      .summary('check a receipt offline 离线验证回执')
      .argument('<file>', 'answer with its receipt, or the receipt 答复或回执文件')
      .option('--config <folder>', 'configuration that names the keys 配置目录', 'config')
      .option('--hub-keys <file>', 'public keys instead (GET /v1/keys) 改用公钥文件'),
    async () => (await import('./receipt.js')).verifyReceiptFile,
  )

  const config = program.command('config').summary('configuration 配置')
  define(
    config
      .command('init')
      .summary('write a new folder with new keys 新建配置')
      .argument('<folder>', 'folder 目录')
      .requiredOption('--name <name>', 'name of this gateway 网关名')
      .option('--passphrase-file <file>', 'passphrase 口令文件'),
    async () => (await import('./config.js')).initConfig,
  )
  define(
    config.command('check').summary('check a folder whole 检查配置').argument('[folder]', 'folder 目录', 'config'),
    async () => (await import('./config.js')).checkConfig,
  )
  define(
    config
      .command('show')
      .summary('effective values, secrets masked 生效的配置')
      .argument('[folder]', 'folder 目录', 'config'),
    async () => (await import('./config.js')).showConfig,
  )
  define(
    config
      .command('diff')
      .summary('what differs 比较两份配置')
      .argument('<old>', 'folder 旧')
      .argument('<new>', 'folder 新'),
    async () => (await import('./config.js')).diffConfig,
  )

  try {
    await program.parseAsync([...argv], { from: 'user' })
    return outcome
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCode.ok : exitCode.usage
    throw thrown
  }
}

function terminalFor(options: CommonOptions, host: Host): Terminal {
  const { environment } = host
  return createTerminal({
    json: options.json ?? false,
    lang: langOf(options.lang, environment),
    colour: options.color && !environment['NO_COLOR'] && host.stdout.isTTY === true,
    interactive: options.input && host.stdinIsTty,
    out: host.stdout as never,
    err: host.stderr as never,
  })
}

/** Turns what a command throws into words and an exit code; with --json the words are JSON too. */
async function guarded(terminal: Terminal, action: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await action()
  } catch (thrown) {
    if (thrown instanceof CliError) {
      if (terminal.json) terminal.result({ error: { code: thrown.code, message: thrown.because, next: thrown.next } })
      terminal.say(`${terminal.colour.red('✘')} ${thrown.code}  ${terminal.text(thrown.because)}`)
      terminal.say(`  → ${terminal.text(thrown.next)}`)
      return thrown.exit
    }
    if (thrown instanceof ConfigError) {
      if (terminal.json) terminal.result({ error: { code: 'CONFIG_INVALID', problems: thrown.problems } })
      for (const problem of thrown.problems)
        terminal.say(`${terminal.colour.red('✘')} ${describeProblem(problem, terminal.lang)}`)
      terminal.say(
        `  → ${terminal.text({ zh: '改正后运行 hutong config check', en: 'correct it, then run `hutong config check`' })}`,
      )
      return exitCode.misconfigured
    }
    const error = HubError.from(thrown)
    if (terminal.json)
      terminal.result({ error: { code: error.code, message: error.entry.cause, next: error.entry.next } })
    showError(terminal, error.code, error.subject)
    if (error.code !== 'INTERNAL') return exitCode.usage
    terminal.say(String((error.cause as Error | undefined)?.stack ?? error.cause))
    return exitCode.internal
  }
}
