import { z } from 'zod'
import { totvsCrm, variables } from './crm-settings.ts'
import { leadField } from '../lead-fields.ts'
import { leadRuleSettings } from '../lead-rules/lead-rules.ts'
import { secretOf, secretsIn, endpoint, filledText, insecure, seconds } from './setting-fields.ts'

/** Making up for webhooks that never came (docs/behaviour/reconcile.md). */
const reconcile = z
  .strictObject({
    everyMinutes: z
      .int()
      .min(15)
      .max(1440)
      .optional()
      .describe('How often one of the workers does it. Without it only `ponte reconcile` does.'),
    lookbackHours: z
      .int()
      .min(1)
      .max(720)
      .default(48)
      .describe(
        'How far back it looks. It must be longer than the pause, and than any outage that it is to make up for.',
      ),
    segmentation: z
      .union([z.string().regex(/^\d{1,20}$/), z.int().min(1).transform(String)])
      .optional()
      .describe(
        'Id of the segmentation in RD Station whose contacts must not be missed. Without it only opportunities are compared.',
      ),
  })
  .refine(({ everyMinutes = 0, lookbackHours }) => lookbackHours * 60 >= everyMinutes, {
    path: ['lookbackHours'],
    error: 'must not be shorter than everyMinutes, or nobody looks at the time between',
  })
  .optional()
  .describe('Ponte compares by itself what both systems hold with what it was told. Without it nothing is compared.')

/** In the order of `Date.getDay`. */
export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

export type WeeklySummary = NonNullable<z.infer<typeof weeklySummary>>

/** Who receives a summary of what Ponte did for the tenant, each week (docs/operating/setup.md#weekly-summary). */
export const weeklySummary = z
  .strictObject({
    emails: z
      .array(z.email())
      .min(1)
      .optional()
      .describe('Receivers by e-mail; the mail server and the sender are those of alerts (`ALERT_SMTP_URL`).'),
    webhookUrl: secretOf(
      'summaryWebhook',
      filledText.optional().describe('Webhook that takes the JSON of Slack, `{"text": …}`.'),
    ),
    weekday: z.enum(weekdays).default('monday').describe('Day on which it is sent; the seven days before it are told.'),
    hour: z.int().min(0).max(23).default(8).describe('Hour of that day, in `BOARD_TIME_ZONE`.'),
    language: z.enum(['pt-BR', 'en']).default('pt-BR').describe('Its language.'),
  })
  .refine(({ emails, webhookUrl }) => emails !== undefined || webhookUrl !== undefined, {
    error: 'names nobody; say emails or webhookUrl',
  })
  .optional()
  .describe('The figures of the week, to whom the tenant names. Without it none is sent.')

/** The tenants file (PONTE_CONFIG): every connection this installation serves. See docs/configuration.md. */
export type TenantsFile = z.infer<typeof tenantsFile>
/** The file as it is written: settings with a default may be left out. */
export type TenantsFileSource = z.input<typeof tenantsFile>
export type TenantSettings = TenantsFile['tenants'][string]

/** One token, or two while the old one is being replaced. */
const webhookTokens = secretOf(
  'webhookTokens',
  z
    .union([filledText.transform(token => [token]), z.array(filledText).min(1).max(2)], {
      error: 'must be a token, or a list of one or two',
    })
    .describe(
      'One token, or a list of two while one is being replaced; at least 20 characters, a different one for each source and tenant.',
    ),
)

const rdStation = z.strictObject({
  baseUrl: endpoint.default('https://api.rd.services').describe('Address of the API of RD Station.'),
  tokenUrl: endpoint.default('https://api.rd.services/auth/token').describe('Where access tokens are renewed.'),
  insecure,
  clientId: secretOf('rdCredentials', filledText.describe('Of the app at RD Station.')),
  clientSecret: secretOf('rdCredentials', filledText.describe('Of the app at RD Station.')),
  refreshToken: secretOf(
    'rdCredentials',
    filledText.describe('The first one; any text before `ponte connect`. Later ones are kept in Redis.'),
  ),
  callsPerMinute: z
    .int()
    .min(1)
    .default(120)
    .describe('Quota of contacts, and of events: 120, or 500 on the plan Advanced.'),
  maxSaleValue: z.number().min(0).default(99_999_999).describe('In reais. A sale above it is not sent.'),
  minContactAgeSeconds: seconds.default(300).describe('A contact that is younger is marked later.'),
  acceptSyntheticConversions: z
    .boolean()
    .default(false)
    .describe('Whether conversions that only report activity in RD Station CRM bring leads.'),
})

const tenantSettings = z.strictObject({
  mode: z
    .enum(['live', 'shadow'])
    .default('live')
    .describe(
      'In the shadow everything is received, read and decided, and nothing is written: for the time before a switch. The first live process ends it for all.',
    ),
  reconcile,
  marksSince: z.iso
    .datetime({ offset: true, error: 'must be a time with its offset, such as 2026-11-01T00:00:00-03:00' })
    .optional()
    .describe(
      'Opportunities created before it are taken as they stand and not marked. So are those from before Ponte first ran, in any case: an earlier time changes nothing.',
    ),
  webhookTokens: z.strictObject({ rdStation: webhookTokens, totvsCrm: webhookTokens }),
  rdStation,
  totvsCrm,
  variables,
  statusRd: z
    .strictObject({
      field: z.string().min(1).default('statusRD').describe('Name of the custom field for failed marks.'),
      rounds: z.int().min(1).max(100).default(3).describe('How often a mark is tried as a whole.'),
      pauseSeconds: seconds.default(60).describe('Pause before the next round; it doubles.'),
    })
    .prefault({}),
  opportunity: z
    .strictObject({
      onlyOne: z
        .enum(['opened-by-ponte', 'any'])
        .default('opened-by-ponte')
        .describe('Which open opportunity keeps a further conversion of the lead from opening another one.'),
    })
    .prefault({}),
  intake: z
    .strictObject({
      perMinute: z.number().positive().default(6000).describe('Events, for each source and each ingress process.'),
      burst: z.number().min(1).default(3000).describe('Events that may come at once.'),
      mebibytesPerMinute: z.number().positive().default(64).describe('The same for the size of the bodies.'),
      mebibytesBurst: z.number().min(1).default(32).describe('Size of bodies that may come at once.'),
      mostWaiting: z
        .int()
        .min(1)
        .default(200_000)
        .describe('Events that may wait for the tenant in both queues, over all processes.'),
      mostWaitingMebibytes: z
        .int()
        .min(1)
        .default(256)
        .describe('Their size in Redis, and at most a quarter of its `maxmemory`.'),
      quarantineMaxDeliveries: z
        .int()
        .min(1)
        .default(10_000)
        .describe('Unreadable deliveries that are kept for the tenant, over all processes.'),
      // The largest body takes 6 MiB when all of it is escaped.
      quarantineMaxMebibytes: z
        .int()
        .min(8)
        .default(256)
        .describe('Their size, over all processes, and at most a quarter of the `maxmemory` of Redis.'),
    })
    .prefault({})
    .describe('Limits of what is received. Above them deliveries are answered 429.'),
  leadFields: z
    .partialRecord(leadField, z.array(z.string().min(1)))
    .default({})
    .describe('More places to look for a field, e.g. `mobilePhone: ["WhatsApp"]`.'),
  ...leadRuleSettings,
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(100).default(12).describe('How often an event is tried before it fails.'),
      firstDelaySeconds: seconds.default(5).describe('Pause after the first attempt; it doubles.'),
      maxDelaySeconds: seconds.default(3600).describe('The longest pause between attempts.'),
    })
    .prefault({}),
  circuitBreaker: z
    .strictObject({
      failureThreshold: z
        .int()
        .min(1)
        .default(5)
        .describe('Failures in a row, over all events, before calls are paused.'),
      probeSeconds: seconds.default(15).describe('When the system is checked for the first time; the pause grows.'),
      maxProbeSeconds: seconds.default(300).describe('The longest pause between checks.'),
    })
    .prefault({})
    .describe('When calls to a system are paused, and how often it is checked.'),
  weeklySummary,
})

/** The settings of a tenant that are secrets. */
export const secretPlaces = secretsIn(tenantSettings.shape)

/** Only `[a-z0-9-]`, because the name is a part of URLs, queue names and Redis keys. */
export const isTenantName = (name: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)

export const tenantsFile = z.strictObject({
  tenants: z
    .record(z.string(), tenantSettings)
    .refine(tenants => Object.keys(tenants).length > 0, 'name at least one tenant'),
})
