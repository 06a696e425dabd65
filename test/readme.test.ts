import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isErrorCode } from '../src/canonical/errors.js'
import { isVerdictCode, verdictCodes, verdictTable } from '../src/canonical/verdict.js'
import { packageRoot } from '../src/config/package-root.js'

interface Block {
  readonly language: string
  readonly text: string
}

const root = packageRoot()
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm

function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(FENCE)].map(([, language = '', text = '']) => ({ language, text }))
}

/** The page without its code blocks. */
function proseOf(markdown: string): string {
  return markdown.replace(FENCE, '')
}

function headingsOf(
  markdown: string,
): readonly { readonly level: number; readonly number: string | null; readonly text: string }[] {
  return [...proseOf(markdown).matchAll(/^(#+) (?:(\d+)\. )?(.*)$/gm)].map(
    ([, marks = '', number = null, text = '']) => ({
      level: marks.length,
      number,
      text,
    }),
  )
}

/** The anchor that a reader's software makes of a heading. */
function anchorOf({ number, text }: { readonly number: string | null; readonly text: string }): string {
  const whole = number === null ? text : `${number}. ${text}`
  return whole
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- ]/gu, '')
    .replace(/ /g, '-')
}

function linksOf(markdown: string): readonly string[] {
  return [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** `$ command` lines, each with the output beneath it. */
function sessionOf({ text }: Block): readonly { readonly command: string; readonly output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      return { command: part.slice(0, end), output: part.slice(end + 1).trimEnd() }
    })
}

const chinese = read('README.md')
const english = read('README.en.md')
const readmes = [
  ['README.md', chinese, 'zh'],
  ['README.en.md', english, 'en'],
] as const

describe('the two READMEs', () => {
  test('link to each other on their first line', () => {
    expect(chinese.split('\n')[0]).toContain('(README.en.md)')
    expect(english.split('\n')[0]).toContain('(README.md)')
  })

  test('have the same 13 headings in the same order', () => {
    const shape = (markdown: string) => headingsOf(markdown).map(({ level, number }) => [level, number])
    expect(shape(chinese)).toEqual(shape(english))
    const numbers = headingsOf(chinese).flatMap(({ level, number }) => (level === 2 ? [number] : []))
    expect(numbers).toEqual(Array.from({ length: 13 }, (_, index) => String(index + 1)))
  })

  test('have the same code blocks', () => {
    expect(blocksOf(english)).toEqual(blocksOf(chinese))
    expect(blocksOf(chinese).length).toBeGreaterThan(5)
  })

  test('begin with the commands that run and test it', () => {
    const [run, all] = blocksOf(chinese)
    expect(run).toEqual({ language: 'sh', text: 'npm ci && npx hutong demo\n' })
    expect(all).toEqual({ language: 'sh', text: 'npm ci && npm test\n' })
  })
})

describe.each(readmes)('%s', (_name, markdown, lang) => {
  test('links to paths and headings that exist', () => {
    const anchors = headingsOf(markdown).map(anchorOf)
    const missing = linksOf(markdown).filter((target) => {
      if (target.startsWith('#')) return !anchors.includes(decodeURIComponent(target.slice(1)))
      return !existsSync(join(root, target.replace(/#.*$/, '')))
    })
    expect(missing).toEqual([])
  })

  test('explains every verdict in its order, with the word that the gateway uses', () => {
    const rows = [...markdown.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \| [^|]+ \|$/gm)].map(([, code, word]) => [
      code,
      word,
    ])
    expect(rows).toEqual(verdictCodes.map((code) => [code, verdictTable[code].word[lang]]))
  })

  test('names no code that does not exist', () => {
    const codes = [...proseOf(markdown).matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = '']) => code)
    expect(codes.filter((code) => code !== 'NO_COLOR' && !isErrorCode(code) && !isVerdictCode(code))).toEqual([])
  })
})

test('every sh block of the README is run by .ci/run', () => {
  const script = read('.ci/run')
  const asked = [...script.matchAll(/readme_block '([^']+)'/g)].map(([, text = '']) => text)
  const lines = script.split('\n').map((line) =>
    line
      .trim()
      .replace(/^timeout \d+ /, '')
      .replace(/ --no-audit.*$/, ''),
  )
  const blocks = blocksOf(chinese).filter(({ language }) => language === 'sh')
  const notRun = blocks.filter(({ text }, index) => {
    const first = asked.some((wanted) => blocks.findIndex((block) => block.text.includes(wanted)) === index)
    return (
      !first &&
      !text
        .trim()
        .split(' && ')
        .every((command) => lines.includes(command))
    )
  })
  expect(notRun).toEqual([])
})

test('links between the pages of docs and the root lead somewhere', () => {
  const decisions = readdirSync(join(root, 'docs/decisions')).map((name) => `docs/decisions/${name}`)
  const pages = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...decisions]
  const missing = pages.flatMap((page) =>
    linksOf(read(page))
      .filter((target) => !target.startsWith('#') && !target.startsWith('http'))
      .filter((target) => !existsSync(join(root, dirname(page), target.replace(/#.*$/, ''))))
      .map((target) => `${page}: ${target}`),
  )
  expect(missing).toEqual([])
})

describe('a reader who types what the console blocks show', () => {
  let folder = ''
  beforeAll(() => {
    // The walk-through writes files, so it is run in a folder that looks like the repository's root.
    folder = mkdtempSync(join(tmpdir(), 'hutong-readme-'))
    for (const name of ['dist', 'spec', 'package.json']) symlinkSync(join(root, name), join(folder, name))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const pages = ['README.md', 'docs/decisions/node-crypto-empty-id.md']
  const commands = pages.flatMap((page) =>
    blocksOf(read(page))
      .filter(({ language }) => language === 'console')
      .flatMap((block) => sessionOf(block).map(({ command, output }) => ({ page, command, output }))),
  )

  // In order, each in the state that the ones before left.
  test.each(commands)('$page: $command', ({ command, output }) => {
    const main = `"${process.execPath}" "${join(root, 'dist/src/main.js')}"`
    const line = command.replaceAll('npx hutong', main)
    const environment = { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, LANG: 'C.UTF-8' }
    const ran = spawnSync('sh', ['-c', `{ ${line}\n} 2>&1`], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect({ output: ran.stdout.trimEnd(), status: ran.status }).toEqual({ output, status: 0 })
  })
})
