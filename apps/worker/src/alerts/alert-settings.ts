import { ConfigurationError, setting } from '@ponte/runtime'

export interface AlertSettings {
  /** Slack-compatible. */
  readonly webhookUrl: string | undefined
  readonly mail: { readonly smtpUrl: string; readonly to: readonly string[]; readonly from: string } | undefined
  readonly boardUrl: string | undefined
  /** An alert is sent when a circuit breaker has been open for this long. */
  readonly breakerMs: number
  /** An alert is sent when this many events fail permanently within the window. */
  readonly failures: number
  readonly windowMs: number
  readonly checkMs: number
}

/** The settings of alerts in the environment (docs/operating/setup/alerts.md). */
export const alertShape = {
  ALERT_WEBHOOK_URL: setting.ALERT_WEBHOOK_URL,
  ALERT_SMTP_URL: setting.ALERT_SMTP_URL,
  ALERT_EMAIL_TO: setting.ALERT_EMAIL_TO,
  ALERT_EMAIL_FROM: setting.ALERT_EMAIL_FROM,
  ALERT_BOARD_URL: setting.ALERT_BOARD_URL,
  ALERT_BREAKER_MINUTES: setting.ALERT_BREAKER_MINUTES,
  ALERT_FAILURES: setting.ALERT_FAILURES,
  ALERT_WINDOW_MINUTES: setting.ALERT_WINDOW_MINUTES,
  ALERT_CHECK_SECONDS: setting.ALERT_CHECK_SECONDS,
}

interface AlertEnvironment {
  readonly ALERT_WEBHOOK_URL?: string | undefined
  readonly ALERT_SMTP_URL?: string | undefined
  readonly ALERT_EMAIL_TO?: readonly string[] | undefined
  readonly ALERT_EMAIL_FROM?: string | undefined
  readonly ALERT_BOARD_URL?: string | undefined
  readonly ALERT_BREAKER_MINUTES: number
  readonly ALERT_FAILURES: number
  readonly ALERT_WINDOW_MINUTES: number
  readonly ALERT_CHECK_SECONDS: number
}

/** Throws ConfigurationError when only some of mail server, sender and receivers are set. */
export function readAlertSettings(env: AlertEnvironment): AlertSettings {
  return {
    webhookUrl: env.ALERT_WEBHOOK_URL,
    mail: readMail(env),
    boardUrl: env.ALERT_BOARD_URL?.replace(/\/+$/, ''),
    breakerMs: env.ALERT_BREAKER_MINUTES * 60_000,
    failures: env.ALERT_FAILURES,
    windowMs: env.ALERT_WINDOW_MINUTES * 60_000,
    checkMs: env.ALERT_CHECK_SECONDS * 1000,
  }
}

function readMail(env: AlertEnvironment): AlertSettings['mail'] {
  const { ALERT_SMTP_URL: smtpUrl, ALERT_EMAIL_TO: to, ALERT_EMAIL_FROM: from } = env
  if (smtpUrl === undefined && to === undefined && from === undefined) return undefined
  if (smtpUrl !== undefined && to !== undefined && from !== undefined) return { smtpUrl, to, from }
  const missing = Object.entries({ ALERT_SMTP_URL: smtpUrl, ALERT_EMAIL_TO: to, ALERT_EMAIL_FROM: from })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name}: is not set; alerts by e-mail need it`)
  throw new ConfigurationError(missing)
}
