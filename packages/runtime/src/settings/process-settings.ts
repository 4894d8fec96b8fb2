import { z } from 'zod'
import { shard } from './shard.ts'
import {
  commaList,
  host,
  key,
  port,
  publicOrigin,
  secureOrigin,
  timeZone,
  trustedProxies,
  webAddress,
} from './fields.ts'
import { redisTarget } from './redis-target.ts'

/**
 * Every environment variable, once, in the object of the process that reads it. `npm run fix` writes the descriptions into
 * `docs/configuration.md`.
 */

/** Where what a process tells of itself goes: the same for all processes. */
const operations = {
  OPS_PORT: port
    .default(0)
    .describe(
      'port of `/healthz`, `/readyz` and `/metrics`; 0: any free port, written into the log. In the image 9090',
    ),
  OPS_HOST: host.describe('address that they are served at; in the image all addresses'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('what is written to the log'),
}

const traces = {
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress
    .optional()
    .describe('base address of an OTLP/HTTP collector; without it there are no traces'),
}

/** How processes are restarted where `npm start` runs them. */
export const USUAL_RESTART = 'npm start'

const hints = {
  PONTE_COMMAND: z
    .string()
    .min(1)
    .default('ponte')
    .describe(
      'what the command line is called here, for hints on pages and in messages; `./ponte`, the Compose file and the image set it',
    ),
  PONTE_RESTART: z
    .string()
    .min(1)
    .default(USUAL_RESTART)
    .describe(
      'what restarts processes here with the environment of now, for hints; `{process}` stands for `ingress`, `worker` or `board`; the image and the Helm chart set it',
    ),
}

const shared = {
  /** Of several variables: `readEnvironment` gathers them. */
  REDIS: redisTarget.describe('where Redis is'),
  REDIS_WAIT_REPLICAS: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe(
      'how many replicas of Redis must have [what must not be lost](operating/failover.md) before Ponte goes on; 0 does not ask. Default: 0 with `REDIS_URL`, else 1',
    ),
  PONTE_CONFIG: z.string().min(1, 'must name the tenants file').describe('path of the tenants file'),
  PONTE_FINGERPRINT_KEY: key.describe(
    'key of the fingerprints of persons, 32 bytes, the same for all processes; derived from `PONTE_SECRET_KEY` where that is set',
  ),
  BOARD_TIME_ZONE: timeZone
    .default('America/Sao_Paulo')
    .describe(
      'time zone of the board and the command line, and of the days that figures are counted by; the same for all processes',
    ),
}

const waits = {
  BOARD_STUCK_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .describe(
      'an event that waits for longer is listed on *Waiting* and worth a look in `status` and the weekly summary; the same for all processes',
    ),
}

const secretKeys = {
  PONTE_SECRET_KEY: key.describe(
    'key that encrypts tokens in Redis: 32 bytes, as base64 or 64 hex digits; the board needs it only to connect RD Station',
  ),
  PONTE_OTHER_SECRET_KEYS: commaList
    .pipe(z.array(key))
    .prefault('')
    .describe('further keys, separated by commas: they open what they encrypted, and encrypt nothing'),
}

const publicAddresses = {
  BOARD_PUBLIC_URL: publicOrigin.optional().describe('where browsers find the board'),
  INGRESS_PUBLIC_URL: publicOrigin
    .optional()
    .describe(
      'where RD Station and TOTVS CRM find the ingress, for *Connections* and `connect`; default: `BOARD_PUBLIC_URL`',
    ),
}

const ingressAddress = {
  INGRESS_HOST: host.describe('address that webhooks are received at'),
  INGRESS_PORT: port.default(3000).describe('its port'),
}

export const ingressSettings = z.object({
  ...shared,
  ...ingressAddress,
  INGRESS_DOCS: z.enum(['on', 'off']).default('on').describe('whether `/docs` and `/openapi.json` are served'),
  INGRESS_TRUSTED_PROXIES: trustedProxies
    .prefault('')
    .describe('addresses or ranges of the reverse proxies in front of it, separated by commas'),
  INGRESS_DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe(
      'how long it goes on after SIGTERM while `/readyz` says 503, for a balancer with several ingresses to take it out',
    ),
  ...operations,
  ...traces,
})

const mailSettings = ['ALERT_SMTP_URL', 'ALERT_EMAIL_TO', 'ALERT_EMAIL_FROM'] as const

export const workerSettings = z
  .object({
    ...shared,
    ...secretKeys,
    ...hints,
    ...waits,
    WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(10).describe('jobs at a time in one queue'),
    WORKER_MAX_JOBS: z.coerce
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(250)
      .describe('jobs at a time in one process, over all its queues'),
    WORKER_SHARD: shard
      .optional()
      .describe(
        'the tenants that this worker serves: `2/8` is the second of eight equal parts, by a hash of the name; or their names, separated by commas; default: all',
      ),
    ALERT_WEBHOOK_URL: webAddress.optional().describe('webhook that takes the JSON of Slack, `{"text": …}`; a secret'),
    ALERT_SMTP_URL: z
      .url({ protocol: /^smtps?$/, error: 'must be an address such as smtps://user:pass@host' })
      .optional()
      .describe('mail server, e.g. `smtps://user:password@host`; a secret'),
    ALERT_EMAIL_TO: commaList
      .pipe(z.array(z.email()).min(1))
      .optional()
      .describe('receivers of alerts, separated by commas'),
    ALERT_EMAIL_FROM: z.email().optional().describe('sender of alerts'),
    ALERT_BOARD_URL: webAddress.optional().describe('address of the board, for a link in each alert'),
    ALERT_BREAKER_MINUTES: z.coerce
      .number()
      .positive()
      .default(15)
      .describe('a circuit breaker that stays open for longer causes an alert'),
    ALERT_FAILURES: z.coerce
      .number()
      .int()
      .min(1)
      .default(10)
      .describe('so many failed events within the time of `ALERT_WINDOW_MINUTES` cause an alert'),
    ALERT_WINDOW_MINUTES: z.coerce.number().positive().default(60).describe('the time in which they are counted'),
    ALERT_CHECK_SECONDS: z.coerce.number().positive().default(30).describe('how often workers check for alerts'),
    ...operations,
    ...traces,
  })
  .superRefine((settings, context) => {
    if (mailSettings.every(name => settings[name] === undefined)) return
    for (const name of mailSettings.filter(each => settings[each] === undefined))
      context.addIssue({ code: 'custom', path: [name], message: 'is not set; alerts by e-mail need it' })
  })
export type WorkerSettings = z.infer<typeof workerSettings>

const boardUser = z.string().min(1, 'must name the board user')
const boardPassword = z.string().min(8, 'must have at least 8 characters')
/** Check this also when another setting is wrong, so that one start names every problem. */
const always = { when: () => true }
interface Login {
  readonly BOARD_ACCOUNTS?: string | undefined
  readonly BOARD_USER?: string | undefined
  readonly BOARD_PASSWORD?: string | undefined
}

export const boardSettings = z
  .object({
    ...shared,
    PONTE_SECRET_KEY: secretKeys.PONTE_SECRET_KEY.optional().describe('key that encrypts tokens in Redis'),
    PONTE_OTHER_SECRET_KEYS: secretKeys.PONTE_OTHER_SECRET_KEYS,
    ...hints,
    BOARD_HOST: host.describe('address that the board is served at'),
    BOARD_PORT: port.default(3001).describe('its port'),
    BOARD_USER: boardUser.optional().describe('login of an operator; required unless `BOARD_ACCOUNTS` is set'),
    BOARD_PASSWORD: boardPassword.optional().describe('password of that login, at least 8 characters'),
    BOARD_VIEWER_USER: boardUser.optional().describe('a login that sees no person and changes nothing'),
    BOARD_VIEWER_PASSWORD: boardPassword.optional().describe('password of that login, at least 8 characters'),
    BOARD_ACCOUNTS: z
      .string()
      .optional()
      .describe('path of a file with [one login for each person](operating/setup.md#a-login-for-each-person)'),
    ...publicAddresses,
    BOARD_IDLE_MINUTES: z.coerce
      .number()
      .int()
      .min(1)
      .max(720)
      .default(60)
      .describe('a login ends when it was not used for so long'),
    BOARD_TRUSTED_PROXIES: trustedProxies
      .prefault('')
      .describe('addresses or ranges of the reverse proxies in front of it, separated by commas'),
    ...waits,
    WORKER_SHARDS: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe('into how many parts workers divide the tenants, for `ponte_oldest_startable_seconds`'),
    ...operations,
  })
  .refine(({ BOARD_ACCOUNTS, BOARD_USER }: Login) => BOARD_ACCOUNTS !== undefined || BOARD_USER !== undefined, {
    path: ['BOARD_USER'],
    error: 'is not set',
    ...always,
  })
  .refine(({ BOARD_ACCOUNTS, BOARD_PASSWORD }: Login) => BOARD_ACCOUNTS !== undefined || BOARD_PASSWORD !== undefined, {
    path: ['BOARD_PASSWORD'],
    error: 'is not set',
    ...always,
  })
  .refine(
    ({ BOARD_ACCOUNTS, BOARD_USER, BOARD_PASSWORD }) =>
      BOARD_ACCOUNTS === undefined || (BOARD_USER === undefined) === (BOARD_PASSWORD === undefined),
    { path: ['BOARD_USER and BOARD_PASSWORD'], error: 'set both or neither' },
  )
  .refine(
    ({ BOARD_VIEWER_USER, BOARD_VIEWER_PASSWORD }) =>
      (BOARD_VIEWER_USER === undefined) === (BOARD_VIEWER_PASSWORD === undefined),
    { path: ['BOARD_VIEWER_USER and BOARD_VIEWER_PASSWORD'], error: 'set both or neither' },
  )
  .refine(({ BOARD_USER, BOARD_VIEWER_USER }) => BOARD_USER === undefined || BOARD_USER !== BOARD_VIEWER_USER, {
    path: ['BOARD_VIEWER_USER'],
    error: 'must differ from BOARD_USER, because the audit trail names both',
  })
export type BoardSettings = z.infer<typeof boardSettings>

const boardElsewhere = {
  PONTE_API_URL: secureOrigin
    .optional()
    .describe('a board whose [API](api.md) `status`, `failures`, `retry` and `report` ask, in place of Redis'),
  PONTE_API_TOKEN: z.string().optional().describe('a token of that API; a secret'),
}

/** Each command picks what it needs. */
export const cliSettings = z.object({
  ...{ ...shared, ...waits, ...secretKeys, ...hints, ...ingressAddress, ...publicAddresses, ...boardElsewhere },
})
