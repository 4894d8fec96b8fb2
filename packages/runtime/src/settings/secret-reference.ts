import { readFileSync, statSync } from 'node:fs'

/** No secret is longer. The limit keeps Ponte from reading a device or a log that is named by mistake. */
const MAX_BYTES = 64 * 1024

/** What `${…}` names: a variable of the environment, or a file whose content is the value. */
const REFERENCE = /\$\{(?:file:([^}]+)|([A-Za-z_][A-Za-z0-9_]*))\}/g

/** Whether a text may be read as a reference, also by a later form of them. */
export const holdsReference = (text: string): boolean => text.includes('${')

export type ReferenceProblem = { readonly variable: string } | { readonly file: string }

/**
 * The text with `${NAME}` and `${file:/path}` replaced. A variable may itself be `${file:/path}`. `onProblem` is called for references that
 * cannot be read or are empty, and never gets what a file holds.
 */
export function resolveReferences(
  text: string,
  env: NodeJS.ProcessEnv,
  onProblem: (problem: ReferenceProblem) => void,
): string {
  return text.replaceAll(REFERENCE, (_whole, file: string | undefined, variable = '') => {
    if (file !== undefined) return readSecretFile(file, onProblem)
    const found = env[variable]
    if (found === undefined || found === '') {
      onProblem({ variable })
      return ''
    }
    return resolveFile(found, onProblem)
  })
}

/** The variable or the path of the file that a value refers to as a whole. Undefined for any other text. */
export function referenceIn(text: string): string | undefined {
  const [reference] = [...text.trim().matchAll(REFERENCE)]
  return reference?.[0] === text.trim() ? (reference[1] ?? reference[2]) : undefined
}

/** The files that the text refers to, also through variables. */
export function filesIn(text: string, env: NodeJS.ProcessEnv): ReadonlySet<string> {
  const files = [...text.matchAll(REFERENCE)].map(
    ([, file, variable = '']) => file ?? /^\$\{file:([^}]+)\}$/.exec(env[variable] ?? '')?.[1],
  )
  return new Set(files.filter(file => file !== undefined))
}

/** Resolves a value of the environment: if it is `${file:/path}` as a whole, the content of that file, else the value itself. */
export function resolveFile(value: string, onProblem: (problem: ReferenceProblem) => void): string {
  const [, file] = /^\$\{file:([^}]+)\}$/.exec(value) ?? []
  return file === undefined ? value : readSecretFile(file, onProblem)
}

function readSecretFile(file: string, onProblem: (problem: ReferenceProblem) => void): string {
  const text = readSmallFile(file)?.replace(/\r?\n$/, '') ?? ''
  if (text === '') onProblem({ file })
  return text
}

function readSmallFile(file: string): string | undefined {
  try {
    const found = statSync(file)
    return found.isFile() && found.size <= MAX_BYTES ? readFileSync(file, 'utf8') : undefined
  } catch {
    return undefined
  }
}
