import { withoutEnd } from '@ponte/contracts'
import type { WorkerSettings } from '@ponte/runtime'

export interface AlertSettings {
  /** Slack-compatible. */
  readonly webhookUrl: string | undefined
  readonly mail: { readonly smtpUrl: string; readonly to: readonly string[]; readonly from: string } | undefined
  readonly boardUrl: string | undefined
  /** What the command line is called, where a message names a command. */
  readonly command: string
  /** An alert is sent when a circuit breaker has been open for this long. */
  readonly breakerMs: number
  /** An alert is sent when this many events fail permanently within the window. */
  readonly failures: number
  readonly windowMs: number
  readonly checkMs: number
}

type AlertEnvironment = Pick<WorkerSettings, Extract<keyof WorkerSettings, `ALERT_${string}`> | 'PONTE_COMMAND'>

/** The settings of alerts in the environment (docs/operating/setup.md#alerts). */
export function readAlertSettings(env: AlertEnvironment): AlertSettings {
  return {
    webhookUrl: env.ALERT_WEBHOOK_URL,
    mail: readMail(env),
    boardUrl: env.ALERT_BOARD_URL && withoutEnd(env.ALERT_BOARD_URL, '/'),
    command: env.PONTE_COMMAND,
    breakerMs: env.ALERT_BREAKER_MINUTES * 60_000,
    failures: env.ALERT_FAILURES,
    windowMs: env.ALERT_WINDOW_MINUTES * 60_000,
    checkMs: env.ALERT_CHECK_SECONDS * 1000,
  }
}

/** The schema accepts all three settings or none. */
function readMail({ ALERT_SMTP_URL: smtpUrl, ALERT_EMAIL_TO: to, ALERT_EMAIL_FROM: from }: AlertEnvironment) {
  return smtpUrl === undefined || to === undefined || from === undefined ? undefined : { smtpUrl, to, from }
}
