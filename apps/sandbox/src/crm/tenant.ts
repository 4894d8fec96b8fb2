import { randomUUID } from 'node:crypto'
import { crmTriggers } from '@ponte/contracts'
import { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { demoUsers, opportunityTypes, pipelines, stages } from './demo-records.ts'
import { createRecordIndex, type RecordIndex } from './record-index.ts'

/** What the integration API serves. */
export const recordKinds = ['lead', 'opportunity', 'user', 'pipeline', 'stage', 'opportunityType'] as const
export type RecordKind = (typeof recordKinds)[number]

/** How one CRM tenant behaves. What the vendor does not publish can be had in every form that is plausible. */
export type CrmSettings = z.infer<typeof crmSettings>
export const crmSettings = z.strictObject({
  /** Life of a session from its login, in seconds. */
  sessionSeconds: z.number().min(0),
  /** A new login ends the session before. */
  oneSessionPerUser: z.boolean(),
  /** `{items, hasNext}`, `{items, count}`, the whole list at once, or the first page whatever page is asked for, always with a next one. */
  listForm: z.enum(['hasNext', 'count', 'array', 'endless']),
  /** Ignored: every list holds all records. */
  filters: z.enum(['applied', 'ignored']),
  /** What the status of an open opportunity is called. */
  openStatus: z.string().min(1),
  /** What a write answers: `{"id"}` or `"id"`. */
  idForm: z.enum(['object', 'text']),
  createStatus: z.union([z.literal(200), z.literal(201)]),
  /** `{"customFields":{}}`, `{"customFields":[{name,value}]}` or top-level members. */
  customFieldForm: z.enum(['map', 'list', 'flat']),
  /** Custom fields that an administrator created for opportunities. */
  opportunityFields: z.array(z.string()),
  /** `{id, description}` or the description alone. */
  lossReasonForm: z.enum(['object', 'text']),
  /** A tenant's own rule refuses writes of `statusRD` with 400. */
  refuseStatusRd: z.boolean(),
  /**
   * What reading shows of custom fields that were written: `as-written`; `not-at-all`: none; `null` in their place; `renamed`: under
   * other names; `cut` to 20 characters; `upper-case`; `escaped` as HTML; `stale`: as they were before the last change.
   */
  customFieldsShown: z.enum(['as-written', 'not-at-all', 'null', 'renamed', 'cut', 'upper-case', 'escaped', 'stale']),
  /** The answer to a write is held back this long after the work, so that its webhook may arrive first. */
  writeAnswerDelayMs: z.number().min(0),
  contextUrl: z.string().regex(/^\/api\/v\d+\/opportunity\/opportunities$/),
  /** Winning or losing fires the "updated" workflows too. */
  statusChangeIsUpdate: z.boolean(),
  /** Webhooks are written down and wait for their release. */
  holdWebhooks: z.boolean(),
  /** Before a webhook is sent. */
  webhookDelayMs: z.number().min(0),
  /** How many webhooks, each an event of its own, tell of one change. */
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
  sessionSeconds: 1800,
  oneSessionPerUser: false,
  listForm: 'hasNext',
  filters: 'applied',
  openStatus: 'PROGRESS',
  idForm: 'object',
  createStatus: 200,
  customFieldForm: 'map',
  opportunityFields: ['statusRD'],
  lossReasonForm: 'object',
  refuseStatusRd: false,
  customFieldsShown: 'as-written',
  writeAnswerDelayMs: 0,
  contextUrl: '/api/v11/opportunity/opportunities',
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

/** A customer's rule: when this happens, POST there (reference totvs-crm.md §5). */
export type Workflow = z.infer<typeof workflow>
export const workflow = z.strictObject({
  trigger: z.enum(crmTriggers),
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
  description: z.string().default('Integração RD Station'),
})

export interface CrmRecord {
  readonly id: string
  readonly createdAt: string
  updatedAt: string
  /** Everything else: a write merges into it, an upsert replaces it. */
  values: JsonObject
  customFields: JsonObject
  /** What they were before the last change. */
  customFieldsBefore?: JsonObject
}

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
