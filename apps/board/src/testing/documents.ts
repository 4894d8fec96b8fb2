import {
  type BridgeState,
  bridgeOfTenants,
  type Checklist,
  type Connection,
  type EventDocument,
  type EventHistory,
  type EventJob,
  type Failure,
  type RetriedQueue,
  type RetryDocument,
  type WaitingInQueue,
  type WaitingQueue,
  type WaitingTenant,
} from '@ponte/operations'
import { parseTenants, queueKinds, type Tenant } from '@ponte/runtime'

/** Documents as operations answers them, each with what a test changes. Times are in milliseconds before `NOW`. */
export const NOW = Date.parse('2026-03-18T12:00:00.000Z')
export const MINUTE = 60_000

/** The settings that have no default, with secrets that must appear nowhere. */
export const tenantsYaml = (name: string): string => `
tenants:
  ${name}:
    webhookTokens: { rdStation: rd-webhook-token-1234, totvsCrm: crm-webhook-token-1234 }
    rdStation: { clientId: client, clientSecret: client-secret, refreshToken: refresh-token }
    totvsCrm: { username: ponte, password: crm-password, tenant: acme }
    variables: { totvs_crm_default_user: vendas@acme.example }
`

export function tenantNamed(name: string): Tenant {
  const [tenant] = parseTenants(tenantsYaml(name), {})
  if (tenant === undefined) throw new Error('the file has a tenant')
  return tenant
}

const connection = (change: Partial<Connection> = {}): Connection => ({
  ...{ tenant: 'acme', system: 'totvs-crm', state: 'ok' },
  ...change,
})

export const connectionsOf = (tenant: string, ofRd: Partial<Connection> = {}, ofCrm: Partial<Connection> = {}) => [
  connection({ tenant, ...ofCrm }),
  connection({ tenant, system: 'rd-station', ...ofRd }),
]

/** Of a connection: somebody has to repair it, it comes back by itself, it asked for a pause. */
export const revoked = { state: 'disconnected', code: 'RD_TOKEN_REVOKED', since: NOW - MINUTE } as const
export const down = {
  state: 'down',
  code: 'CRM_UNREACHABLE',
  since: NOW - 2 * MINUTE,
  nextCheck: NOW + MINUTE,
} as const
export const throttled: Partial<Connection> = {
  ...{ state: 'throttled', code: 'RD_QUOTA_EXCEEDED', since: NOW - 10_000, nextCheck: NOW + 20_000 },
}

export const failure = (change: Partial<Failure> = {}): Failure => ({
  ...{ tenant: 'acme', queue: 'totvs-crm', code: 'CRM_REJECTED', count: 1, first: NOW - MINUTE, last: NOW - MINUTE },
  ...{ events: ['lead.registered'], answers: [], details: [], pending: 0, record: {}, newest: undefined },
  ...change,
})

type TenantState = BridgeState['tenants'][number]

/** A bridge of these tenants, each with what is not well of it. */
export const bridgeOf = (
  tenants: readonly Partial<TenantState>[] = [{}],
  change: Partial<BridgeState> = {},
): BridgeState => ({
  ...bridgeOfTenants(
    tenants.map((own): TenantState => {
      const { tenant = 'acme' } = own
      return {
        ...{ tenant, connections: connectionsOf(tenant), mode: { mode: 'live', since: 0 } },
        ...{ failed: 0, quarantined: 0, waiting: 0, waitingForPerson: 0, delayed: 0, paused: [], drift: [] },
        ...{ oldestWaitingSince: null, workerConnected: true, reconciled: null, refusedFileBy: [], oldCredentials: [] },
        ...own,
      }
    }),
    { at: NOW, unreadable: [], refusedFile: [], stuckAfterSeconds: 60 },
  ),
  ...change,
})

export const eventDocument = (change: Partial<EventDocument> = {}): EventDocument => ({
  ...{ tenant: 'acme', id: 'timeline-0', event: 'lead.registered', key: 'key-0', at: NOW - MINUTE },
  ...{ status: { kind: 'done' }, contact: 'm***@p***.br · ***34', failed: undefined },
  ...change,
})

type FailedJobOfEvent = NonNullable<EventDocument['failed']>

/** Its failed job, as a list has it. */
export const failedJob = (change: Partial<FailedJobOfEvent> = {}): FailedJobOfEvent => ({
  ...{ kind: 'totvs-crm', id: 'job-0', event: 'lead.registered', isFollowUp: false, isEditable: true },
  reason: { code: 'CRM_REJECTED', title: 'TOTVS CRM refused the data.', raw: ['status=422'] },
  ...change,
})

export const eventJob = (change: Partial<EventJob> = {}): EventJob => ({
  ...{ kind: 'totvs-crm', id: 'job-0', queueName: 'acme.totvs-crm', event: 'lead.registered', state: 'waiting' },
  ...{ code: undefined, reason: undefined, isEditable: false, hasPreview: true },
  ...change,
})

export const eventHistory = (change: Partial<EventHistory> = {}): EventHistory => ({
  ...eventDocument(change),
  ...{ jobs: [], contactIn: undefined, moments: [{ kind: 'received', at: NOW - MINUTE }] },
  ...change,
})

const held = (change: Partial<WaitingInQueue> = {}): WaitingInQueue => ({
  ...{ status: { condition: 'fine', tone: 'good' }, failed: 0, counts: {}, paused: false, startable: 0, later: 0 },
  ...{ oldestWaitingMs: undefined, oldestDelayedMs: undefined, longestActiveMs: undefined, movedMs: undefined },
  ...{ waitingTooLong: 0, longest: [], next: [] },
  ...change,
})

/** A tenant with what its queues hold; nothing of a queue that Redis does not read. */
export function waitingTenant(
  queues: Readonly<Partial<Record<WaitingQueue['kind'], Partial<WaitingInQueue> | undefined>>> = {},
  { name = 'acme', ...change }: Partial<WaitingTenant> & { readonly name?: string } = {},
): WaitingTenant {
  return {
    ...{ tenant: tenantNamed(name), connections: connectionsOf(name), workers: 1 },
    queues: queueKinds.map(kind => {
      const own = kind in queues ? queues[kind] && held(queues[kind]) : held()
      return { kind, held: own, isHeldUp: own === undefined || own.status.tone !== 'good' }
    }),
    isHeldUp: Object.keys(queues).length > 0,
    ...change,
  }
}

export const retriedQueue = (change: Partial<RetriedQueue> = {}): RetriedQueue => ({
  ...{ tenant: 'acme', queue: 'totvs-crm', code: 'CRM_REJECTED', asked: 1, delivered: 0, unchanged: 0, failed: [] },
  ...{ underWay: 0, left: 0, notRetried: 0, removed: 0 },
  ...change,
})

export const retryDocument = (change: Partial<RetryDocument> = {}): RetryDocument => ({
  ...{ id: 'retry-0', by: 'ana', kind: 'all', at: NOW - MINUTE, state: 'sent', ended: true },
  queues: [retriedQueue()],
  ...change,
})

type StepChange = Partial<Checklist['steps'][number]>

/** A checklist on which all is done, but for what is given of a step. */
export function checklist(
  open: Readonly<Partial<Record<Checklist['steps'][number]['step'], StepChange>>> = {},
  { name = 'acme', ...change }: Partial<Checklist> & { readonly name?: string } = {},
): Checklist {
  const times = { lastSuccess: NOW - MINUTE, lastDelivery: NOW - 2 * MINUTE }
  const { connections = connectionsOf(name, times, times) } = change
  const step = (of: Checklist['steps'][number]['step'], system?: Connection['system']) => ({
    ...{ step: of, isProved: true, isLost: false, problems: [], isOpen: open[of] !== undefined },
    connection: connections.find(each => each.system === system),
    ...open[of],
  })
  return {
    ...{ tenant: tenantNamed(name), tests: {}, doctor: undefined, alerts: undefined },
    values: { unset: [], checkedAt: NOW - MINUTE, isOutdated: false },
    ...change,
    connections,
    steps: [
      ...[step('rd-account', 'rd-station'), step('crm-login', 'totvs-crm'), step('values')],
      ...[step('rd-webhook', 'rd-station'), step('crm-webhooks', 'totvs-crm'), step('alerts')],
    ],
  }
}

/** What a person reads of a page. */
export const textOf = (markup: string): string =>
  markup
    .replaceAll(/<(style|script)>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ')
