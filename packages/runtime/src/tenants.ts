import { readFile } from 'node:fs/promises'
import { isTenantName, type TenantSettings, tenantsFile } from '@ponte/contracts'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'
import { type ProblemLanguage, problemWords, wordsOfLibrary, wordsOfSchema } from './problem-words.ts'
import { findUnsafeSettings } from './unsafe-settings.ts'

/** One company's connection: its name and its settings. */
export interface Tenant {
  readonly name: string
  readonly settings: TenantSettings
}

/** Reads, completes from the environment and checks the tenants file. Throws ConfigurationError with every problem. */
export async function readTenantsFile(
  path: string,
  env: NodeJS.ProcessEnv,
  language: ProblemLanguage = 'en',
): Promise<readonly Tenant[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new ConfigurationError([`PONTE_CONFIG: ${problemWords[language].fileUnreadable(path)}`])
  }
  return parseTenants(text, env, language)
}

/** The same for a text. `${NAME}` inside a value is taken from the environment. */
export function parseTenants(
  yaml: string,
  env: NodeJS.ProcessEnv,
  language: ProblemLanguage = 'en',
): readonly Tenant[] {
  const words = problemWords[language]
  const document = parseDocument(yaml)
  if (document.errors.length > 0) throw new ConfigurationError(yamlProblems(yaml, document.errors, words.bareVariable))

  const problems: string[] = []
  const onMissing = (path: readonly (string | number)[], name: string): void => {
    problems.push(`${path.join('.')}: ${words.variableNotSet(name)}`)
  }
  const filled = fill(document.toJS(), env, [], onMissing)
  const parsed = tenantsFile.safeParse(filled, wordsOfLibrary(language))
  const missing = new Set(problems.map(problem => problem.slice(0, problem.indexOf(':'))))
  for (const issue of parsed.error?.issues ?? []) {
    const at = issue.path.join('.') || words.file
    if (!missing.has(at)) problems.push(`${at}: ${wordsOfSchema(issue.message, language)}`)
  }
  problems.push(...findUnsafeSettings(filled, language))
  problems.push(...misnamed(filled).map(name => `tenants.${name}: ${words.tenantName}`))
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems)
  return Object.entries(parsed.data.tenants).map(([name, settings]) => ({ name, settings }))
}

/** Only the first: those that follow are mostly its consequences. */
function yamlProblems(
  yaml: string,
  errors: readonly { readonly message: string }[],
  aboutBareVariable: string,
): string[] {
  const first = errors.slice(0, 1).map(({ message }) => message)
  const bare = /[{,]\s*[\w-]+:\s*\$\{/.test(yaml)
  return bare ? [...first, aboutBareVariable] : first
}

/** The names that cannot be: told together with what is wrong inside the tenants, which the schema alone would keep back. */
function misnamed(file: unknown): string[] {
  const parsed = z.looseObject({ tenants: z.record(z.string(), z.unknown()) }).safeParse(file)
  return Object.keys(parsed.data?.tenants ?? {}).filter(name => !isTenantName(name))
}

function fill(
  value: unknown,
  env: NodeJS.ProcessEnv,
  path: readonly (string | number)[],
  onMissing: (path: readonly (string | number)[], name: string) => void,
): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => {
      const found = env[name]
      if (found === undefined || found === '') onMissing(path, name)
      return found ?? ''
    })
  }
  if (Array.isArray(value)) return value.map((item, index) => fill(item, env, [...path, index], onMissing))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fill(item, env, [...path, key], onMissing)]),
  )
}
