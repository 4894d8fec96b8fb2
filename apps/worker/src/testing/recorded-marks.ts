import { crmLead, crmOpportunity, type MarkEventName, type RdMark, TransientFailure } from '@ponte/contracts'
import {
  createContactLinks,
  createContactMarks,
  createMarkLedger,
  readOne,
  stateKey,
  unknownContact,
  type RedisClient,
} from '@ponte/state'
import { processors } from '../shadow/run-by-mode.ts'
import type { JobContext, JobResult, Processing } from '../run/job-context.ts'
import { openTestLocks } from './test-locks.ts'
import { clientsOf, testConnection, testContext } from './test-context.ts'
import { testTenant } from './test-tenant.ts'

export const contact = { uuid: '11111111-1111-4111-8111-111111111111', email: 'pessoa@cliente.example' }

/** A person in RD Station: what it shows of them, and the marks that it took. */
export interface Person {
  readonly uuid: string
  email: string
  readonly funnel: { opportunity: boolean; lifecycle_stage: string }
  readonly marks: { readonly type: RdMark['type']; readonly at: number }[]
}

/** What is special about an event: its name, and when it was received. */
export interface EventOf {
  readonly name?: MarkEventName
  readonly receivedAt?: number
}

/** Faults of one run: a system that does not answer, a worker that dies. */
export type Change = (context: JobContext) => Partial<JobContext>

/** One contact and its opportunities: the state is a real Redis, the two systems are simulated here. */
export function openRecordedMarks(redis: RedisClient) {
  const tenant = testTenant({ retry: { attempts: 3, firstDelaySeconds: 0, maxDelaySeconds: 0 } })
  const connection = testConnection(redis, tenant)
  const systems = clientsOf(connection)
  const opportunities = new Map<string, object>()
  const leads = new Map<string, object>([
    ['lead', { externalId: `rd:${contact.uuid}`, emails: [{ email: contact.email }] }],
  ])
  const marks: RdMark['type'][] = []
  const people: Person[] = []
  const lookUps: string[] = []

  function addPerson(uuid: string, email: string): Person {
    const person: Person = { uuid, email, funnel: { opportunity: false, lifecycle_stage: 'Lead' }, marks: [] }
    people.push(person)
    return person
  }
  const { funnel } = addPerson(contact.uuid, contact.email)
  const personOf = (by: { uuid: string } | { email: string }): Person | undefined =>
    people.find(({ uuid, email }) => ('uuid' in by ? uuid === by.uuid : email === by.email))

  /** RD Station accepts a mark for an e-mail that it does not know, and drops it. */
  function take({ type, email }: RdMark): void {
    const person = personOf({ email })
    if (person === undefined) return
    marks.push(type)
    person.marks.push({ type, at: Date.now() })
    person.funnel.opportunity = type === 'OPPORTUNITY'
    if (type === 'SALE') person.funnel.lifecycle_stage = 'Client'
  }

  function contextOf(jobId: string, locks: ReturnType<typeof openTestLocks>): JobContext {
    return testContext(connection, locks, {
      jobId,
      crm: {
        ...systems.crm,
        getOpportunity: (_contextUrl, id) => {
          const found = opportunities.get(id)
          return Promise.resolve(found && crmOpportunity.parse({ id, leadId: 'lead', ...found }))
        },
        getLead: id => Promise.resolve(crmLead.parse({ id, ...(leads.get(id) ?? leads.get('lead')) })),
      },
      rd: {
        ...systems.rd,
        findContact: by => {
          lookUps.push('uuid' in by ? by.uuid : by.email)
          const person = personOf(by)
          return Promise.resolve(person && { uuid: person.uuid, email: person.email })
        },
        findFunnel: by => {
          const person = personOf(by)
          return Promise.resolve(person && { ...person.funnel })
        },
        unmarkOpportunity: uuid => {
          const person = personOf({ uuid })
          if (person !== undefined) person.funnel.opportunity = false
          return Promise.resolve(person && { ...person.funnel })
        },
        listMarkTimes: uuid => {
          const opened = (personOf({ uuid })?.marks ?? []).filter(({ type }) => type === 'OPPORTUNITY')
          return Promise.resolve({ times: opened.map(({ at }) => at).toReversed(), aheadMs: 0 })
        },
        sendMark: mark => {
          take(mark)
          return Promise.resolve({ eventUuid: 'event' })
        },
      },
    })
  }

  const { name } = tenant
  return {
    connection,
    links: createContactLinks(redis, name, connection.fingerprint),
    contactMarks: createContactMarks(name, connection.fingerprint),
    opportunities,
    leads,
    funnel,
    marks,
    take,
    addPerson,
    people,
    lookUps,
    /** The contact was a client before. */
    async rememberSale(): Promise<void> {
      const key = stateKey(tenant.name, 'contact', contact.uuid)
      const record = JSON.parse((await redis.get(key)) ?? JSON.stringify(unknownContact))
      await redis.set(key, JSON.stringify({ ...record, sold: true }))
    },
    /** The opportunities of the contact that Ponte knows. */
    async known(): Promise<readonly string[]> {
      const reading = createMarkLedger(redis, name).opportunitiesReadingOf(contact.uuid)
      return await readOne(redis, reading)
    },
    /** Runs the job of an opportunity's event once, and then `atEnd`, before the run releases its locks. */
    async run(
      opportunityId: string,
      meets: Change = () => ({}),
      atEnd: (processing: Processing) => Promise<void> = () => Promise.resolve(),
      { name = 'opportunity.updated', receivedAt: at = Date.now() }: EventOf = {},
    ): Promise<JobResult> {
      const locks = openTestLocks(redis, tenant)
      const context = contextOf(`job-${crypto.randomUUID()}`, locks)
      const contextUrl = '/api/v1/opportunity/opportunities'
      const receivedAt = new Date(at).toISOString()
      const data = { v: 1, key: opportunityId, receivedAt, opportunityId, contextUrl } as const
      const processing = processors[name](data, { ...context, ...meets(context) })
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
