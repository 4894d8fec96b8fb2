import { phoneDigits } from '@ponte/contracts'
import { type Fingerprint, stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import { type JobEntry, memberOf, parseJsonText, readJobEntry, readPlace } from './job-entry.ts'
import {
  type Belonging,
  createRecognition,
  knowledgeOf,
  LEAST_DIGITS,
  type Person,
  type Recognition,
} from './person.ts'
import { mayNameSomebody } from './may-name-somebody.ts'
import { type Entry, readKeyspace } from './read-keyspace.ts'

/** More looks than any chain of e-mails, contacts and leads needs. */
const MAX_LOOKS = 10

/** Everything in Redis that is about a person, as it was found. */
export interface Findings {
  readonly jobs: readonly JobEntry[]
  /** Events of others' leads that the person is responsible for in RD Station: they only name the owner. */
  readonly owned: readonly JobEntry[]
  /** Keys of Ponte's own state that stand for the person. */
  readonly state: readonly Entry[]
  /** Other places that hold an e-mail or a phone of theirs in plain: logs, the streams of events. */
  readonly traces: readonly Entry[]
  /** How many of `jobs` are quarantined deliveries that hold e-mails of others too: a body is removed whole or not at all. */
  readonly withOthers: number
  /** Ids of quarantined deliveries that could not be read, and that nothing else tells to be theirs. */
  readonly unread: readonly string[]
  /** Ids of quarantined deliveries in which no e-mail and no phone could be read: they may name anybody. */
  readonly nameless: readonly string[]
  /** Jobs that hold a phone of theirs beside somebody else's e-mail: they stay. */
  readonly shared: number
}

/** What the machinery keeps for itself. Locks end by themselves and must not be taken from under a job. */
const machinery = new Set(['fingerprint-key', 'rd-tokens', 'rest', 'failures', 'pace', 'lock'])

/** Keys between two reports. */
const TELL_EVERY = 1000

export interface Search {
  readonly redis: Redis
  readonly tenant: string
  readonly fingerprint: Fingerprint
  /** Completed on the way. */
  readonly person: Person
  /** Told now and then how many keys this look has read. */
  readonly tell?: (keys: number) => void
  /** Told when another look begins. */
  readonly tellLook?: () => void
}

/**
 * Looks through all keys of a tenant until nothing more about the person turns up: their events tell the contact's uuid, that
 * one other e-mails, the links their lead, its ledger their opportunity.
 */
export async function findPerson(search: Search): Promise<Findings> {
  const { person } = search
  for (let look = 1; ; look += 1) {
    const before = knowledgeOf(person)
    search.tellLook?.()
    const findings = await lookOnce(search)
    if (knowledgeOf(person) === before || look === MAX_LOOKS) return findings
  }
}

async function lookOnce({ redis, tenant, person, fingerprint, tell }: Search): Promise<Findings> {
  const recognition = createRecognition(person, fingerprint)
  const jobs: JobEntry[] = []
  const owned: JobEntry[] = []
  const state: Entry[] = []
  const traces: Entry[] = []
  let [withOthers, shared, read] = [0, 0, 0]
  const unread: string[] = []
  const nameless: string[] = []
  const prefix = stateKey(tenant, '')

  for await (const entry of readKeyspace(redis, tenant)) {
    read += 1
    if (read % TELL_EVERY === 0) tell?.(read)
    const job = readJobEntry(tenant, entry)
    if (job !== undefined) {
      const belonging = belongingOf(job, person, recognition)
      if (belonging === 'theirs') {
        jobs.push(job)
        if (job.queue === 'quarantine' && recognition.namesOthers(job.body)) withOthers += 1
        learnFromJob(job, person)
      } else if (job.isUnread) unread.push(job.jobId)
      else if (belonging === 'owned') owned.push(job)
      else if (belonging === 'shared') shared += 1
      else if (job.queue === 'quarantine' && mayNameSomebody(job.readings)) nameless.push(job.jobId)
    } else if (entry.key.startsWith(prefix)) {
      const parts = entry.key.slice(prefix.length).split(':')
      if (machinery.has(parts[0] ?? '')) continue
      if (isTheirState(parts, entry, person, recognition)) {
        state.push(entry)
        learnFromState(parts, entry, { person, fingerprint })
      } else if (recognition.holdsPlainly(entry.text)) traces.push(entry)
    } else if (readPlace(tenant, entry.key) !== undefined && recognition.holdsPlainly(entry.text)) traces.push(entry)
  }
  return { jobs, owned, state, traces, withOthers, shared, unread, nameless }
}

function belongingOf(
  { text, lead, opportunityId }: JobEntry,
  person: Person,
  recognition: Recognition,
): Belonging | 'owned' {
  if (opportunityId !== undefined && person.opportunityIds.has(opportunityId)) return 'theirs'
  const belonging = recognition.belongs(text)
  const owner = lead?.ownerEmail
  if (belonging !== 'theirs' || owner === undefined || !person.emails.has(owner.toLowerCase())) return belonging
  return recognition.belongs(text.replaceAll(owner, '')) === 'theirs' ? 'theirs' : 'owned'
}

/** By the name of the key, or by what a short record says. */
function isTheirState(
  [kind = '', ...rest]: readonly string[],
  { key, type, text }: Entry,
  { leadIds, opportunityIds, storyIds, jobIds }: Person,
  recognition: Recognition,
): boolean {
  const id = rest.join(':')
  if (kind === 'lead') return leadIds.has(id)
  if (kind === 'mark') return opportunityIds.has(id)
  if (kind === 'story') return storyIds.has(id)
  // What a person corrected: the event before and after, a body of a form included, where `+` is a space.
  if (kind === 'edit')
    return jobIds.has(rest.at(-1) ?? '') || recognition.belongs(`${text}\n${text.replaceAll('+', ' ')}`) === 'theirs'
  return recognition.refers(key) || (type === 'string' && recognition.refers(text))
}

function learnFromJob({ jobId, lead, text, timelineId }: JobEntry, person: Person): void {
  person.jobIds.add(jobId)
  person.storyIds.add(timelineId)
  if (lead === undefined) return
  const own = person.emails.has(lead.email ?? '') || (lead.uuid !== undefined && person.uuids.has(lead.uuid))
  // A named phone may stand in somebody else's event: that one is erased, its e-mail and contact are not followed.
  if (!own && lead.email !== undefined && !includesEmail(text, person)) return
  if (lead.uuid !== undefined) person.uuids.add(lead.uuid)
  if (lead.email !== undefined) person.emails.add(lead.email.toLowerCase())
  for (const phone of [lead.phone, lead.mobilePhone]) {
    const digits = phone === undefined ? '' : phoneDigits(phone)
    if (digits.length >= LEAST_DIGITS && !person.namedPhones.has(digits)) person.foundPhones.add(digits)
  }
}

const includesEmail = (text: string, { emails }: Person): boolean =>
  [...emails].some(email => text.toLowerCase().includes(email))

/** The links say which lead and which opportunities a person has, its ledger which opportunity Ponte opened (packages/state). */
function learnFromState(
  [kind, id = '']: readonly string[],
  { value }: Entry,
  { person, fingerprint }: Pick<Search, 'person' | 'fingerprint'>,
): void {
  const members = Array.isArray(value) ? value.filter(member => typeof member === 'string') : []
  const isOfPhone = [...person.foundPhones].some(phone => fingerprint(phone) === id)
  // Under a phone that others may share their timelines are found as well: those stay.
  if (kind === 'stories' && !isOfPhone) for (const story of members) person.storyIds.add(story)
  if (kind === 'contact-opportunities') for (const opportunity of members) person.opportunityIds.add(opportunity)
  if (typeof value !== 'string') return
  if (kind === 'contact-lead') person.leadIds.add(value)
  if (kind === 'contact-seen' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) person.uuids.add(value)
  if (kind !== 'lead') return
  const opened = memberOf(memberOf(parseJsonText(value), 'opened'), 'id')
  if (typeof opened === 'string') person.opportunityIds.add(opened)
}
