import { parseDocument } from 'yaml'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { type ProblemLanguage, problemWords } from '../settings/problem-words.ts'

/** Errors show neither the library's message nor the line, because both may hold a secret. */
export function readYaml(yaml: string, language: ProblemLanguage): unknown {
  const words = problemWords[language]
  const document = parseDocument(yaml, { logLevel: 'error' })
  // Only the first error, because those that follow are mostly its consequences.
  const [first] = document.errors
  if (first === undefined) {
    try {
      return document.toJS()
    } catch {
      throw new ConfigurationError([`${words.file}: ${words.aliasUnreadable}`])
    }
  }
  const at = pastEmptyLines(yaml, first.linePos?.[0])
  const bare = /[{,]\s*[\w-]+:\s*\$\{/.test(yaml)
  throw new ConfigurationError([
    `${words.file}: ${words.yamlUnreadable({ ...at, code: first.code })}`,
    ...(bare ? [words.bareVariable] : []),
  ])
}

/** The parser counts empty lines and comments to what follows them, and so names the first of these. */
function pastEmptyLines(yaml: string, at = { line: 0, col: 0 }): { readonly line: number; readonly column: number } {
  const lines = yaml.split('\n')
  const holdsNothing = (text: string): boolean => text.trim() === '' || text.trimStart().startsWith('#')
  const line = lines.findIndex((text, index) => index + 1 >= at.line && !holdsNothing(text)) + 1
  if (line === at.line || line === 0) return { line: at.line, column: at.col }
  const text = lines[line - 1] ?? ''
  return { line, column: text.length - text.trimStart().length + 1 }
}
