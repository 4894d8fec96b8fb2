import { isRecord } from '@ponte/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { textOf } from '../json.ts'
import type { Contact } from './contact.ts'
import { createQuota, type Quota } from './quota.ts'

/** How an RD Station account behaves. Where RD Station's documents contradict each other, both behaviours can be chosen. */
export type RdSettings = z.infer<typeof rdSettings>
export const rdSettings = z.strictObject({
  /** Lifetime of an access token. */
  expiresInSeconds: z.number().min(0),
  /** Each refresh returns a new refresh token and invalidates the old one (docs/vendors/rd-station.md#refresh-tokens). */
  rollingRefreshTokens: z.boolean(),
  contactsPerMinute: z.int().min(0),
  eventsPerMinute: z.int().min(0),
  segmentationsPerMinute: z.int().min(0),
  /** `day`: a segmentation tells of a contact's last conversion only on which day it was. */
  segmentationDates: z.enum(['time', 'day']),
  /** Length of the sliding window of the two limits above. */
  quotaWindowSeconds: z.number().min(0.01),
  /** Which of the three 429 bodies answers a call above the account's quota (docs/vendors/rd-station.md#quotas). */
  quotaShape: z.enum(['limiter', 'errors', 'gateway']),
  patchesPerContactPerDay: z.int().min(0),
  funnelCallsPerContactPerDay: z.int().min(0),
  eventsPerContactPerDay: z.int().min(0),
  /** Marks for a younger contact are answered 200 and dropped (docs/vendors/rd-station.md#marks-for-new-contacts). */
  dropMarksYoungerThanSeconds: z.number().min(0),
  /** How long after its 200 an event takes effect. */
  processingDelayMs: z.number().min(0),
  /** Reais. */
  maxSaleValue: z.number().min(0),
  /** How an expired access token is refused; `header`: only `WWW-Authenticate` says so (docs/vendors/rd-station.md#refused-credentials). */
  expiredTokenShape: z.enum(['oauth', 'errors', 'array', 'header']),
  /** Errors of the token address: `{"errors":{…}}` or the bare object. */
  authErrorShape: z.enum(['errors', 'bare']),
  /** Errors of events: `{"errors":[…]}` or the bare array. */
  eventErrorShape: z.enum(['errors', 'array']),
  /** Errors of a contact's fields: by field, or by field and language. */
  fieldErrorShape: z.enum(['fields', 'localized']),
  /** RD Station waits 5 s for an answer and repeats up to five times (docs/vendors/rd-station.md#how-rd-station-delivers). */
  webhookTimeoutMs: z.number().min(1),
  webhookRepeats: z.int().min(0),
  webhookPauseMs: z.number().min(0),
  /** Changing a suspended webhook makes it active again: RD Station does not say (docs/vendors/rd-station.md#registering-webhooks). */
  changeWakesWebhooks: z.boolean(),
  /** Webhooks of conversions and marks are recorded and wait for their release. */
  holdWebhooks: z.boolean(),
  /** What becomes of the marks of an unknown contact: `dropped`, though answered 200; `refused` with 400; `create`: it is made. */
  marksOfUnknownContacts: z.enum(['dropped', 'refused', 'create']),
  /** `counted`: a contact stays an opportunity until each of its marks has ended. */
  opportunityFlag: z.enum(['one', 'counted']),
  /** A sale of a contact that is no opportunity is refused with 400. */
  saleNeedsOpportunity: z.boolean(),
  maxReasonLength: z.int().min(1),
  /** Members of a contact that its webhooks leave out. */
  hiddenInWebhooks: z.array(z.string()),
  /** Where webhooks of API 1.x say that the page of a contact is. */
  publicUrlPath: z.string(),
  /** Whether webhooks of API 1.x hold what was sent with the conversion. */
  conversionPayloadShown: z.boolean(),
  /** Registered callbacks. If empty, any is accepted. */
  redirectUris: z.array(z.string()),
  /** E-mails of the account's users, who may own a contact. If empty, anybody may. */
  users: z.array(z.string()),
  /** Labels of the account's custom fields. */
  customFields: z.array(z.string()),
})

const defaultSettings: RdSettings = {
  expiresInSeconds: 86_400,
  rollingRefreshTokens: false,
  contactsPerMinute: 120,
  eventsPerMinute: 120,
  segmentationsPerMinute: 120,
  segmentationDates: 'time',
  quotaWindowSeconds: 60,
  quotaShape: 'gateway',
  patchesPerContactPerDay: 24,
  funnelCallsPerContactPerDay: 24,
  eventsPerContactPerDay: 120,
  dropMarksYoungerThanSeconds: 0,
  processingDelayMs: 0,
  maxSaleValue: 99_999_999,
  expiredTokenShape: 'oauth',
  authErrorShape: 'errors',
  eventErrorShape: 'errors',
  fieldErrorShape: 'fields',
  webhookTimeoutMs: 5000,
  webhookRepeats: 5,
  webhookPauseMs: 200,
  changeWakesWebhooks: true,
  holdWebhooks: false,
  marksOfUnknownContacts: 'dropped',
  opportunityFlag: 'one',
  saleNeedsOpportunity: false,
  maxReasonLength: 255,
  hiddenInWebhooks: [],
  publicUrlPath: '/leads/public/',
  conversionPayloadShown: true,
  redirectUris: [],
  users: [],
  customFields: [],
}

export interface RdCredentials {
  clientId: string
  clientSecret: string
  refreshToken: string
}

export interface Subscription {
  readonly uuid: string
  event_type: string
  event_identifiers: string[]
  url: string
  include_relations: string[]
  status: 'active' | 'suspended'
  readonly created_at: string
  updated_at: string
}

/** A webhook made in RD Station's web interface or a step of an automation flow (`v1`), or a subscription of the API (`v2`). */
export type AccountWebhook = z.infer<typeof accountWebhook>
export const accountWebhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  format: z.enum(['v1', 'v2']),
  trigger: z.enum(['conversion', 'opportunity']),
})

/** A mark that RD Station answered with 200 and then dropped. */
export interface DroppedMark {
  readonly type: string
  readonly email: string
  readonly why: 'unknown-contact' | 'too-young'
  readonly at: string
}

export interface RdAccount {
  readonly name: string
  clientId: string
  clientSecret: string
  /** The valid refresh tokens. */
  readonly refreshTokens: Set<string>
  /** Access tokens and when they expire. Revoked ones are removed. */
  readonly accessTokens: Map<string, number>
  /** Authorization codes and when they expire. A used one counts as expired. */
  readonly codes: Map<string, number>
  readonly settings: RdSettings
  readonly contacts: Map<string, Contact>
  readonly droppedMarks: DroppedMark[]
  readonly subscriptions: Subscription[]
  webhooks: readonly AccountWebhook[]
  readonly quotas: { readonly contacts: Quota; readonly events: Quota; readonly segmentations: Quota }
  /** The uuids of the contacts of each segmentation, by its id. */
  readonly segmentations: Map<string, ReadonlySet<string>>
  /** Calls of the last day, by kind and contact. */
  readonly contactCalls: Map<string, number[]>
}

export function createAccount(
  name: string,
  { clientId, clientSecret, refreshToken }: RdCredentials,
  settings: Partial<RdSettings> = {},
): RdAccount {
  return {
    name,
    clientId,
    clientSecret,
    refreshTokens: new Set([refreshToken]),
    accessTokens: new Map(),
    codes: new Map(),
    settings: { ...defaultSettings, ...settings },
    contacts: new Map(),
    droppedMarks: [],
    subscriptions: [],
    webhooks: [],
    quotas: { contacts: createQuota(), events: createQuota(), segmentations: createQuota() },
    segmentations: new Map(),
    contactCalls: new Map(),
  }
}

export function bearerOf(request: FastifyRequest): string | undefined {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** Whose call it is: by the access token (an expired one too), else by the client id in the body. */
export function accountOfRequest(
  { rd }: { readonly rd: ReadonlyMap<string, RdAccount> },
  request: FastifyRequest,
): RdAccount | undefined {
  const token = bearerOf(request)
  const clientId = isRecord(request.body) ? textOf(request.body.client_id) : undefined
  for (const account of rd.values()) {
    if (token !== undefined && account.accessTokens.has(token)) return account
    if (token === undefined && clientId !== undefined && account.clientId === clientId) return account
  }
  return undefined
}
