import type { CrmTrigger } from '@ponte/contracts'

/** What the sandbox's control API takes and gives. */

export type SandboxSystem = 'rd-station' | 'totvs-crm'

export interface CallFilter {
  readonly system?: SandboxSystem
  readonly account?: string
  readonly method?: string
  /** Substring. */
  readonly path?: string
  /** `Integration-Action`. */
  readonly action?: string
  /** `Integration-Resource`. */
  readonly resource?: string
  /** Only calls with a greater number. */
  readonly after?: number
}

/** One HTTP call that one of the two APIs received. */
export interface Call {
  /** Counts up from 1. */
  readonly number: number
  readonly at: string
  readonly system: SandboxSystem
  /** The RD account or CRM tenant, when the call's credentials tell. */
  readonly account: string | null
  readonly method: string
  /** As the real API knows it, decoded: without `/rd` or `/crm`, without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** The `Integration-*` headers, by the lower-case rest of their name: action, service, resource, version, filter. */
  readonly integration: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Null while the call is not answered, and for ever when a fault took the answer. */
  readonly status: number | null
}

export interface DeliveryFilter {
  readonly system?: SandboxSystem
  readonly account?: string
  readonly trigger?: string
  readonly state?: Delivery['state']
}

/** A webhook that one of the two systems sends, and every attempt at it. */
export interface Delivery {
  readonly id: string
  readonly system: SandboxSystem
  readonly account: string
  /** The CRM's trigger, RD's event type, `raw` or `validation`. */
  readonly trigger: string
  /** Without the value of a `token` in the query. */
  readonly url: string
  readonly createdAt: string
  readonly body?: unknown
  readonly attempts: readonly {
    readonly at: string
    /** Null when no answer came in time. */
    readonly status: number | null
    readonly durationMs: number
    /** The answer's body as text, at most 4,000 characters. */
    readonly answer: string
  }[]
  readonly state: 'held' | 'sending' | 'delivered' | 'failed'
}

export interface FaultOrder {
  readonly system: SandboxSystem
  readonly match?: {
    readonly account?: string
    readonly method?: string
    /** Substring of path and query. */
    readonly path?: string
    readonly action?: string
    readonly resource?: string
    /** Substring of the body as JSON. */
    readonly body?: string
  }
  /**
   * `status`, `html`: answers so, and does no work. `latency`: waits `delayMs`, then works. `hang`: never answers, does no
   * work. `drop-before`: cuts the connection. `drop-after`: works, then cuts it. `wrong-content-type`: works, mislabels the
   * answer. Every kind waits `delayMs` first.
   */
  readonly kind: 'status' | 'latency' | 'drop-before' | 'drop-after' | 'html' | 'wrong-content-type' | 'hang'
  /** 1 unless told otherwise. */
  readonly times?: number | 'forever'
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly delayMs?: number
}

export interface Fault extends FaultOrder {
  readonly id: number
  /** How many calls it has met. */
  readonly used: number
}

/** How an RD account behaves; the sandbox's `rd/account.ts` says what each does and its default. */
export interface RdSettings {
  readonly expiresInSeconds: number
  readonly rollingRefreshTokens: boolean
  readonly contactsPerMinute: number
  readonly eventsPerMinute: number
  readonly quotaWindowSeconds: number
  readonly quotaShape: 'limiter' | 'errors' | 'gateway'
  readonly patchesPerContactPerDay: number
  readonly funnelCallsPerContactPerDay: number
  readonly eventsPerContactPerDay: number
  readonly dropMarksYoungerThanSeconds: number
  readonly processingDelayMs: number
  readonly maxSaleValue: number
  readonly expiredTokenShape: 'oauth' | 'errors' | 'array' | 'header'
  readonly authErrorShape: 'errors' | 'bare'
  readonly eventErrorShape: 'errors' | 'array'
  readonly fieldErrorShape: 'fields' | 'localized'
  readonly webhookTimeoutMs: number
  readonly webhookRepeats: number
  readonly webhookPauseMs: number
  readonly holdWebhooks: boolean
  readonly redirectUris: readonly string[]
  readonly users: readonly string[]
  readonly customFields: readonly string[]
}

export interface AccountOrder {
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  readonly settings?: Partial<RdSettings>
  readonly webhooks?: readonly RdWebhookState[]
}

/** A webhook of RD's screens or a step of a flow (`v1`), or a subscription of the API (`v2`). */
export interface RdWebhookState {
  readonly url: string
  readonly format: 'v1' | 'v2'
  readonly trigger: 'conversion' | 'opportunity'
}

export interface AccountChange {
  readonly clientSecret?: string
  /** A token that a new authorization gave. */
  readonly refreshToken?: string
  readonly settings?: Partial<RdSettings>
  /** Replace those there are. */
  readonly webhooks?: readonly RdWebhookState[]
}

interface ContactTexts {
  readonly name?: string
  readonly email?: string
  readonly phone?: string
  readonly job_title?: string
  readonly birthdate?: string
  readonly bio?: string
  readonly website?: string
  readonly personal_phone?: string
  readonly mobile_phone?: string
  readonly city?: string
  readonly state?: string
  readonly country?: string
  readonly twitter?: string
  readonly facebook?: string
  readonly linkedin?: string
}

export interface RdFunnelState {
  readonly lifecycle_stage: 'Lead' | 'Qualified Lead' | 'Client'
  readonly opportunity: boolean
  readonly contact_owner_email: string | null
  readonly fit: number
  readonly interest: number
}

export interface ContactSeed extends ContactTexts {
  readonly uuid?: string
  readonly tags?: readonly string[]
  readonly company?: string | null
  /** By label. */
  readonly custom_fields?: Readonly<Record<string, unknown>>
  /** ISO 8601. */
  readonly created_at?: string
  readonly funnel?: Partial<RdFunnelState>
}

export interface RdContactState extends ContactTexts {
  readonly uuid: string
  readonly company: string | null
  readonly tags: readonly string[]
  readonly custom_fields: Readonly<Record<string, unknown>>
  readonly created_at: string
  readonly funnel: RdFunnelState
  /** In the order in which they took effect. */
  readonly marks: readonly {
    readonly type: 'OPPORTUNITY' | 'SALE' | 'OPPORTUNITY_LOST'
    readonly eventUuid: string
    readonly at: string
    readonly value?: number
    readonly reason?: string
  }[]
  /** The values of the sales, in reais. */
  readonly sales: readonly number[]
  readonly conversions: readonly { readonly eventUuid: string; readonly identifier: string; readonly at: string }[]
}

export interface RdAccountState {
  readonly name: string
  readonly settings: RdSettings
  /** Some refresh token lives. */
  readonly isConnected: boolean
  readonly contacts: readonly RdContactState[]
  /** Answered 200 and lost. */
  readonly droppedMarks: readonly {
    readonly type: string
    readonly email: string
    readonly why: 'unknown-contact' | 'too-young'
    readonly at: string
  }[]
  readonly subscriptions: readonly { readonly uuid: string; readonly event_type: string; readonly url: string }[]
  readonly webhooks: readonly RdWebhookState[]
}

export interface ConversionOrder {
  readonly identifier?: string
  readonly eventUuid?: string
  /** ISO 8601; now unless told otherwise. */
  readonly at?: string
  /** What the visitor filled in. */
  readonly payload?: Readonly<Record<string, unknown>>
}

export interface MarkOrder {
  /** `OPPORTUNITY` unless told otherwise. */
  readonly type?: 'OPPORTUNITY' | 'SALE' | 'OPPORTUNITY_LOST'
  readonly value?: number
  readonly reason?: string
}

export interface LeadWebhook {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** `v1`: `{"leads":[…]}`; `v2`: `{"event_type","contact"}`; `raw`: `body` as it is. */
  readonly format: 'v1' | 'v2' | 'raw'
  /** Of `v1` and `v2`: a uuid, `email:…` or `phone:…`. */
  readonly contact?: string
  readonly eventType?: 'WEBHOOK.CONVERTED' | 'WEBHOOK.MARKED_OPPORTUNITY'
  /** Of `raw`: text goes as it is, anything else as JSON. */
  readonly body?: unknown
  readonly contentType?: string
}

/** Over the whole life of the account. Refused calls count too. */
export interface QuotaStatistics {
  readonly contacts: BudgetStatistics
  readonly events: BudgetStatistics
}

interface BudgetStatistics {
  readonly calls: number
  /** With 429. */
  readonly refused: number
  /** The most calls that came within any 60 s. */
  readonly maxPerMinute: number
}

interface ResourceName {
  readonly service: string
  readonly resource: string
  readonly version: string
}

/** How a CRM tenant behaves; the sandbox's `crm/tenant.ts` says what each does and its default. */
export interface CrmSettings {
  readonly sessionSeconds: number
  readonly oneSessionPerUser: boolean
  readonly listForm: 'hasNext' | 'count' | 'array' | 'endless'
  readonly filters: 'applied' | 'ignored'
  readonly openStatus: string
  readonly idForm: 'object' | 'text'
  readonly createStatus: 200 | 201
  readonly customFieldForm: 'map' | 'list' | 'flat'
  readonly opportunityFields: readonly string[]
  readonly lossReasonForm: 'object' | 'text'
  readonly refuseStatusRd: boolean
  readonly customFieldsShown:
    | 'as-written'
    | 'not-at-all'
    | 'null'
    | 'renamed'
    | 'cut'
    | 'upper-case'
    | 'escaped'
    | 'stale'
  readonly writeAnswerDelayMs: number
  readonly contextUrl: string
  readonly statusChangeIsUpdate: boolean
  readonly holdWebhooks: boolean
  readonly webhookDelayMs: number
  readonly webhookCopies: number
  readonly webhookTimeoutMs: number
  readonly webhookRepeats: number
  readonly webhookPauseMs: number
  readonly resources: Readonly<
    Record<'lead' | 'opportunity' | 'user' | 'pipeline' | 'stage' | 'opportunityType', ResourceName>
  >
}

export interface Workflow {
  readonly trigger: CrmTrigger
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly description?: string
}

export interface CatalogEntry {
  readonly id: string
  readonly description: string
  /** Of a stage. */
  readonly pipelineId?: string
}

export interface TenantChange {
  readonly username?: string
  readonly password?: string
  readonly settings?: Partial<CrmSettings>
  readonly workflows?: readonly Workflow[]
  readonly pipelines?: readonly CatalogEntry[]
  readonly stages?: readonly CatalogEntry[]
  readonly opportunityTypes?: readonly CatalogEntry[]
}

export interface TenantOrder extends TenantChange {
  readonly username: string
  readonly password: string
}

export interface CrmUserState {
  readonly id: string
  readonly name: string
  readonly roleId: string | null
  readonly active: boolean
  readonly userEmail: readonly { readonly email: string }[]
}

export interface CrmLeadState {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly tradingName?: string | null
  readonly jobTitle?: string | null
  readonly externalId?: string | null
  readonly leadSituationId: string
  readonly leadOriginId: string
  readonly type: string
  readonly userId: string
  readonly emails: readonly { readonly email: string; readonly emailTypeId: string; readonly standard: boolean }[]
  readonly phones: readonly { readonly number: string; readonly phoneTypeId: string; readonly standard: boolean }[]
  readonly addresses: readonly {
    readonly addressType: { readonly id: string }
    readonly cityName?: string | null
    readonly stateName?: string | null
  }[]
  readonly website?: string | null
  readonly facebook?: string | null
  readonly linkedin?: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface CrmOpportunityState {
  readonly id: string
  readonly code: string
  readonly description: string
  readonly status: 'PROGRESS' | 'WON' | 'LOST' | 'DISCARDED' | 'CANCELED'
  readonly leadId: string
  readonly userId: string
  readonly pipeline: CatalogEntry
  readonly stage: CatalogEntry
  readonly opportunityType: CatalogEntry
  readonly totalValue: number | null
  /** Always as text here. */
  readonly lossReason: string | null
  readonly createdAt: string
  readonly updatedAt: string
  /** Always as a map here. */
  readonly customFields: Readonly<Record<string, unknown>>
}

export interface CrmTenantState {
  readonly name: string
  readonly settings: CrmSettings
  readonly workflows: readonly (Workflow & { readonly id: string })[]
  readonly leads: readonly CrmLeadState[]
  readonly opportunities: readonly CrmOpportunityState[]
  readonly users: readonly CrmUserState[]
  readonly pipelines: readonly CatalogEntry[]
  readonly stages: readonly CatalogEntry[]
  readonly opportunityTypes: readonly CatalogEntry[]
}
