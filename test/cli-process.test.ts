import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { verdictTable } from '../src/canonical/verdict.js'
import { type CliChild, startCli } from './cli-child.js'
import { CJK, ESCAPE } from './cli-run.js'

const HUNAN = '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U'
const folder = mkdtempSync(join(tmpdir(), 'hutong-process-'))
let children: CliChild[] = []
afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL')
  await Promise.all(children.map((child) => child.ended()))
  children = []
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start(argv: readonly string[], environment?: Readonly<Record<string, string>>): CliChild {
  const child = startCli(argv, environment)
  children.push(child)
  return child
}

describe('the built program', () => {
  test.each<[string[], number]>([
    [['--version'], 0],
    [['explain', 'VALID'], 0],
    [[], 2],
    [['verfy'], 2],
    [['verify', HUNAN, '--hub', 'http://127.0.0.1:1'], 5],
    [['config', 'check', '/nowhere/hutong-test'], 6],
  ])('%j ends with %d', async (argv, code) => {
    const child = start(argv)
    child.process.stdin.end()
    expect(await child.ended()).toBe(code)
    expect(child.out() + child.err()).not.toContain(ESCAPE)
  })

  test('reads an identifier from a pipe', async () => {
    const child = start(['explain', '-', '--json'])
    child.process.stdin.end(`${HUNAN}\n`)
    expect(await child.ended()).toBe(0)
    expect(JSON.parse(child.out())).toMatchObject({ decision: { node: '43' } })
  })

  test('speaks the language of the environment', async () => {
    const child = start(['explain', 'VALID'], { LANG: 'zh_CN.UTF-8' })
    expect(await child.ended()).toBe(0)
    expect(child.out()).toContain(verdictTable.VALID.word.zh)
  })

  test('ends quietly when nobody reads its output any more', async () => {
    const child = start(['demo', '--help'])
    child.process.stdout.destroy()
    expect(await child.ended()).toBe(0)
    expect(child.err()).toBe('')
  })
})

describe('the demo', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('%s ends it and every simulator with %d', async (signal, code) => {
    const child = start(['demo', '--port', '0', '--dir', join(folder, signal), '--json'])
    await child.until((_out, err) => err.includes('Ctrl-C'))
    const { gateway, failed, matrix } = JSON.parse(child.out()) as {
      gateway: string
      failed: number
      matrix: unknown[]
    }
    expect(matrix).toHaveLength(16)
    expect(failed).toBe(0)
    expect(child.err()).not.toMatch(CJK)
    child.process.kill(signal)
    expect(await child.ended()).toBe(code)
    await expect(fetch(`${gateway}/health`)).rejects.toThrow()
  })

  test('a fault that no simulator knows ends it with the ones that it does', async () => {
    const child = start([
      'demo',
      '--once',
      '--port',
      '0',
      '--dir',
      join(folder, 'fault'),
      '--fault',
      'hunan=frobnicate',
    ])
    expect(await child.ended()).toBe(2)
    expect(child.err()).toMatch(/✘ FAULT_UNKNOWN .*wrong-signature/)
  })
})
