import { z } from 'zod'
import { accountWebhook, rdSettings } from '../rd/account.ts'
import { type ContactText, lifecycleStage } from '../rd/contact.ts'

export const accountOrder = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  refreshToken: z.string().min(1),
  settings: rdSettings.partial().default({}),
  webhooks: z.array(accountWebhook).default([]),
})
export const accountChange = z.strictObject({
  clientSecret: z.string().min(1).optional(),
  /** The token of a new authorization. Earlier ones stay valid. */
  refreshToken: z.string().min(1).optional(),
  settings: rdSettings.partial().default({}),
  /** These replace the existing webhooks. */
  webhooks: z.array(accountWebhook).optional(),
})
const text = z.string().exactOptional()
const textsOfSeed = {
  name: text,
  email: text,
  phone: text,
  job_title: text,
  birthdate: text,
  bio: text,
  website: text,
  personal_phone: text,
  mobile_phone: text,
  city: text,
  state: text,
  country: text,
  twitter: text,
  facebook: text,
  linkedin: text,
} satisfies Record<ContactText, z.ZodExactOptional<z.ZodString>>
export const contactSeed = z.strictObject({
  uuid: z.uuid().optional(),
  ...textsOfSeed,
  tags: z.array(z.string()).optional(),
  company: z.string().nullable().optional(),
  /** By label. */
  custom_fields: z.record(z.string(), z.unknown()).optional(),
  created_at: z.iso.datetime({ offset: true }).optional(),
  funnel: z
    .strictObject({
      lifecycle_stage: lifecycleStage,
      opportunity: z.boolean(),
      contact_owner_email: z.string().nullable(),
      fit: z.int(),
      interest: z.int(),
    })
    .partial()
    .optional(),
})
export const conversionOrder = z.strictObject({
  identifier: z.string().default('formulario'),
  eventUuid: z.uuid().default(() => crypto.randomUUID()),
  at: z.iso.datetime({ offset: true }).optional(),
  /** What the visitor filled in. */
  payload: z.record(z.string(), z.unknown()).default({}),
})
export const markTypes = ['OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'] as const
export const markOrder = z.strictObject({
  type: z.enum(markTypes).default('OPPORTUNITY'),
  value: z.number().min(0).optional(),
  reason: z.string().optional(),
})
export const segmentationOrder = z.strictObject({ contacts: z.array(z.uuid()) })
