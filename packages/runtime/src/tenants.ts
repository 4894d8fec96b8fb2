import { readFile } from 'node:fs/promises'
import { isTenantName, type TenantSettings, tenantsFile } from '@ponte/contracts'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'

/** One company's connection: its name and its settings. */
export interface Tenant {
  readonly name: string
  readonly settings: TenantSettings
}

/** Reads, completes from the environment and checks the tenants file. Throws ConfigurationError with every problem. */
export async function readTenantsFile(path: string, env: NodeJS.ProcessEnv): Promise<readonly Tenant[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new ConfigurationError([`PONTE_CONFIG: the file ${path} cannot be read`])
  }
  return parseTenants(text, env)
}

/** The same for a text. `${NAME}` inside a value is taken from the environment. */
export function parseTenants(yaml: string, env: NodeJS.ProcessEnv): readonly Tenant[] {
  const document = parseDocument(yaml)
  if (document.errors.length > 0) throw new ConfigurationError(yamlProblems(yaml, document.errors))

  const problems: string[] = []
  const filled = fill(document.toJS(), env, [], problems)
  const parsed = tenantsFile.safeParse(filled)
  const missing = new Set(problems.map(problem => problem.slice(0, problem.indexOf(':'))))
  for (const issue of parsed.error?.issues ?? []) {
    const at = issue.path.join('.') || '(file)'
    if (!missing.has(at)) problems.push(`${at}: ${issue.message}`)
  }
  problems.push(...misnamed(filled))
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems)
  return Object.entries(parsed.data.tenants).map(([name, settings]) => ({ name, settings }))
}

/** Only the first: those that follow are mostly its consequences. */
function yamlProblems(yaml: string, errors: readonly { readonly message: string }[]): string[] {
  const first = errors.slice(0, 1).map(({ message }) => message)
  const bare = /[{,]\s*[\w-]+:\s*\$\{/.test(yaml)
  return bare ? [...first, 'inside { … } a variable has to stand in quotes: { clientId: "${NAME}" }'] : first
}

/** Told together with what is wrong inside the tenants, which the schema alone would keep back. */
function misnamed(file: unknown): string[] {
  const parsed = z.looseObject({ tenants: z.record(z.string(), z.unknown()) }).safeParse(file)
  const names = Object.keys(parsed.data?.tenants ?? {})
  return names
    .filter(name => !isTenantName(name))
    .map(name => `tenants.${name}: use 1 to 63 of a-z, 0-9 and "-" as the name`)
}

function fill(value: unknown, env: NodeJS.ProcessEnv, path: readonly (string | number)[], problems: string[]): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_whole, name: string) => {
      const found = env[name]
      if (found === undefined || found === '') problems.push(`${path.join('.')}: the variable ${name} is not set`)
      return found ?? ''
    })
  }
  if (Array.isArray(value)) return value.map((item, index) => fill(item, env, [...path, index], problems))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fill(item, env, [...path, key], problems)]),
  )
}
