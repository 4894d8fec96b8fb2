import { setTimeout as sleep } from 'node:timers/promises'
import type { CrmLeadState, CrmOpportunityState, RdContactState, SandboxClient } from '@ponte/testbed'
import type { Person } from '../plan/people.ts'
import type { JobView, QueueView } from './queue-view.ts'

/** Both systems and the queues at about one moment: the systems first, then the jobs that might still change them. */
export interface Observation {
  /** By `performance.now`, before anything was looked at. */
  readonly startedAt: number
  /** Oldest first. */
  opportunitiesOf(person: Person): readonly CrmOpportunityState[]
  /** RD Station knows how the person's newest opportunity stands, and no job of the person is left. */
  isUpToDate(person: Person): boolean
}

const OBSERVE_EVERY_MS = 700

/** Looks again and again, for those who wait until something has happened. */
export function startObserver(sandbox: SandboxClient, queues: QueueView) {
  let latest: Observation | undefined
  let stopped = false
  const looking = (async () => {
    while (!stopped) {
      // Redis is away again and again.
      latest = (await observe(sandbox, queues).catch(() => undefined)) ?? latest
      await sleep(OBSERVE_EVERY_MS)
    }
  })()
  return {
    latest: (): Observation | undefined => latest,
    async stop(): Promise<void> {
      stopped = true
      await looking
    },
  }
}

export type Observer = ReturnType<typeof startObserver>

async function observe(sandbox: SandboxClient, queues: QueueView): Promise<Observation> {
  const startedAt = performance.now()
  const { leads, opportunities } = await sandbox.crm().state()
  const { contacts } = await sandbox.rd().state()
  const jobs = await queues.unfinished()

  const leadIds = new Map<string, string[]>()
  for (const lead of leads) {
    for (const name of namesOf(lead)) leadIds.set(name, [...(leadIds.get(name) ?? []), lead.id])
  }
  const opportunitiesOfLead = Map.groupBy(opportunities, ({ leadId }) => leadId)
  const contactOf = new Map(contacts.map(contact => [contact.uuid, contact]))
  const contactUuidOf = new Map(leads.map(({ id, externalId }) => [id, externalId?.replace('rd:', '')]))
  const busy = new Set(jobs.flatMap(busyNames))

  const opportunitiesOf = (person: Person): readonly CrmOpportunityState[] =>
    [...new Set(namesOfPerson(person).flatMap(name => leadIds.get(name) ?? []))]
      .flatMap(id => opportunitiesOfLead.get(id) ?? [])
      .toSorted((one, other) => one.createdAt.localeCompare(other.createdAt))

  return {
    startedAt,
    opportunitiesOf,
    isUpToDate(person) {
      const own = opportunitiesOf(person)
      const newest = own.at(-1)
      const holder = newest === undefined ? undefined : contactUuidOf.get(newest.leadId ?? '')
      const contact = contactOf.get(holder ?? person.uuid)
      const names = [...namesOfPerson(person), ...own.map(({ id }) => id)]
      if (contact === undefined || names.some(name => busy.has(name))) return false
      return newest === undefined || isMarked(newest, contact)
    },
  }
}

const markOf = { PROGRESS: 'OPPORTUNITY', WON: 'SALE', LOST: 'OPPORTUNITY_LOST', DISCARDED: '', CANCELED: '' } as const

const isMarked = ({ status }: CrmOpportunityState, { marks }: RdContactState): boolean =>
  marks.at(-1)?.type === markOf[status]

const namesOf = ({ externalId, emails, phones }: CrmLeadState): string[] => [
  ...(typeof externalId === 'string' ? [externalId.replace('rd:', '')] : []),
  ...emails.map(({ email }) => email),
  ...phones.map(({ number }) => number),
]

const namesOfPerson = ({ uuid, email, phone, colleague }: Person): string[] =>
  [uuid, email, phone, colleague?.uuid, colleague?.email].filter(name => name !== undefined)

/** Of whom a job is: the opportunity, or the person. */
function busyNames({ data }: JobView): string[] {
  if (typeof data !== 'object' || data === null) return []
  if ('opportunityId' in data) return [String(data.opportunityId)]
  if (!('lead' in data) || typeof data.lead !== 'object' || data.lead === null) return []
  return Object.values(data.lead).filter(value => typeof value === 'string')
}
