import { posix } from 'node:path'
import { type Import, importsOf, type Skeleton, skeletonOf } from './imports.js'

/** What the files of a room may import. `types` lists what may be imported as types only. */
interface Room {
  readonly room: string
  readonly values: readonly string[]
  readonly types?: readonly string[]
  /** False where not even a package or a Node module may be imported. */
  readonly packages: boolean
}

const wire = ['src/canonical/', 'src/adapters/adapter.ts', 'src/adapters/wire/']
const everything = ['src/']

/** The doors of the house, the most particular room first. */
const rooms: readonly Room[] = [
  { room: 'src/canonical/', values: ['src/canonical/'], packages: false },
  { room: 'src/crypto/', values: ['src/canonical/', 'src/crypto/'], packages: true },
  { room: 'src/adapters/wire/', values: wire, packages: true },
  { room: 'src/adapters/signers/', values: [...wire, 'src/adapters/signers/', 'src/crypto/'], packages: true },
  { room: 'src/adapters/adapter.ts', values: ['src/canonical/'], packages: false },
  { room: 'src/adapters/compose.ts', values: ['src/canonical/', 'src/adapters/adapter.ts'], packages: false },
  {
    // $ stands for the dialect's own folder.
    room: 'src/adapters/',
    values: [...wire, 'src/adapters/compose.ts', 'src/adapters/signers/', 'src/adapters/$/'],
    packages: true,
  },
  { room: 'src/policy/', values: ['src/canonical/', 'src/policy/'], packages: false },
  { room: 'src/routes/', values: ['src/canonical/', 'src/routes/'], packages: false },
  { room: 'src/spokes/', values: ['src/canonical/', 'src/spokes/'], packages: true },
  { room: 'src/trust/', values: ['src/canonical/', 'src/crypto/', 'src/trust/'], packages: true },
  { room: 'src/audit/', values: ['src/canonical/', 'src/crypto/', 'src/audit/'], packages: true },
  { room: 'src/store/', values: ['src/canonical/', 'src/store/'], packages: true },
  { room: 'src/delivery/', values: ['src/canonical/', 'src/store/', 'src/delivery/'], packages: true },
  { room: 'src/directory/', values: ['src/canonical/', 'src/store/', 'src/directory/'], packages: true },
  { room: 'src/hub.ts', values: ['src/canonical/'], types: everything, packages: false },
  {
    room: 'src/server/',
    values: ['src/canonical/', 'src/hub.ts', 'src/server/'],
    types: ['src/adapters/'],
    packages: true,
  },
  { room: 'src/web/', values: ['src/canonical/', 'src/hub.ts', 'src/web/'], packages: true },
  { room: 'src/config/', values: everything, packages: true },
  { room: 'src/cli/', values: everything, packages: true },
  { room: 'src/main.ts', values: everything, packages: true },
  { room: 'conformance/', values: ['conformance/'], packages: true },
]

/** The only places that may read the environment. */
const environmentReaders = ['src/main.ts', 'src/cli/']

const LONGEST = 400
/** Closed lists, a row for each entry: splitting them would hide what is missing. */
const tables = ['src/canonical/errors.ts']

/** What is wrong with a tree of source files, a line each; empty when every door is kept. */
export function brokenRules(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(files)
    .filter(([path]) => !path.endsWith('.test.ts'))
    .flatMap(([path, text]) => {
      const skeleton = skeletonOf(text)
      const imports = importsOf(skeleton)
      return [
        ...imports.flatMap((found) => brokenDoor(path, found)),
        ...(path.startsWith('src/') ? brokenHabits(path, text, skeleton, imports) : []),
      ]
    })
}

function brokenDoor(path: string, { target, isType }: Import): readonly string[] {
  if (target === null) return [`${path}: imports something that nobody can name beforehand`]
  const room = rooms.find((each) => path.startsWith(each.room))
  if (room === undefined) return [`${path}: no room is known for it`]
  if (!target.startsWith('.')) {
    return room.packages || isType ? [] : [`${path} -> ${target}: ${room.room} imports no package`]
  }
  const reached = posix.join(posix.dirname(path), target).replace(/\.js$/, '.ts')
  const dialect = path.split('/')[2] ?? ''
  const doors = [...room.values, ...(isType ? (room.types ?? []) : [])]
  const isOpen = doors.some((door) => reached.startsWith(door.replace('$', dialect)))
  return isOpen ? [] : [`${path} -> ${reached}: no door from ${room.room}`]
}

function brokenHabits(path: string, text: string, skeleton: Skeleton, imports: readonly Import[]): readonly string[] {
  const { code, strings } = skeleton
  const broken: string[] = []
  if (!environmentReaders.some((reader) => path.startsWith(reader)) && readsEnvironment(skeleton)) {
    broken.push(`${path}: reads the environment`)
  }
  if (/\bexport\s+default\b/.test(code) || /\bas\s+default\b/.test(code)) broken.push(`${path}: has a default export`)
  if (/\benum\s+\w+\s*\{/.test(code)) broken.push(`${path}: has an enum`)
  const lines = text.split('\n').length - 1
  if (lines > LONGEST && !tables.includes(path)) broken.push(`${path}: has ${lines} lines`)
  if (lines <= LONGEST && tables.includes(path)) broken.push(`${path}: is no longer too long; take it off the list`)
  // Files that are run rather than imported: a worker, a child process.
  const imported = new Set(imports.map(({ target }) => target))
  if (strings.some((literal) => /^\.{1,2}\/(?:.*\/)?conformance\//.test(literal) && !imported.has(literal))) {
    broken.push(`${path}: reaches into conformance/`)
  }
  return broken
}

function readsEnvironment({ code, strings }: Skeleton): boolean {
  const bare = code.replace(/'§(\d+)§'/g, (_, index) => `'${strings[Number(index)] ?? ''}'`)
  return (
    /\bprocess\s*!?\s*\??\.\s*env\b/.test(code) ||
    /\bprocess\s*(?:\?\.)?\s*\[/.test(code) ||
    /\}\s*=\s*(?:globalThis\s*\.\s*)?process\b(?!\s*\.)/.test(code) ||
    /\bfrom\s*'(?:node:)?process'/.test(bare)
  )
}
