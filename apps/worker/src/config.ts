import { ConfigurationError, readConfiguration, type Tenant, workerSettings } from '@ponte/runtime'
import { type AlertSettings, readAlertSettings } from './alerts/alert-settings.ts'

/** Why the weekly summary of a tenant could not be sent. A worker with such a problem does not start. The texts hold no values. */
export function summaryProblems(tenants: readonly Tenant[], { mail }: Pick<AlertSettings, 'mail'>): readonly string[] {
  return tenants.flatMap(({ name, settings: { weeklySummary } }) => {
    const place = `tenants.${name}.weeklySummary`
    return [
      ...(weeklySummary?.emails !== undefined && mail === undefined
        ? [`${place}.emails: needs a mail server; set ALERT_SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO`]
        : []),
      ...(weeklySummary?.webhookUrl !== undefined && !isWebAddress(weeklySummary.webhookUrl)
        ? [`${place}.webhookUrl: must be an http(s) address`]
        : []),
    ]
  })
}

const isWebAddress = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? '')

/** The settings of a worker and its tenants. Rejects with a ConfigurationError that lists every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const uses = ['rdCredentials', 'crmCredentials', 'summaryWebhook'] as const
  const read = await readConfiguration(workerSettings, env, { uses })
  const alerts = readAlertSettings(read)
  const problems = summaryProblems(read.tenants, alerts)
  if (problems.length > 0) throw new ConfigurationError(problems)
  return { ...read, alerts }
}
