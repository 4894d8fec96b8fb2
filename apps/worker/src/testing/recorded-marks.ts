import { crmLead, crmOpportunity, type RdMark, TransientFailure } from '@ponte/contracts'
import { createLogger, openQueues } from '@ponte/runtime'
import { change, createFingerprint, createLeadLedger, createMarkLedger, createSecretBox, read } from '@ponte/state'
import type { Redis } from 'ioredis'
import { openConnection } from '../connections/connection.ts'
import { opportunityChanged } from '../processors/opportunity-changed.ts'
import type { Processing } from '../processors/processor.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { createRunFigures } from '../figures/run-figures.ts'
import { createJobLocks } from '../run/job-locks.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testTenant } from './test-tenant.ts'

const metrics = createWorkerMetrics()

export const contact = { uuid: '11111111-1111-4111-8111-111111111111', email: 'pessoa@cliente.example' }
const lead = crmLead.parse({ id: 'lead', externalId: `rd:${contact.uuid}`, emails: [{ email: contact.email }] })

/** What one run meets instead: a system that does not answer, a worker that dies. */
export type Change = (context: JobContext) => Partial<JobContext>

/** One contact and its opportunities: the state is a real Redis, the two systems are simulated here. */
export function openRecordedMarks(redis: Redis) {
  const tenant = testTenant({ retry: { attempts: 3, firstDelaySeconds: 0, maxDelaySeconds: 0 } })
  const log = createLogger({ level: 'silent', process: 'test' })
  const queues = openQueues([tenant], redis, log).of(tenant.name)
  const box = createSecretBox(Buffer.alloc(32, 1))
  const fingerprint = createFingerprint(Buffer.alloc(32, 2))
  const connection = openConnection({ tenant, queues, redis, box, fingerprint, onUnreadableTokens: () => undefined })
  const systems = connection.clients({ before: () => Promise.resolve(), after: () => Promise.resolve() })
  const opportunities = new Map<string, object>()
  const funnel = { opportunity: false, lifecycle_stage: 'Lead' }
  const marks: RdMark['type'][] = []

  function take({ type }: RdMark): void {
    marks.push(type)
    funnel.opportunity = type === 'OPPORTUNITY'
    if (type === 'SALE') funnel.lifecycle_stage = 'Client'
  }

  function contextOf(jobId: string, locks: ReturnType<typeof createJobLocks>): JobContext {
    return {
      ...connection,
      spareRd: () => systems.rd,
      metrics,
      figures: createRunFigures(),
      jobId,
      stalled: 0,
      note: () => undefined,
      locked: locks.locked,
      underLocks: locks.underLocks,
      finish: locks.finish,
      leads: createLeadLedger(redis, tenant.name, { fingerprint, fenceOf: locks.fenceOf }),
      marks: createMarkLedger(redis, tenant.name, locks.fenceOf),
      crm: {
        ...systems.crm,
        getOpportunity: (_contextUrl, id) => {
          const found = opportunities.get(id)
          return Promise.resolve(found && crmOpportunity.parse({ id, leadId: lead.id, ...found }))
        },
        getLead: () => Promise.resolve(lead),
      },
      rd: {
        ...systems.rd,
        findContact: () => Promise.resolve(contact),
        findFunnel: () => Promise.resolve({ ...funnel }),
        listContactEvents: () =>
          Promise.resolve(
            marks
              .filter(type => type === 'OPPORTUNITY')
              .map(event_type => ({ event_type, event_timestamp: new Date().toISOString() })),
          ),
        sendMark: mark => {
          take(mark)
          return Promise.resolve({ eventUuid: 'event' })
        },
      },
    }
  }

  return {
    connection,
    opportunities,
    funnel,
    marks,
    take,
    rememberSale: () => change(redis, [connection.links.rememberingSale(contact.uuid)]),
    /** The opportunities of the contact that Ponte knows. */
    async known(): Promise<readonly string[]> {
      const reading = connection.contactOpportunities.readingOf(contact.uuid)
      return (await read(redis, [reading]))(reading)
    },
    /** One run of the job of an opportunity's event, and then `atEnd`, before the run has given back what it holds. */
    async run(
      opportunityId: string,
      meets: Change = () => ({}),
      atEnd: (processing: Processing) => Promise<void> = () => Promise.resolve(),
    ): Promise<JobResult> {
      const locks = createJobLocks({ redis, tenant, abort: () => undefined })
      const context = contextOf(`job-${crypto.randomUUID()}`, locks)
      const contextUrl = '/api/v1/opportunity/opportunities'
      const receivedAt = new Date().toISOString()
      const data = { v: 1, key: opportunityId, receivedAt, opportunityId, contextUrl } as const
      const processing = opportunityChanged(data, { ...context, ...meets(context) })
      try {
        try {
          return await processing.run()
        } finally {
          await atEnd(processing)
        }
      } finally {
        await locks.releaseAll()
      }
    },
  }
}

export const lost = (): Promise<never> =>
  Promise.reject(new TransientFailure('RD_UNREACHABLE', { system: 'rd-station', outage: true, isOutcomeUnknown: true }))
export const killed = (): Promise<never> => Promise.reject(new Error('killed'))
