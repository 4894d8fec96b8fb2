import type { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'
import { readEnvironment } from './read-environment.ts'
import type { ProblemLanguage } from './problem-words.ts'
import { readTenantsApart } from '../tenants/live/read-apart.ts'
import { readTenantsFile, type SecretUse, type Tenant } from '../tenants/tenants.ts'

/**
 * Reads the settings of a process and the tenants file that PONTE_CONFIG names. `uses` lists the secrets of tenants that the process needs.
 * Other secrets are not read, and using one throws. Missing ones of `optional` are listed in `Tenant.lacks`. Rejects with one
 * ConfigurationError that lists the problems of both. `readTenantsAgain` reads and checks the tenants file as it is by then.
 */
export async function readConfiguration<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
  { language = 'en', ...use }: SecretUse & { readonly language?: ProblemLanguage },
): Promise<
  z.output<Schema> & {
    readonly tenants: readonly Tenant[]
    readonly readTenantsAgain: () => Promise<readonly Tenant[]>
  }
> {
  const file = env['PONTE_CONFIG']
  const [settings, tenants] = await Promise.allSettled([
    Promise.resolve().then(() => readEnvironment(schema, env, language)),
    file ? readTenantsFile(file, env, language, use) : [],
  ])
  if (settings.status === 'fulfilled' && tenants.status === 'fulfilled')
    return { ...settings.value, tenants: tenants.value, readTenantsAgain: () => readTenantsApart(file ?? '', env, use) }
  throw new ConfigurationError([settings, tenants].flatMap(problemsOf))
}

function problemsOf(result: PromiseSettledResult<unknown>): readonly string[] {
  if (result.status === 'fulfilled') return []
  if (result.reason instanceof ConfigurationError) return result.reason.problems
  throw result.reason
}
