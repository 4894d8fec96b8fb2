import { ConfigurationError, readConfiguration, workerSettings } from '@ponte/runtime'
import { readAlertSettings } from './alerts/alert-settings.ts'
import { summaryProblems } from './summary/summary-problems.ts'

/** The settings of a worker and its tenants. Rejects with a ConfigurationError that lists every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const uses = ['rdCredentials', 'crmCredentials', 'summaryWebhook'] as const
  const read = await readConfiguration(workerSettings, env, { uses })
  const alerts = readAlertSettings(read)
  const problems = summaryProblems(read.tenants, alerts)
  if (problems.length > 0) throw new ConfigurationError(problems)
  return { ...read, alerts }
}
