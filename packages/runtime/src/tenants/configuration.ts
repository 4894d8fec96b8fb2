import { z } from 'zod'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { readEnvironment } from '../settings/read-environment.ts'
import type { ProblemLanguage } from '../settings/problem-words.ts'
import { readTenantsFile, type SecretUse, type Tenant, lockTenant, type UnlockedTenant } from './tenants.ts'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

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

const answer = z.union([
  z.object({ tenants: z.array(z.custom<UnlockedTenant>()) }),
  z.object({ problems: z.array(z.string()) }),
])

/**
 * Reads and checks the tenants file like `readTenantsFile`, in a thread of its own. A file with a thousand tenants takes a second or more,
 * in which this process would answer nobody and renew no lock.
 */
export async function readTenantsApart(
  file: string,
  env: NodeJS.ProcessEnv,
  use: SecretUse,
): Promise<readonly Tenant[]> {
  const readAt = performance.now()
  const thread = new Worker(new URL('read-thread.ts', import.meta.url), {
    workerData: { file, env: { ...env }, use },
    execArgv: [],
  })
  try {
    const [message] = await once(thread, 'message')
    const read = answer.parse(message)
    if ('problems' in read) throw new ConfigurationError(read.problems)
    return read.tenants.map(tenant => ({ ...lockTenant(tenant), readAt }))
  } finally {
    await thread.terminate()
  }
}
