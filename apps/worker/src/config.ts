import { readConfiguration, workerSettings } from '@ponte/runtime'
import { readAlertSettings } from './alerts/alert-settings.ts'

/** The settings of a worker and its tenants. Rejects with a ConfigurationError that lists every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const read = await readConfiguration(workerSettings, env, { uses: ['rdCredentials', 'crmCredentials'] })
  return { ...read, alerts: readAlertSettings(read) }
}
