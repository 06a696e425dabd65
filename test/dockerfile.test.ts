import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../src/config/package-root.js'

interface Stage {
  readonly name: string | null
  readonly image: string
  readonly instructions: readonly { readonly word: string; readonly rest: string }[]
}

const read = (name: string) => readFileSync(join(packageRoot(), name), 'utf8')

/** Stages with their instructions; comments gone, continued lines joined. */
function stagesOf(text: string): readonly Stage[] {
  const stages: { name: string | null; image: string; instructions: { word: string; rest: string }[] }[] = []
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const [word = '', ...words] = line.trim().split(/\s+/)
    const rest = line.trim().slice(word.length).trim()
    if (word === 'FROM') {
      const [image = '', , name = null] = words
      stages.push({ name, image, instructions: [] })
    } else stages.at(-1)?.instructions.push({ word, rest })
  }
  return stages
}

/** What COPY takes, and from which stage; null is the repository. */
function copiesOf({
  instructions,
}: Stage): readonly { readonly from: string | null; readonly sources: readonly string[] }[] {
  return instructions
    .filter(({ word }) => word === 'COPY')
    .map(({ rest }) => {
      const words = rest.split(/\s+/)
      const flag = words.find((each) => each.startsWith('--from='))
      return {
        from: flag?.slice('--from='.length) ?? null,
        sources: words.filter((each) => !each.startsWith('--')).slice(0, -1),
      }
    })
}

/** Files that a commit would hold: those in the index, and new ones that nothing ignores. */
function repositoryFiles(): readonly string[] {
  const options = { cwd: packageRoot(), encoding: 'utf8' as const }
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options)
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(packageRoot(), path)))
}

const stages = stagesOf(read('Dockerfile'))
const final = stages.at(-1) ?? { name: null, image: '', instructions: [] }
const all = stages.flatMap(({ instructions }) => instructions)
const finalValues = (word: string) => final.instructions.filter((each) => each.word === word).map(({ rest }) => rest)

describe('the Dockerfile', () => {
  test('has several stages, all on Node 24', () => {
    expect(stages.length).toBeGreaterThan(1)
    for (const { image } of stages) expect(image).toMatch(/^node:24-[a-z]+-slim$/)
  })

  test('copies only what the repository holds and .dockerignore lets through', () => {
    const files = repositoryFiles()
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const sources = stages
      .flatMap((stage) => copiesOf(stage).filter(({ from }) => from === null))
      .flatMap((copy) => copy.sources)
    expect(sources.length).toBeGreaterThan(5)
    for (const source of sources) {
      expect(
        files.some((file) => file === source || file.startsWith(`${source}/`)),
        source,
      ).toBe(true)
      expect(allowed, source).toContain(source)
    }
    expect([...allowed].sort()).toEqual([...new Set(sources)].sort())
  })

  test('copies from an earlier stage only what that stage makes', () => {
    for (const [index, stage] of stages.entries()) {
      for (const { from, sources } of copiesOf(stage).filter((copy) => copy.from !== null)) {
        const maker = stages.slice(0, index).find(({ name }) => name === from)
        const runs = maker?.instructions.filter(({ word }) => word === 'RUN').map(({ rest }) => rest) ?? []
        for (const source of sources) {
          const command = source.includes('/node_modules') ? /^npm ci\b/ : /^npm run build\b/
          expect(
            runs.some((run) => command.test(run)),
            `${from}: ${source}`,
          ).toBe(true)
        }
      }
    }
  })

  test('gives the build everything that tsconfig.build.json compiles', () => {
    const { include } = JSON.parse(read('tsconfig.build.json')) as { readonly include: readonly string[] }
    const build = stages.find(({ name }) => name === 'build')
    const sources = build === undefined ? [] : copiesOf(build).flatMap((copy) => copy.sources)
    for (const folder of include) expect(sources).toContain(folder)
  })

  test('runs as an unprivileged user, by number, and nothing after it changes that', () => {
    const users = finalValues('USER')
    expect(users).toHaveLength(1)
    expect(users[0]).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  test('keeps state under /data only', () => {
    expect(finalValues('VOLUME')).toEqual(['/data'])
  })

  test('starts what package.json starts, with the folders named', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: { readonly start: string } }
    const [command] = finalValues('CMD')
    const words = JSON.parse(command ?? '[]') as readonly string[]
    expect(words.join(' ')).toBe(`${scripts.start} --config /config --data /data`)
    expect(finalValues('ENTRYPOINT')).toEqual([])
  })

  test('asks /health with node, since the image has no curl', () => {
    const [check = ''] = finalValues('HEALTHCHECK')
    const words = JSON.parse(check.slice(check.indexOf('['))) as readonly string[]
    expect(words.slice(0, 2)).toEqual(['node', '-e'])
    expect(words[2]).toContain('/health')
    expect(() => new Function(words[2] ?? '')).not.toThrow()
  })

  test('installs by the lock, without scripts, and nothing else', () => {
    const installs = all.filter(({ word, rest }) => word === 'RUN' && /\bnpm\b/.test(rest)).map(({ rest }) => rest)
    expect(installs.some((run) => run.includes('--omit=dev'))).toBe(true)
    for (const run of installs) expect(run).toMatch(/^npm (?:ci --(?:omit=dev --)?ignore-scripts\b|run build$)/)
    expect(read('Dockerfile')).not.toMatch(/npm (?:install|i)\b|\bcurl\b.*\||\bwget\b|^ADD\b/m)
  })

  test('holds no secret', () => {
    const names = all.filter(({ word }) => word === 'ARG' || word === 'ENV').map(({ rest }) => rest)
    expect(names).toEqual(['NODE_ENV=production'])
    expect(read('Dockerfile')).not.toMatch(/--mount=type=secret/)
  })
})
