import {
  crmLead,
  crmOpportunity,
  type MarkEventName,
  PermanentFailure,
  type RdMark,
  TransientFailure,
} from '@ponte/contracts'
import {
  createContactLinks,
  createContactMarks,
  createMarkLedger,
  createStatusLedger,
  readOne,
  stateKey,
  unknownContact,
  type RedisClient,
} from '@ponte/state'
import { processors } from '../shadow/run-by-mode.ts'
import type { JobContext, JobResult, Processing } from '../run/job-context.ts'
import { expect } from 'vitest'
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

/** What is special about a run: the name of its event, when that was received, and what follows before the run releases its locks. */
export interface RunOptions {
  readonly name?: MarkEventName
  readonly receivedAt?: number
  readonly atEnd?: (processing: Processing) => Promise<void>
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
  const counted: string[] = []
  const lookUps: string[] = []

  function addPerson(uuid: string, email: string): Person {
    const person: Person = { uuid, email, funnel: { opportunity: false, lifecycle_stage: 'Lead' }, marks: [] }
    people.push(person)
    return person
  }
  const person = addPerson(contact.uuid, contact.email)
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

  /** Runs the job of an opportunity's event once. */
  async function run(
    opportunityId: string,
    meets: Change = () => ({}),
    { name = 'opportunity.updated', receivedAt: at = Date.now(), atEnd }: RunOptions = {},
  ): Promise<JobResult> {
    const locks = openTestLocks(redis, tenant)
    const context = contextOf(`job-${crypto.randomUUID()}`, locks)
    const { done } = context.figures
    const figures = {
      ...context.figures,
      done: { ...done, mark: (...of: Parameters<typeof done.mark>) => void counted.push(of[0]) },
    }
    const contextUrl = '/api/v1/opportunity/opportunities'
    const receivedAt = new Date(at).toISOString()
    const data = { v: 1, key: opportunityId, receivedAt, opportunityId, contextUrl } as const
    const processing = processors[name](data, { ...context, figures, ...meets(context) })
    try {
      try {
        return await processing.run()
      } finally {
        await atEnd?.(processing)
      }
    } finally {
      await locks.releaseAll()
    }
  }

  const { name } = tenant
  const statuses = createStatusLedger(redis, name)
  /** A salesperson saves the opportunity in this state, and the job of its event runs. */
  const saveAs =
    (state: object) =>
    async (id: string, more: object = {}, meets?: Change, options?: RunOptions): Promise<JobResult> => {
      opportunities.set(id, { ...state, ...more })
      return await run(id, meets, options)
    }
  return {
    connection,
    links: createContactLinks(redis, name, connection.fingerprint),
    contactMarks: createContactMarks(name, connection.fingerprint),
    opportunities,
    leads,
    person,
    funnel: person.funnel,
    marks,
    /** The marks that figures have counted. */
    counted,
    take,
    /** Adds somebody else, with a lead of this id in TOTVS CRM. */
    addPerson(leadId: string): Person {
      const uuid = `${String(people.length + 1).repeat(8)}-2222-4222-8222-222222222222`
      const other = addPerson(uuid, `${leadId}@cliente.example`)
      leads.set(leadId, { externalId: `rd:${uuid}`, emails: [{ email: other.email }] })
      return other
    },
    people,
    /** The marks that each person has taken. */
    taken: () => people.map(each => each.marks.map(({ type }) => type)),
    /** Whom RD Station shows as an opportunity. */
    shown: () => people.map(each => each.funnel.opportunity),
    lookUps,
    run,
    ...{ open: saveAs({ status: 'PROGRESS' }), win: saveAs(won), lose: saveAs({ status: 'LOST' }) },
    statusOf: (id: string) => readOne(redis, statuses.readingOf(id)),
    /** The contact was a client before. */
    async rememberSale(): Promise<void> {
      const key = stateKey(tenant.name, 'contact', contact.uuid)
      const record = JSON.parse((await redis.get(key)) ?? JSON.stringify(unknownContact))
      await redis.set(key, JSON.stringify({ ...record, sold: true }))
      person.funnel.lifecycle_stage = 'Client'
    },
    /** The opportunities of the contact that Ponte knows. */
    known: (): Promise<readonly string[]> =>
      readOne(redis, createMarkLedger(redis, name).opportunitiesReadingOf(contact.uuid)),
  }
}

export const won = { status: 'WON', totalValue: 5 }
/** What a person writes to ask for another try. */
export const request = { customFields: { statusRD: 'REENVIAR' } }
/** From before Ponte. */
export const fromBefore = { createdAt: '2020-01-01T00:00:00Z' }

export const lost = (): Promise<never> =>
  Promise.reject(new TransientFailure('RD_UNREACHABLE', { system: 'rd-station', outage: true, isOutcomeUnknown: true }))
export const killed = (): Promise<never> => Promise.reject(new Error('killed'))

/** RD Station never takes the mark. */
export const dropped: Change = ({ rd }) => ({ rd: { ...rd, sendMark: lost } })
/** RD Station takes the mark, and the answer is lost. */
export const unanswered: Change = ({ rd }) => ({
  rd: { ...rd, sendMark: async mark => (await rd.sendMark(mark), await lost()) },
})
export const refused: Change = ({ rd }) => ({
  rd: { ...rd, sendMark: () => Promise.reject(new PermanentFailure('RD_REJECTED')) },
})
/** TOTVS CRM cannot show this opportunity or lead. */
export const unreadable =
  (unreadableId: string): Change =>
  ({ crm }) => {
    const failed = () => Promise.reject(new PermanentFailure('CRM_UNREADABLE'))
    return {
      crm: {
        ...crm,
        getOpportunity: (url, id) => (id === unreadableId ? failed() : crm.getOpportunity(url, id)),
        getLead: id => (id === unreadableId ? failed() : crm.getLead(id)),
      },
    }
  }

/** The run ends because RD Station did not answer. */
export const expectLost = (work: Promise<unknown>) => expect(work).rejects.toThrow('RD_UNREACHABLE')
