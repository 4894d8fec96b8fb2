import { phoneDigits, parseJson } from '@ponte/contracts'
import { createTenantMode, type Fingerprint, openTextOf, type KeptJob, stateKey, type RedisClient } from '@ponte/state'
import {
  type JobEntry,
  memberOf,
  readJobEntry,
  readPlace,
  readShadowEntry,
  type Entry,
  readKeyspace,
} from './read-keyspace.ts'
import {
  type Belonging,
  createRecognition,
  knowledgeOf,
  LEAST_DIGITS,
  nameWords,
  type Person,
  type Recognition,
  spellingsOf,
} from './person.ts'
import { isTrace } from './scrub.ts'

/** More searches than any chain of e-mails, contacts and leads needs. */
const MAX_SEARCHES = 10

const REPORT_EVERY = 500

/** Everything in Redis about a person. */
export interface Findings {
  readonly jobs: readonly JobEntry[]
  /** Events of other people's leads that name the person only as the owner in RD Station, or in answers that rules read. */
  readonly mentioning: readonly JobEntry[]
  /** Ids of the person's events that ended in the shadow, or are the rest of a way back. */
  readonly shadow: readonly string[]
  /** Other people's events of the shadow that name the person, as `mentioning`. */
  readonly mentioningInShadow: readonly KeptJob[]
  /** Keys of Ponte's own state that belong to the person. */
  readonly state: readonly Entry[]
  /** Other keys of which a part names them: notes, job logs, BullMQ's event streams. */
  readonly traces: readonly Entry[]
  /** Hashes of figures in which something is counted by a text that names the person. */
  readonly figures: readonly Entry[]
  /** How many of `jobs` are quarantined deliveries that contain other people's e-mails too: a body is removed whole or not at all. */
  readonly withOthers: number
  /** Ids of quarantined deliveries that cannot be read: they may contain the person. */
  readonly unread: readonly string[]
  /** Ids of quarantined deliveries with text but no e-mail or phone: they may name anybody. */
  readonly nameless: readonly string[]
  /** How many jobs contain a phone of theirs together with another person's e-mail: these stay. */
  readonly shared: number
}

/** State that holds no personal data. Locks in particular must not be removed while a job relies on them. */
const internalKeys = new Set([
  ...['fingerprint-key', 'rd-tokens', 'circuit-breaker', 'failures', 'rate-limiter', 'lock', 'mode'],
  // Looked through by their jobs.
  ...['shadow-jobs', 'shadow-index', 'rest-jobs', 'rest-index'],
])
/** More than a shadow keeps, but for what came since a switch, and for the rest of a way back. */
const MAX_KEPT_JOBS = 1_000_000

const FIGURES = 'figures'
/** The names under which figures count that name the person: conversions, their sources, and reasons of losses. Anybody may write these. */
export const figuresOfPerson = ({ value }: Entry, recognition: Recognition): readonly string[] =>
  Object.keys(value ?? {}).filter(name => {
    const text = openTextOf(name)
    return text !== undefined && recognition.names(text)
  })

export interface Search {
  readonly redis: RedisClient
  readonly tenant: string
  readonly fingerprint: Fingerprint
  /** Gets more e-mails, phones and ids while they are found. */
  readonly person: Person
  /** Called after each search through the keys, with the number of keys read. */
  readonly onSearched?: (keys: number) => void
  /** Called now and then during a search, with the number of keys read so far. */
  readonly onRead?: (keys: number) => void
}

/**
 * Searches all keys of a tenant until nothing new about the person turns up. An event leads to the contact's uuid, the contact to other
 * e-mails, the links to the lead, and the lead to the opportunity.
 */
export async function findPerson(search: Search): Promise<Findings> {
  const { person } = search
  for (let number = 1; ; number += 1) {
    const before = knowledgeOf(person)
    const findings = await searchOnce(search)
    if (knowledgeOf(person) === before || number === MAX_SEARCHES) return findings
  }
}

async function searchOnce({ redis, tenant, person, fingerprint, onSearched, onRead }: Search): Promise<Findings> {
  const recognition = createRecognition(person, fingerprint)
  const [jobs, mentioning]: [JobEntry[], JobEntry[]] = [[], []]
  const [state, traces, figures]: [Entry[], Entry[], Entry[]] = [[], [], []]
  const [unread, nameless, shadow]: [string[], string[], string[]] = [[], [], []]
  const mentioningInShadow: KeptJob[] = []
  let [withOthers, shared, read] = [0, 0, 0]
  const prefix = stateKey(tenant, '')

  for await (const entry of readKeyspace(redis, tenant)) {
    read += 1
    if (read % REPORT_EVERY === 0) onRead?.(read)
    const job = readJobEntry(tenant, entry)
    if (job !== undefined) {
      const belonging = belongingOf(job, person, recognition)
      if (belonging === 'theirs') {
        jobs.push(job)
        if (job.queue === 'quarantine' && recognition.namesOthers(job.body)) withOthers += 1
        learnFromJob(job, person)
      } else if (job.isUnread) unread.push(job.jobId)
      else if (belonging === 'mentioned') mentioning.push(job)
      else if (belonging === 'shared') shared += 1
      else if (job.queue === 'quarantine' && mayNameSomebody(job.readings)) nameless.push(job.jobId)
    } else if (entry.key.startsWith(prefix)) {
      const parts = entry.key.slice(prefix.length).split(':')
      if (internalKeys.has(parts[0] ?? '')) continue
      if (isTheirState(parts, entry, person, recognition)) {
        state.push(entry)
        learnFromState(parts, entry, { person, fingerprint })
      } else if (parts[0] === FIGURES) {
        if (figuresOfPerson(entry, recognition).length > 0) figures.push(entry)
      } else if (isTrace(entry, recognition)) traces.push(entry)
    } else if (readPlace(tenant, entry.key) !== undefined && isTrace(entry, recognition)) traces.push(entry)
  }
  // After the queues: a job that leaves its queue meanwhile is found here.
  const mode = createTenantMode(redis, tenant)
  const outside = await Promise.all([mode.newest(MAX_KEPT_JOBS), mode.rest.oldest(MAX_KEPT_JOBS)])
  for (const kept of outside.flat()) {
    const job = readShadowEntry(tenant, kept)
    const belonging = job && belongingOf(job, person, recognition)
    if (job !== undefined && belonging === 'theirs') {
      shadow.push(kept.id)
      learnFromJob(job, person)
    } else if (belonging === 'mentioned') mentioningInShadow.push(kept)
  }
  onSearched?.(read)
  return { jobs, mentioning, shadow, mentioningInShadow, state, traces, figures, withOthers, shared, unread, nameless }
}

function belongingOf(
  { text, ownText, lead, opportunityId }: JobEntry,
  person: Person,
  recognition: Recognition,
): Belonging | 'mentioned' {
  if (opportunityId !== undefined && person.opportunityIds.has(opportunityId)) return 'theirs'
  const belonging = recognition.belongs(text)
  if (belonging !== 'theirs' || lead === undefined) return belonging
  const { ownerEmail: owner } = lead
  const isOwner = owner !== undefined && person.emails.has(owner.toLowerCase())
  return recognition.belongs(isOwner ? ownText.replaceAll(owner, '') : ownText) === 'theirs' ? 'theirs' : 'mentioned'
}

/** Decides by the key's name, or by the content of a short record. */
function isTheirState(
  [kind = '', ...rest]: readonly string[],
  { key, type, text }: Entry,
  { leadIds, opportunityIds, timelineIds, jobIds }: Person,
  recognition: Recognition,
): boolean {
  const id = rest.join(':')
  if (kind === 'lead') return leadIds.has(id)
  if (kind === 'status-rd') return opportunityIds.has(id)
  // The record names the contact that was marked, and nothing else may lead to the opportunity any more.
  if (kind === 'mark') return opportunityIds.has(id) || recognition.refers(text)
  if (kind === 'timeline') return timelineIds.has(id)
  // The record of a correction: the event before and after. In the body of a form, `+` is a space.
  if (kind === 'edit')
    return jobIds.has(rest.at(-1) ?? '') || recognition.belongs(`${text}\n${text.replaceAll('+', ' ')}`) === 'theirs'
  return recognition.refers(key) || (type === 'string' && recognition.refers(text))
}

function learnFromJob({ jobId, lead, text, timelineId }: JobEntry, person: Person): void {
  person.jobIds.add(jobId)
  person.timelineIds.add(timelineId)
  if (lead === undefined) return
  const own = person.emails.has(lead.email ?? '') || (lead.uuid !== undefined && person.uuids.has(lead.uuid))
  // The phone given with --phone may be in another person's event: it is erased, but its e-mail and contact are not followed.
  if (!own && lead.email !== undefined && !includesEmail(text, person)) return
  if (lead.uuid !== undefined) person.uuids.add(lead.uuid)
  if (lead.email !== undefined) person.emails.add(lead.email.toLowerCase())
  // A first name alone belongs to too many people, and is in too many texts.
  for (const name of nameWords(lead.name ?? '') ?? []) if (name.includes(' ')) person.names.add(name)
  for (const phone of [lead.phone, lead.mobilePhone]) {
    const digits = phone === undefined ? '' : phoneDigits(phone)
    if (digits.length >= LEAST_DIGITS && !person.namedPhones.has(digits)) person.foundPhones.add(digits)
  }
}

const includesEmail = (text: string, { emails }: Person): boolean =>
  [...emails].some(email => text.toLowerCase().includes(email))

/**
 * The links lead to the person's lead and opportunities. The lead's record leads to the opportunity that Ponte opened
 * (docs/behaviour/redis.md).
 */
function learnFromState(
  [kind, id = '']: readonly string[],
  { value }: Entry,
  { person, fingerprint }: Pick<Search, 'person' | 'fingerprint'>,
): void {
  const members = Array.isArray(value) ? value.filter(member => typeof member === 'string') : []
  const isOfPhone = [...person.foundPhones].some(phone => fingerprint(phone) === id)
  // A shared phone also leads to other people's timelines: those stay.
  if (kind === 'timelines' && !isOfPhone) for (const timeline of members) person.timelineIds.add(timeline)
  if (kind === 'contact-opportunities') for (const opportunity of members) person.opportunityIds.add(opportunity)
  if (typeof value !== 'string') return
  if (kind === 'contact-lead') person.leadIds.add(value)
  if (kind === 'contact-seen' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) person.uuids.add(value)
  if (kind !== 'lead') return
  const history = parseJson(value)
  const earlier = memberOf(history, 'earlier')
  const opportunities: readonly unknown[] = Array.isArray(earlier) ? earlier : []
  for (const opportunity of [memberOf(memberOf(history, 'lastOpened'), 'id'), ...opportunities])
    if (typeof opportunity === 'string') person.opportunityIds.add(opportunity)
}

const ANY_EMAIL = /[\p{L}\p{N}._%+-]@[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}]/u

/** A phone in the usual notation, or under a name that means a phone: ids and dates can be as long. */
const WRITTEN_PHONE = /[+(] ?\d(?:[\s().\-/]{0,3}\d){7}/
const NAMED_PHONE =
  /(?:phone|fone|celular|mobile|whats|\btel)\w{0,20}["'\\]{0,4}\s?[:=]\s?["'\\[]{0,4}\d(?:[\s().\-/]{0,3}\d){7}/i

/**
 * Takes the decoded forms of a body (`decodeBody`). True when the body contains words, but no e-mail and no phone: it may name the person
 * by name alone, or in a form that Ponte cannot decode.
 */
function mayNameSomebody([plainest = '', ...decoded]: readonly string[]): boolean {
  if (!holdsWords(plainest)) return false
  return !spellingsOf([plainest, ...decoded].join('\n')).some(
    spelling => ANY_EMAIL.test(spelling) || WRITTEN_PHONE.test(spelling) || NAMED_PHONE.test(spelling),
  )
}

/** In JSON only values count: the names of members come from the sender's form. */
function holdsWords(text: string): boolean {
  let found = false
  try {
    JSON.parse(text, (name, value: unknown) => {
      found ||= /\s/.test(name) || (typeof value === 'string' && /\p{L}/u.test(value))
    })
    return found
  } catch {
    return /\p{L}/u.test(text)
  }
}
