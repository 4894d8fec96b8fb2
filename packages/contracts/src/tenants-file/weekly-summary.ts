import { z } from 'zod'
import { secretOf } from './secret-settings.ts'
import { filledText } from './setting-fields.ts'

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
