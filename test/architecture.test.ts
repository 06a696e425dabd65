import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../src/config/package-root.js'
import { brokenRules } from './architecture/doors.js'
import { importsOf, skeletonOf } from './architecture/imports.js'

function sourceFiles(): Record<string, string> {
  const files: Record<string, string> = {}
  for (const folder of ['src', 'conformance']) {
    const root = join(packageRoot(), folder)
    if (!existsSync(root)) continue
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.ts')) files[`${folder}/${name}`] = readFileSync(join(root, name), 'utf8')
    }
  }
  return files
}

test('every door of the house is kept', () => {
  const files = sourceFiles()
  expect(Object.keys(files).length).toBeGreaterThan(50)
  expect(brokenRules(files)).toEqual([])
})

describe('a broken door is found', () => {
  test.each<[string, string, string]>([
    ['canonical reaching out', 'src/canonical/a.ts', "import { x } from '../routes/b.js'"],
    ['canonical using a package', 'src/canonical/a.ts', "import { parse } from 'yaml'"],
    ['canonical using Node', 'src/canonical/a.ts', "import { readFileSync } from 'node:fs'"],
    ['one dialect using another', 'src/adapters/tax-gt3/a.ts', "import { x } from '../gjzwfwpt/b.js'"],
    ['a dialect using crypto', 'src/adapters/tax-gt3/a.ts', "import { sm3 } from '../../crypto/sm3.js'"],
    ['a signer using a dialect', 'src/adapters/signers/a.ts', "import { x } from '../canonical/b.js'"],
    ['wire using a signer', 'src/adapters/wire/a.ts', "import { x } from '../signers/b.js'"],
    ['crypto using trust', 'src/crypto/a.ts', "import { x } from '../trust/b.js'"],
    ['routes using config', 'src/routes/a.ts', "import { x } from '../config/registry.js'"],
    ['policy using crypto', 'src/policy/a.ts', "import { x } from '../crypto/sm3.js'"],
    ['spokes using adapters', 'src/spokes/a.ts', "import type { X } from '../adapters/adapter.js'"],
    ['trust using the store', 'src/trust/a.ts', "import { x } from '../store/b.js'"],
    ['the store using the audit log', 'src/store/a.ts', "import { x } from '../audit/b.js'"],
    ['the hub using a value', 'src/hub.ts', "import { x } from './adapters/compose.js'"],
    ['the server using an adapter’s value', 'src/server/a.ts', "import { x } from '../adapters/adapter.js'"],
    ['the server using policy', 'src/server/a.ts', "import type { X } from '../policy/b.js'"],
    ['pages using the server', 'src/web/a.ts', "import { x } from '../server/b.js'"],
    ['src using conformance', 'src/cli/a.ts', "import { x } from '../../conformance/b.js'"],
    ['src running conformance', 'src/cli/a.ts', "fork(new URL('../../conformance/main.js', import.meta.url))"],
    ['conformance using src', 'conformance/a.ts', "import { x } from '../src/canonical/b.js'"],
    ['conformance using a type of src', 'conformance/a.ts', "import type { X } from '../src/canonical/b.js'"],
    ['a file in no room', 'src/misc/a.ts', "import { x } from '../canonical/b.js'"],
  ])('%s', (_, path, text) => {
    expect(brokenRules({ [path]: text })).toHaveLength(1)
  })
  test.each<[string, string]>([
    ['a type', "import type { X } from '../config/b.js'"],
    ['a namespace', "import * as b from '../config/b.js'"],
    ['a default', "import b from '../config/b.js'"],
    ['a default and more', "import b, { type X } from '../config/b.js'"],
    ['a side effect', "import '../config/b.js'"],
    ['several lines', "import {\n  x,\n  y,\n} from '../config/b.js'"],
    ['double quotes', 'import { x } from "../config/b.js"'],
    ['a re-export', "export { x } from '../config/b.js'"],
    ['a re-export of everything', "export * from '../config/b.js'"],
    ['a re-export under a name', "export * as b from '../config/b.js'"],
    ['a re-export of types', "export type { X } from '../config/b.js'"],
    ['a dynamic import', "const b = await import('../config/b.js')"],
    ['a dynamic import in a template', `const text = \`\${await import('../config/b.js')}\``],
    ['a type import in place', "type X = import('../config/b.js').X"],
    ['require', "const b = require('../config/b.js')"],
    ['a require made by hand', "const b = createRequire(import.meta.url)('../config/b.js')"],
    [
      'a require made by hand and kept',
      "const require = createRequire(import.meta.url)\nconst b = require('../config/b.js')",
    ],
    ['a require made by hand under another name', 'const load = createRequire(import.meta.url)'],
    ['a template as a name', 'const b = await import(`../config/b.js`)'],
    ['a computed name', 'const b = await import(name)'],
    ['after a misleading regular expression', "const quote = /['`]/\nimport { x } from '../config/b.js'"],
    ['after a misleading string', "const text = \"it's // not\"\nimport { x } from '../config/b.js'"],
  ])('imported as %s', (_, text) => {
    expect(brokenRules({ 'src/routes/a.ts': text })).toHaveLength(1)
  })
})

describe('an open door is not reported', () => {
  test.each<[string, string]>([
    [
      'src/adapters/tax-gt3/a.ts',
      "import { x } from './b.js'\nimport { y } from '../signers/c.js'\nimport { z } from '../wire/d.js'",
    ],
    ['src/adapters/signers/a.ts', "import { x } from '../../crypto/sm3.js'"],
    ['src/hub.ts', "import type { X } from './adapters/adapter.js'\nimport { y } from './canonical/errors.js'"],
    ['src/server/a.ts', "import type { X } from '../adapters/adapter.js'\nimport { y } from '../hub.js'"],
    ['src/config/a.ts', "import { x } from '../server/b.js'\nimport { parse } from 'yaml'"],
    [
      'src/routes/a.ts',
      "// import { x } from '../config/b.js'\n/* import '../config/b.js' */\nconst text = \"import '../config/b.js'\"",
    ],
    ['src/routes/a.test.ts', "import { x } from '../config/b.js'"],
    ['conformance/a.ts', "import { readFileSync } from 'node:fs'\nimport { x } from './b.js'"],
  ])('%s', (path, text) => {
    expect(brokenRules({ [path]: text })).toEqual([])
  })
})

describe('habits', () => {
  const where = 'src/spokes/a.ts'
  test.each<[string, string]>([
    ['process.env', 'const home = process.env.HOME'],
    ['process.env in brackets', "const home = process['env']"],
    ['env taken apart', 'const { env } = process'],
    ['env of the module', "import { env } from 'node:process'"],
    ['a default export', 'export default function a() {}'],
    ['a default export by name', 'const a = 1\nexport { a as default }'],
    ['an enum', 'export enum Colour { Red }'],
    ['401 lines', 'const a = 1\n'.repeat(401)],
  ])('%s is reported', (_, text) => {
    expect(brokenRules({ [where]: text })).toHaveLength(1)
  })
  test('main and the command line read the environment', () => {
    const text = 'const home = process.env'
    expect(brokenRules({ 'src/main.ts': text, 'src/cli/a.ts': text })).toEqual([])
    expect(brokenRules({ 'src/config/a.ts': text })).toHaveLength(1)
  })
  test('400 lines, and words in comments and strings, are not', () => {
    expect(brokenRules({ [where]: 'const a = 1\n'.repeat(400) })).toEqual([])
    expect(brokenRules({ [where]: "// process.env, export default\nconst text = 'process.env'" })).toEqual([])
  })
  test('a table that no longer needs its exception is reported', () => {
    expect(brokenRules({ 'src/canonical/errors.ts': 'const a = 1\n' })).toHaveLength(1)
  })
})

test('imports are read from code, not from comments, strings or regular expressions', () => {
  const text = [
    "import type { A } from './a.js' // import './no.js'",
    "const pattern = /import '\\.\\/no.js'/",
    'const half = total / 2 / count',
    `const text = \`import './no.js' \${inner(\`\${await import('./b.js')}\`)}\``,
  ].join('\n')
  expect(importsOf(skeletonOf(text))).toEqual([
    { target: './a.js', isType: true },
    { target: './b.js', isType: false },
  ])
})
