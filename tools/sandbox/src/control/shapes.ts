import type { LeadMember } from '@ponte/contracts'
/** What the control API takes and gives, for its clients. Only types: a client loads nothing of the sandbox. */
import type { z } from 'zod'
import type { Call as RecordedCall } from '../calls.ts'
import type { workflow } from '../crm/tenant.ts'
import type { Delivery as SentDelivery, deliveryQuery } from '../deliveries.ts'
import type { Fault as InjectedFault, faultOrder } from '../faults.ts'
import type { accountWebhook, DroppedMark, RdSettings as AccountSettings, Subscription } from '../rd/account.ts'
import type { ContactText, Funnel } from '../rd/contact.ts'
import type { Quota } from '../rd/quota.ts'
import type { CrmSettings as TenantSettings } from '../crm/tenant.ts'
import type { tenantChange, tenantOrder } from './crm-control.ts'
import type { accountChange, accountOrder, contactSeed, conversionOrder, markOrder } from './rd-orders.ts'
import type { webhookOrder } from './rd-webhook-control.ts'

type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Immutable<Value[Name]> }
    : Value

/** What a body may be before the schema fills in its defaults. */
type Body<Schema extends z.ZodType> = Immutable<z.input<Schema>>

export type { CallFilter, System as SandboxSystem } from '../calls.ts'
export type Call = Immutable<RecordedCall>
export type DeliveryFilter = Body<typeof deliveryQuery>
export type Delivery = Immutable<SentDelivery>
export type FaultOrder = Body<typeof faultOrder>
export type Fault = Immutable<InjectedFault>

export type RdSettings = Immutable<AccountSettings>
export type AccountOrder = Body<typeof accountOrder>
export type AccountChange = Body<typeof accountChange>
export type RdWebhookState = Body<typeof accountWebhook>
export type RdFunnelState = Immutable<Funnel>
export type ContactSeed = Body<typeof contactSeed>
export type ConversionOrder = Body<typeof conversionOrder>
export type MarkOrder = Body<typeof markOrder>
export type LeadWebhook = Body<typeof webhookOrder>

/** Over the whole life of the account. Refused calls count too. */
export interface QuotaStatistics {
  readonly contacts: ReturnType<Quota['statistics']>
  readonly events: ReturnType<Quota['statistics']>
  readonly segmentations: ReturnType<Quota['statistics']>
}

export interface RdContactState extends Readonly<Partial<Record<ContactText, string>>> {
  readonly uuid: string
  readonly company: string | null
  readonly tags: readonly string[]
  readonly custom_fields: Readonly<Record<string, unknown>>
  readonly available_for_mailing: boolean
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
  /** The account has a valid refresh token. */
  readonly isConnected: boolean
  readonly contacts: readonly RdContactState[]
  /** Answered 200 and lost. */
  readonly droppedMarks: readonly Immutable<DroppedMark>[]
  readonly subscriptions: readonly Immutable<Subscription>[]
  readonly webhooks: readonly RdWebhookState[]
}

export type CrmSettings = Immutable<TenantSettings>
export type Workflow = Body<typeof workflow>
export type TenantChange = Body<typeof tenantChange>
export type TenantOrder = Body<typeof tenantOrder>

export interface CatalogEntry {
  readonly id: string
  readonly description: string
  /** Only of a stage. */
  readonly pipelineId?: string
}

export interface CrmUserState {
  readonly id: string
  readonly name: string
  readonly roleId: string | null
  readonly active: boolean
  readonly userEmail: readonly { readonly email: string }[]
}

export interface CrmLeadState extends Readonly<Partial<Record<Exclude<LeadMember, 'name'>, string | null>>> {
  readonly id: string
  readonly code: string
  readonly name: string
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
  /** Always as a map here. */
  readonly customFields: Readonly<Record<string, unknown>>
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
