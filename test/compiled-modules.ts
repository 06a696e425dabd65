import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Compiles modules of the project into a folder, for child processes: node takes no TypeScript, and the build in
 * `dist/` may be of yesterday. Only modules without npm imports can run there.
 *
 * @returns the URL of a compiled module, by its path in the project
 */
export async function compileModules(folder: string, modules: readonly string[]): Promise<(module: string) => string> {
  const root = resolve(import.meta.dirname, '..')
  const output = join(folder, 'compiled')
  await mkdir(output, { recursive: true })
  const project = join(folder, 'tsconfig.json')
  const types = { typeRoots: [join(root, 'node_modules/@types')] }
  await writeFile(
    project,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { ...types, noEmit: false, noCheck: true, rootDir: root, outDir: output },
      include: [],
      files: modules.map((module) => join(root, module)),
    }),
  )
  await writeFile(join(output, 'package.json'), '{"type":"module"}')
  const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../lib/tsc.js')
  await run(process.execPath, [compiler, '-p', project])
  await rm(project)
  return (module) => pathToFileURL(join(output, module.replace(/\.ts$/, '.js'))).href
}
