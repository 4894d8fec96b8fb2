import { randomUUID } from 'node:crypto'
import { crmTriggers } from '@ponte/contracts'
import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { demoUsers, opportunityTypes, pipelines, stages } from './demo-records.ts'
import { type CrmRecord, createRecordIndex, type RecordIndex } from './record-index.ts'

/** The records that the integration API serves. */
export const recordKinds = ['lead', 'opportunity', 'user', 'pipeline', 'stage', 'opportunityType'] as const
export type RecordKind = (typeof recordKinds)[number]

export const loginPaths = ['/api/login', '/login'] as const
export const integrationPaths = ['/api/integration', '/integration', '/api/v1/integration', '/elsewhere'] as const

/** How a CRM tenant behaves. Where TOTVS documents nothing, every plausible behaviour can be chosen. */
export type CrmSettings = z.infer<typeof crmSettings>
export const crmSettings = z.strictObject({
  /** Where one logs in, and where the integration API is. At any other path there is nothing. */
  loginPath: z.enum(loginPaths),
  integrationPath: z.enum(integrationPaths),
  /** Lifetime of a session after its login. */
  sessionSeconds: z.number().min(0),
  /** A new login ends the former session. */
  oneSessionPerUser: z.boolean(),
  /**
   * `hasNext`: `{items, hasNext}`. `hasNext-text`: with `"true"` and `"false"`. `count`: `{items, count}`. `page-count`: with the count of
   * the page. `array`: the whole list at once. `array-pages`: pages that are bare lists. `endless`: always with `hasNext: true`.
   */
  listForm: z.enum(['hasNext', 'hasNext-text', 'count', 'page-count', 'array', 'array-pages', 'endless']),
  /** How many records a page has at most, whatever is asked for. */
  maxPageSize: z.int().min(1),
  /** `ignored`: each page is the first one. `first-only`: the first one counts as all there are. */
  pages: z.enum(['applied', 'ignored', 'first-only']),
  /** `changed-first`: a record that changes while a list is read moves to its first page. */
  listOrder: z.enum(['created', 'changed-first']),
  /** `ignored`: every list contains all records. */
  filters: z.enum(['applied', 'ignored']),
  /** The status of an open opportunity. */
  openStatus: z.string().min(1),
  /** The status of a won opportunity. */
  wonStatus: z.string().min(1),
  /** `dotted-ignored`: a condition on a member inside a list holds for every record. */
  listFilters: z.enum(['applied', 'dotted-ignored']),
  /**
   * A condition on `updatedAt`. `ignored`: it holds for every record. `as-text`: times are compared character by character, so that only
   * one who writes them as `updatedAtForm` does finds something. `nothing`: it holds for none. `refused`: with 400.
   */
  timeFilters: z.enum(['applied', 'ignored', 'as-text', 'nothing', 'refused']),
  /** How the number of a phone is stored. */
  phoneForm: z.enum(['as-written', 'spaced']),
  /** `replace`: an update empties the members that it does not name. */
  updates: z.enum(['merge', 'replace']),
  deletes: z.enum(['allowed', 'refused']),
  /** Members that no answer shows. */
  hiddenMembers: z.array(z.string()),
  /** `bare-utc`: without the `Z`. `words`: nothing that can be read. */
  createdAtForm: z.enum(['iso', 'bare-utc', 'words']),
  /** `brazilian`: dd/mm/yyyy hh:mm:ss in Brasília. `bare`: ISO 8601 of Brasília without an offset. `epoch`: milliseconds since 1970. */
  updatedAtForm: z.enum(['iso', 'bare', 'brazilian', 'epoch', 'words']),
  /** How far the CRM's clock is ahead. */
  clockAheadMs: z.number(),
  /** The answer to a write: `{"id"}`, `"id"` or `{"data":{"id"}}`. */
  idForm: z.enum(['object', 'text', 'wrapped']),
  createStatus: z.union([z.literal(200), z.literal(201)]),
  /** `{"customFields":{}}`, `{"customFields":[{name,value}]}` or top-level members. */
  customFieldForm: z.enum(['map', 'list', 'flat']),
  /** The custom fields of opportunities, and of leads. A write of any other one is refused. */
  opportunityFields: z.array(z.string()),
  leadFields: z.array(z.string()),
  /** Custom fields without which a new lead is refused. */
  requiredLeadFields: z.array(z.string()),
  /** `{id, description}` or the description alone. */
  lossReasonForm: z.enum(['object', 'text']),
  /** A tenant's own rule refuses writes of `statusRD` with 400. */
  refuseStatusRd: z.boolean(),
  /**
   * How a read shows written custom fields: `as-written`; `not-at-all`; `null` instead of them; `renamed`; `cut` to 20 characters;
   * `upper-case`; `escaped` as HTML; `stale`: as before the last change.
   */
  customFieldsShown: z.enum(['as-written', 'not-at-all', 'null', 'renamed', 'cut', 'upper-case', 'escaped', 'stale']),
  /** TOTVS CRM has changed its answers: new names of members, by their old ones. */
  renamedMembers: z.record(z.string(), z.string()),
  /** Whether an update that has custom fields keeps the others. */
  customFieldsUpdate: z.enum(['merge', 'replace']),
  /** How long the address of an opportunity goes on showing it as it was, and a new one not at all. */
  opportunityShownLateMs: z.number().min(0),
  /** Delays the answer to a write after the work, so that its webhook may arrive first. */
  writeAnswerDelayMs: z.number().min(0),
  contextUrl: z.string().regex(/^\/api\/v\d+\/opportunity\/opportunities$/),
  /** `numbered`: webhooks call their trigger by a number. */
  triggerTexts: z.enum(['documented', 'numbered']),
  /** `absent`: webhooks have neither an event id nor a time. */
  eventIds: z.enum(['distinct', 'absent']),
  /** Whether an update by the API triggers the "updated" workflows. */
  apiUpdatesTrigger: z.boolean(),
  /** Winning or losing triggers the "updated" workflows too. */
  statusChangeIsUpdate: z.boolean(),
  /** Webhooks are recorded and wait for their release. */
  holdWebhooks: z.boolean(),
  /** Before a webhook is sent. */
  webhookDelayMs: z.number().min(0),
  /** How many webhooks, each with its own event id, are sent for one change. */
  webhookCopies: z.int().min(1),
  webhookTimeoutMs: z.number().min(1),
  webhookRepeats: z.int().min(0),
  /** Before the first repeat; the n-th waits n times as long. */
  webhookPauseMs: z.number().min(0),
  /** Service, resource and version of each kind of record. */
  resources: z.record(
    z.enum(recordKinds),
    z.strictObject({ service: z.string(), resource: z.string(), version: z.string() }),
  ),
})

const defaultSettings: CrmSettings = {
  loginPath: '/api/login',
  integrationPath: '/api/integration',
  sessionSeconds: 1800,
  oneSessionPerUser: false,
  listForm: 'hasNext',
  maxPageSize: 100,
  pages: 'applied',
  listOrder: 'created',
  filters: 'applied',
  openStatus: 'PROGRESS',
  wonStatus: 'WON',
  listFilters: 'applied',
  timeFilters: 'applied',
  phoneForm: 'as-written',
  updates: 'merge',
  deletes: 'allowed',
  hiddenMembers: [],
  createdAtForm: 'iso',
  updatedAtForm: 'iso',
  clockAheadMs: 0,
  idForm: 'object',
  createStatus: 200,
  customFieldForm: 'map',
  opportunityFields: ['statusRD'],
  leadFields: [],
  requiredLeadFields: [],
  lossReasonForm: 'object',
  refuseStatusRd: false,
  customFieldsShown: 'as-written',
  renamedMembers: {},
  customFieldsUpdate: 'merge',
  opportunityShownLateMs: 0,
  writeAnswerDelayMs: 0,
  contextUrl: '/api/v11/opportunity/opportunities',
  triggerTexts: 'documented',
  eventIds: 'distinct',
  apiUpdatesTrigger: true,
  statusChangeIsUpdate: true,
  holdWebhooks: false,
  webhookDelayMs: 0,
  webhookCopies: 1,
  webhookTimeoutMs: 5000,
  webhookRepeats: 5,
  webhookPauseMs: 200,
  resources: {
    lead: { service: 'customer', resource: 'leads-integration', version: 'v1' },
    opportunity: { service: 'opportunity', resource: 'opportunities-integration', version: 'v1' },
    user: { service: 'user', resource: 'users-integration', version: 'v1' },
    pipeline: { service: 'opportunity', resource: 'pipelines-integration', version: 'v1' },
    stage: { service: 'opportunity', resource: 'stages-integration', version: 'v1' },
    opportunityType: { service: 'opportunity', resource: 'opportunity-types-integration', version: 'v1' },
  },
}

/** A rule of the customer: on this trigger, POST to this address (docs/vendors/totvs-crm.md#workflow-webhooks). */
export type Workflow = z.infer<typeof workflow>
export const workflow = z.strictObject({
  trigger: z.enum(crmTriggers),
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
  description: z.string().default('Integração RD Station'),
})

export interface CrmCredentials {
  username: string
  password: string
}

export interface CrmTenant {
  readonly name: string
  username: string
  password: string
  /** When each session expires, in milliseconds since 1970. */
  readonly sessions: Map<string, number>
  readonly settings: CrmSettings
  readonly records: Record<RecordKind, CrmRecord[]>
  readonly indexes: { readonly lead: RecordIndex; readonly opportunity: RecordIndex }
  workflows: (Workflow & { readonly id: string })[]
  nextCode: number
}

export function createTenant(
  name: string,
  { username, password }: CrmCredentials,
  now: number,
  settings: Partial<CrmSettings> = {},
): CrmTenant {
  const stamp = (records: readonly JsonObject[]) => records.map(values => createRecord(values, now))
  return {
    name,
    username,
    password,
    sessions: new Map(),
    settings: { ...defaultSettings, ...settings },
    records: {
      lead: [],
      opportunity: [],
      user: stamp(demoUsers),
      pipeline: stamp(pipelines),
      stage: stamp(stages),
      opportunityType: stamp(opportunityTypes),
    },
    indexes: { lead: createRecordIndex(), opportunity: createRecordIndex() },
    workflows: [],
    nextCode: 61,
  }
}

export function createRecord({ id = randomUUID(), ...values }: JsonObject, now: number): CrmRecord {
  const time = new Date(now).toISOString()
  return { id: String(id), createdAt: time, updatedAt: time, values, customFields: {} }
}

export const numberWorkflows = (workflows: readonly Workflow[]): CrmTenant['workflows'] =>
  workflows.map(each => ({ ...each, id: randomUUID() }))
