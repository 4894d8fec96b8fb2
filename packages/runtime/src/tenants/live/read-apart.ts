import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { ConfigurationError } from '../../settings/configuration-error.ts'
import { lockTenant, type SecretUse, type Tenant, type UnlockedTenant } from '../tenants.ts'

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
