/** One module that a source text names, however it names it. */
export interface Import {
  /** The specifier; null when it is computed, so that nobody can say what is imported. */
  readonly target: string | null
  /** `import type` and `export type … from`: gone after compilation. Everything else counts as a value. */
  readonly isType: boolean
}

/** The text with comments and the contents of strings, templates and regular expressions taken out. */
export interface Skeleton {
  /** Code in which each string is `'§n§'`. */
  readonly code: string
  readonly strings: readonly string[]
}

// A slash after one of these begins a regular expression; after anything else it divides.
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%~<>\n]|\b(?:return|typeof|case|in|of|await|yield|throw|new|delete|void))\s*$/

/** Reads one source text. Knows strings, templates with nested code, comments and regular expressions. */
export function skeletonOf(text: string): Skeleton {
  const strings: string[] = []
  let code = ''
  let at = 0

  const readString = (quote: string): void => {
    const from = ++at
    while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1
    strings.push(text.slice(from, at))
    code += `'§${strings.length - 1}§'`
    at++
  }
  const readTemplate = (): void => {
    const from = ++at
    let isPlain = true
    while (at < text.length && text[at] !== '`') {
      if (text[at] === '\\') at += 2
      else if (text.startsWith('${', at)) {
        isPlain = false
        at += 2
        code += '('
        readCode('}')
        code += ')'
      } else at++
    }
    if (isPlain) {
      strings.push(text.slice(from, at))
      code += `'§${strings.length - 1}§'`
    } else code += ' template '
    at++
  }
  const readRegex = (): void => {
    let inClass = false
    for (at++; at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/'); at++) {
      if (text[at] === '\\') at++
      else if (text[at] === '[') inClass = true
      else if (text[at] === ']') inClass = false
    }
    code += ' regex '
    at++
  }
  const readCode = (end: string): void => {
    let depth = 0
    while (at < text.length) {
      const character = text[at] ?? ''
      if (character === end && depth === 0) {
        at++
        return
      }
      if (text.startsWith('//', at)) at = indexOrEnd(text, '\n', at)
      else if (text.startsWith('/*', at)) at = indexOrEnd(text, '*/', at) + 2
      else if (character === "'" || character === '"') readString(character)
      else if (character === '`') readTemplate()
      else if (character === '/' && BEFORE_REGEX.test(code.slice(-40))) readRegex()
      else {
        if (character === '{') depth++
        if (character === '}') depth--
        code += character
        at++
      }
    }
  }
  readCode('')
  return { code, strings }
}

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from)
  return found < 0 ? text.length : found
}

const NAME = '[\\w$]+'
const BRACES = '\\{[^}]*\\}'
const STRING = "'§(\\d+)§'"
const patterns = [
  new RegExp(
    `\\bimport\\s+(type\\s+)?(?:${NAME}\\s*,?\\s*)?(?:${BRACES}|\\*\\s*as\\s+${NAME})?\\s*from\\s*${STRING}`,
    'g',
  ),
  new RegExp(`\\bexport\\s+(type\\s+)?(?:\\*(?:\\s*as\\s+${NAME})?|${BRACES})\\s*from\\s*${STRING}`, 'g'),
  new RegExp(`\\bimport()\\s*${STRING}`, 'g'),
  new RegExp(`\\bcreateRequire()\\s*\\([^()]*\\)\\s*\\(\\s*${STRING}`, 'g'),
  new RegExp(`\\b(?:import|require)()\\s*\\(\\s*${STRING}`, 'g'),
]
const COMPUTED = /(?<!\.)\b(?:import|require)\s*\(\s*(?!'§)/g
// A require made by hand is read when it is used at once, or bears the name that is looked for.
const HIDDEN_REQUIRE = /(?<!\brequire\s*=\s*)\bcreateRequire\s*\([^()]*\)(?!\s*\(\s*'§)/g

/** Every module that the text imports: static, for side effects, types, re-exports, dynamic, and `require`. */
export function importsOf({ code, strings }: Skeleton): readonly Import[] {
  const named = patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, type = '', index = '']) => ({
      target: strings[Number(index)] ?? null,
      isType: type !== '',
    })),
  )
  const unnamed = [COMPUTED, HIDDEN_REQUIRE].flatMap((pattern) => [...code.matchAll(pattern)])
  return [...named, ...unnamed.map(() => ({ target: null, isType: false }))]
}
