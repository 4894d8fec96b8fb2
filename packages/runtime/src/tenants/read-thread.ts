import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { readUnlocked, type SecretUse } from './tenants.ts'

/** The thread of `readTenantsApart`. Only what is no mistake of the file ends it with an error. */

const task = z.object({
  file: z.string(),
  env: z.record(z.string(), z.string().optional()),
  use: z.custom<SecretUse>(),
})
const { file, env, use } = task.parse(workerData)
try {
  parentPort?.postMessage({ tenants: await readUnlocked(file, env, 'en', use) })
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error
  parentPort?.postMessage({ problems: error.problems })
}
