import type { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'
import { readEnvironment } from './environment.ts'
import type { ProblemLanguage } from './problem-words.ts'
import { readTenantsFile, type SecretPart, type Tenant } from '../tenants/tenants.ts'

/**
 * The settings of a process together with the tenants file that PONTE_CONFIG names, checked as a whole.
 * `uses`: of the tenants' secrets those that the process needs; the others are not read, and cannot be.
 * Rejects with one ConfigurationError that holds the problems of both.
 */
export async function readConfiguration<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv,
  { language = 'en', uses }: { language?: ProblemLanguage; uses: readonly SecretPart[] },
): Promise<z.infer<z.ZodObject<Shape>> & { readonly tenants: readonly Tenant[] }> {
  const file = env['PONTE_CONFIG']
  const [settings, tenants] = await Promise.allSettled([
    Promise.resolve().then(() => readEnvironment(shape, env, language)),
    file ? readTenantsFile(file, env, language, uses) : [],
  ])
  if (settings.status === 'fulfilled' && tenants.status === 'fulfilled')
    return { ...settings.value, tenants: tenants.value }
  throw new ConfigurationError([settings, tenants].flatMap(problemsOf))
}

function problemsOf(result: PromiseSettledResult<unknown>): readonly string[] {
  if (result.status === 'fulfilled') return []
  if (result.reason instanceof ConfigurationError) return result.reason.problems
  throw result.reason
}
