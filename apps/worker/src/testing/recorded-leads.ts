import {
  crmCatalogEntry,
  crmLead,
  type CrmLead,
  crmOpportunity,
  type CrmOpportunity,
  crmUser,
  type JobData,
  jobs,
  TransientFailure,
} from '@ponte/contracts'
import { type Figures, readTenantTime, type Replicas, stateKey, sumFigures, toFigures } from '@ponte/state'
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject, onTestFinished, vi } from 'vitest'
import { leadRegistered } from '../processors/lead-registered.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { openTestLocks } from './test-locks.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { clientsOf, testConnection, testContext } from './test-context.ts'
import { testTenant } from './test-tenant.ts'

/**
 * What goes wrong with one stop of a run: a step of Redis or a call to TOTVS CRM. `late`: it is carried out long after the run. `sent
 * twice`: the connection is lost before the answer of a step, and ioredis sends the step again.
 */
const faults = ['killed before', 'killed after', 'not arrived', 'answer lost', 'late', 'sent twice'] as const
export interface Fault {
  readonly kind: (typeof faults)[number]
  /** Counted from 1, or the first of this name. */
  readonly stop: number | string
}

/**
 * Whatever may go wrong with each stop of a run. A call is never sent twice, and Ponte cannot rule out that one is carried out after it was
 * looked up (docs/behaviour/calls.md#what-cannot-be-ruled-out).
 */
export const everyFault = (stops: readonly string[]): (Fault & { stop: number; what: string })[] =>
  stops.flatMap((what, index) =>
    faults
      .filter(kind => what === 'step' || !['late', 'sent twice'].includes(kind))
      .map(kind => ({ kind, stop: index + 1, what })),
  )

interface LeadOptions {
  /** How long an answer of TOTVS CRM takes. It shows the state at the beginning of the call. */
  readonly callMs?: number
  readonly opportunity?: { readonly onlyOne: 'any' }
  readonly filters?: object
  readonly routes?: readonly object[]
  readonly fields?: readonly object[]
  /** E-mails of users of TOTVS CRM besides the default user; each is also the user's id. */
  readonly users?: readonly string[]
  /** RD Station, for a delivery that lacks something. */
  readonly spareRd?: ReturnType<JobContext['spareRd']>
  /** Default: nobody is asked. */
  readonly replicas?: Replicas
}

/** The leads of one tenant: the state is a real Redis, TOTVS CRM is simulated here. */
export function openRecordedLeads(
  redisUrl: string,
  { callMs = 0, spareRd, users = [], replicas, ...settings }: LeadOptions = {},
) {
  const tenant = testTenant(settings)
  const [redis, redisOfQueues] = [new Redis(redisUrl), new Redis(redisUrl)]
  const connection = testConnection(redis, tenant, redisOfQueues, replicas)
  const clients = clientsOf(connection)
  const leads = new Map<string, CrmLead>()
  const opportunities = new Map<string, CrmOpportunity>()
  const cities: string[] = []
  const metrics = createWorkerMetrics()
  const figures: Figures[] = []

  let stops: string[] = []
  let fault: Fault | undefined
  let isDead = false
  const late: (() => Promise<unknown>)[] = []

  async function stop<Result>(
    name: string,
    work: () => Promise<Result>,
    lose: () => Error,
    twice: () => Promise<Result> = work,
  ): Promise<Result> {
    if (isDead) throw new Error('killed')
    stops.push(name)
    if (fault === undefined || ![stops.length, name].includes(fault.stop)) return await work()
    const { kind } = fault
    // Of a name the first.
    fault = undefined
    isDead = kind.startsWith('killed')
    if (kind === 'late') late.push(work)
    if (kind === 'killed after' || kind === 'answer lost') await work()
    if (kind === 'sent twice') return await twice()
    throw lose()
  }

  const send = redis.sendCommand.bind(redis)
  vi.spyOn(redis, 'sendCommand').mockImplementation((command, stream) =>
    command.name === 'evalsha'
      ? stop(
          'step',
          async () => await send(command, stream),
          () => new Error('Connection is closed.'),
          async () => {
            await redisOfQueues.call('evalsha', command.args.map(String))
            return await send(command, stream)
          },
        )
      : send(command, stream),
  )
  const call = <Result>(name: string, work: () => Result): Promise<Result> =>
    stop(
      name,
      async () => {
        const answer = structuredClone(work())
        await sleep(callMs)
        return answer
      },
      () => new TransientFailure('CRM_UNREACHABLE', { system: 'totvs-crm', outage: true, isOutcomeUnknown: true }),
    )

  function write(id: string, values: object): void {
    const lead = crmLead.parse({ ...leads.get(id), ...values, id })
    leads.set(id, lead)
    cities.push(lead.addresses[0]?.cityName ?? '')
  }

  const crm: JobContext['crm'] = {
    ...clients.crm,
    findLeads: (_filter, isWanted) => call('find lead', () => [...leads.values()].filter(isWanted)),
    getLead: id => call('get lead', () => leads.get(id)),
    createLead: lead =>
      call('create lead', () => {
        const id = `lead-${leads.size + 1}`
        write(id, lead)
        return id
      }),
    updateLead: (id, change) => call('update lead', () => write(id, change)),
    findOpportunities: (_filter, isWanted) =>
      call('find opportunities', () => [...opportunities.values()].filter(isWanted)),
    createOpportunity: opportunity =>
      call('create opportunity', () => {
        const id = `opportunity-${opportunities.size + 1}`
        opportunities.set(id, crmOpportunity.parse({ ...opportunity, id, createdAt: new Date().toISOString() }))
        return id
      }),
    findUsers: (_filter, isWanted) => {
      const known = [['user', 'vendas@acme.example'], ...users.map(email => [email, email])]
      const records = known.map(([id, email]) => crmUser.parse({ id, roleId: 'role', userEmail: [{ email }] }))
      return Promise.resolve(records.filter(isWanted))
    },
    listCatalog: kind => {
      const { variables } = tenant.settings
      const description = {
        pipeline: variables.totvs_crm_pipeline,
        stage: variables.totvs_crm_oportunity_stage,
        opportunityType: variables.totvs_crm_oportunity_type,
      }[kind]
      return Promise.resolve([crmCatalogEntry.parse({ id: kind, description })])
    },
  }

  function contextOf(jobId: string, locks = openTestLocks(redis, tenant)): JobContext {
    return testContext(connection, locks, { rd: clients.rd, jobId, crm, spareRd: () => spareRd ?? clients.rd, metrics })
  }

  return {
    connection,
    metrics,
    contextOf,
    crm,
    leads,
    opportunities,
    /** The cities that leads were written with, in order. */
    cities,
    /** A salesperson changes an opportunity. */
    change(id: string, values: Partial<CrmOpportunity>): void {
      opportunities.set(id, crmOpportunity.parse({ ...opportunities.get(id), ...values }))
    },
    /** Runs a delivery's job once, with what goes wrong in it. Returns the error that the run ended with, if any. */
    async run(data: JobData<'lead.registered'>, wrong?: Fault): Promise<JobResult | Error> {
      const locks = openTestLocks(redis, tenant)
      const context = contextOf(data.key, locks)
      // A command that waits for the connection would be sent twice, and counted twice.
      await Promise.all([redis.ping(), readTenantTime(redisOfQueues, tenant)])
      ;[stops, fault, isDead] = [[], wrong, false]
      const result = await leadRegistered(data, context)
        .run()
        .catch((error: unknown) => (error instanceof Error ? error : new Error('no error')))
      if (!isDead) await locks.releaseAll().catch(() => undefined)
      const { done, atEnd } = context.figures
      if (!isDead) figures.push(toFigures(done.counts))
      if (!(result instanceof Error)) figures.push(toFigures(atEnd.counts))
      ;[fault, isDead] = [undefined, false]
      return result
    },
    /** What all runs have counted. A worker that was killed counts nothing. */
    figures: (): Figures => sumFigures(figures),
    /** The stops of the last run. */
    stops: (): readonly string[] => stops,
    /** Carries out now what was sent and not carried out. Returns the answers. */
    arrive: (): Promise<readonly unknown[]> => Promise.all(late.splice(0).map(work => work())),
    /** The locks of a worker that was killed end by themselves. */
    async endLocks(): Promise<void> {
      const keys = await redis.keys(`{${tenant.name}}:ponte:lock:*`)
      if (keys.length > 0) await redis.del(keys)
    },
    close(): void {
      redis.disconnect()
      redisOfQueues.disconnect()
    },
  }
}

/** The leads of one tenant, until the test ends. */
export function openLeads(options: LeadOptions = {}) {
  const leads = openRecordedLeads(inject('redisUrl'), options)
  onTestFinished(leads.close)
  const { redis, tenant } = leads.connection
  return {
    ...leads,
    /** What is recorded of a lead. */
    historyOf: async (id = 'lead-1'): Promise<unknown> =>
      JSON.parse((await redis.get(stateKey(tenant.name, 'lead', id))) ?? 'null'),
  }
}

/** A delivery of a lead. `of`: of its job. */
export const deliveryOf = (lead: object, of: object = {}): JobData<'lead.registered'> =>
  jobs['lead.registered'].data.parse({
    ...{ v: 1, key: crypto.randomUUID(), receivedAt: new Date().toISOString(), lead },
    ...of,
  })
