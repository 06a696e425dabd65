import { readFileSync } from 'node:fs'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import type { Text } from '../canonical/text.js'
import type { Problem } from './problem.js'

const FILE_LIMIT = 4 * 1024 * 1024

/** A YAML file as values, with the way back from a value to its line. */
export interface YamlFile {
  readonly name: string
  readonly text: string
  readonly value: unknown
  problem(path: readonly (string | number)[], message: Text): Problem
}

/** Reads and checks one file against its schema; problems are added to the list, and undefined is returned. */
export function readYaml(
  path: string,
  name: string,
  schema: ValidateFunction,
  problems: Problem[],
): YamlFile | undefined {
  const text = readText(path, name, problems)
  if (text === undefined) return undefined
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true })
  for (const fault of document.errors) {
    const line = fault.linePos?.[0].line ?? 0
    const first = fault.message.split('\n')[0] ?? ''
    problems.push({
      file: name,
      line,
      at: '',
      message: { zh: `不是合法的 YAML：${first}`, en: `not valid YAML: ${first}` },
    })
  }
  if (document.errors.length > 0) return undefined
  const problem = (at: readonly (string | number)[], message: Text): Problem => ({
    file: name,
    line: lineOf(document, lines, at),
    at: at.join('.'),
    message,
  })
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  if (!schema(value)) {
    for (const fault of tellingFaults(schema.errors ?? [])) problems.push(problem(pathOf(fault), wordsFor(fault)))
    return undefined
  }
  return { name, text, value, problem }
}

function readText(path: string, name: string, problems: Problem[]): string | undefined {
  try {
    const bytes = readFileSync(path)
    if (bytes.length <= FILE_LIMIT) return bytes.toString('utf8')
    problems.push({ file: name, line: 0, at: '', message: { zh: '文件过大', en: 'the file is too large' } })
  } catch {
    problems.push({ file: name, line: 0, at: '', message: { zh: '读不到这个文件', en: 'the file cannot be read' } })
  }
  return undefined
}

/** The line of the deepest node on the path that exists. */
function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 0
}

/** A failed oneOf reports each branch besides itself; the branches say more. */
function tellingFaults(faults: readonly ErrorObject[]): readonly ErrorObject[] {
  const telling = faults.filter((fault) => fault.keyword !== 'oneOf' && fault.keyword !== 'if')
  return telling.length > 0 ? telling : faults
}

function pathOf(fault: ErrorObject): (string | number)[] {
  const path = fault.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))
  const extra = fault.params['additionalProperty'] as string | undefined
  return extra === undefined ? path : [...path, extra]
}

function wordsFor({ keyword, params, message = '' }: ErrorObject): Text {
  switch (keyword) {
    case 'required':
      return { zh: `缺少 ${params['missingProperty']}`, en: `${params['missingProperty']} is missing` }
    case 'additionalProperties':
      return { zh: '没有这个设置项', en: 'there is no such setting' }
    case 'enum':
      return {
        zh: `只能是 ${(params['allowedValues'] as unknown[]).join('、')}`,
        en: `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`,
      }
    case 'type':
      return { zh: `类型应为 ${params['type']}`, en: `must be of type ${params['type']}` }
    case 'pattern':
      return { zh: `形式应符合 ${params['pattern']}`, en: `must match ${params['pattern']}` }
    default:
      return { zh: `不合规则：${message}`, en: message }
  }
}
