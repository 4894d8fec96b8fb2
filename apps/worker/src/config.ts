import {
  ConfigurationError,
  isInShard,
  missingNames,
  readConfiguration,
  type Shard,
  shard,
  type Tenant,
  workerSettings,
  type WorkerSettings,
} from '@ponte/runtime'
import { withoutEnd } from '@ponte/contracts'

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

/** A worker whose list has no tenant of the file would do nothing, and nobody would know why. Of some, a warning is enough. */
function shardProblems(tenants: readonly Tenant[], own: Shard | undefined): readonly string[] {
  const missing = missingNames(own, tenants)
  const isNoneServed = !tenants.some(({ name }) => isInShard(name, own))
  return missing.length > 0 && isNoneServed
    ? [`WORKER_SHARD: the tenants file has none of these tenants: ${missing.join(', ')}`]
    : []
}

/**
 * The settings of a worker and all tenants of its file, of which it serves some. Rejects with a ConfigurationError
 * that lists every problem.
 */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const uses = ['rdCredentials', 'crmCredentials', 'summaryWebhook'] as const
  const own = shard.safeParse(env['WORKER_SHARD'] ?? '').data
  const read = await readConfiguration(workerSettings, env, { uses, shard: own })
  const alerts = readAlertSettings(read)
  const isServed = ({ name }: Tenant): boolean => isInShard(name, own)
  const check = (tenants: readonly Tenant[]): void =>
    requireNone([...shardProblems(tenants, own), ...summaryProblems(tenants.filter(isServed), alerts)])
  check(read.tenants)
  return {
    ...read,
    isServed,
    alerts,
    async readTenantsAgain() {
      const tenants = await read.readTenantsAgain()
      check(tenants)
      return tenants
    },
  }
}

function requireNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigurationError(problems)
}

type AlertEnvironment = Pick<WorkerSettings, Extract<keyof WorkerSettings, `ALERT_${string}`> | 'PONTE_COMMAND'>

export type AlertSettings = ReturnType<typeof readAlertSettings>

/** The settings of alerts in the environment (docs/operating/setup.md#alerts). */
export const readAlertSettings = (env: AlertEnvironment) => ({
  /** Slack-compatible. */
  webhookUrl: env.ALERT_WEBHOOK_URL,
  mail: readMail(env),
  boardUrl: env.ALERT_BOARD_URL && withoutEnd(env.ALERT_BOARD_URL, '/'),
  /** What the command line is called, where a message names a command. */
  command: env.PONTE_COMMAND,
  /** An alert is sent when a circuit breaker has been open for this long. */
  breakerMs: env.ALERT_BREAKER_MINUTES * 60_000,
  /** An alert is sent when this many events fail permanently within the window. */
  failures: env.ALERT_FAILURES,
  windowMs: env.ALERT_WINDOW_MINUTES * 60_000,
  checkMs: env.ALERT_CHECK_SECONDS * 1000,
})

/** The schema accepts all three settings or none. */
function readMail({ ALERT_SMTP_URL: smtpUrl, ALERT_EMAIL_TO: to, ALERT_EMAIL_FROM: from }: AlertEnvironment) {
  return smtpUrl === undefined || to === undefined || from === undefined ? undefined : { smtpUrl, to, from }
}
