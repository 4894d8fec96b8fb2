import { factsOfJob, isJobName, jobs, parseJson, storedMessages } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import {
  countFiguresLua,
  type EntryFigures,
  figureBounds,
  figureKeys,
  toScriptFigures,
} from '../figures/count-figures.ts'
import { type Calendar, hourOf } from '../figures/figure-keys.ts'
import { type DriftObserver, observeDriftLua } from '../drift/drift.ts'
import type { Look } from '../marks/looked-at.ts'
import { rehearsedKey } from '../rehearsal/rehearsal.ts'
import { createBatches } from '../redis/batches.ts'
import { queueOfKey, stateKey, unkeyedHash, waitingKey } from '../redis/keys.ts'
import { loadScripts } from '../redis/load-script.ts'
import { countRetryLua } from '../retries/retry-keys.ts'
import { z } from 'zod'

/** As long as a failed job is kept (docs/behaviour/queues.md#retention), and one day more, because an entry renews it once a day only. */
const KEEP_S = 31 * 24 * 3600
/** The first entry says when the event came and stays; beyond this many the oldest of the others go. */
const MAX_ENTRIES = 100
/** Timelines that are kept of one person or one opportunity: the newest. */
const MAX_TIMELINES = 100
/** Entries that are read of the end of a timeline where only its status is shown. */
const MAX_PEEKED = 10

/** Events of one kind that a tenant's list of them holds: the newest. About 110 bytes each. */
const MAX_LISTED = 1_000_000

/** The kinds of events that there are. A delivery in quarantine is an event of its own. */
export const listedKinds: readonly string[] = [...Object.keys(jobs), 'delivery']

/** The event that a timeline belongs to. */
export interface TimelineEvent {
  readonly event: string
  /** The event key; for a quarantined delivery, its job id. */
  readonly key: string
  /** ISO 8601. */
  readonly receivedAt: string
  readonly jobId: string
  /** What the timeline can be found by: e-mail, digits of a phone, id of an opportunity. Kept as fingerprints only. */
  readonly identities: readonly string[]
}

/** Lines for the log that the queue keeps with a job. */
interface LogLines {
  readonly lines: readonly string[]
  /** The newest lines of the log, earlier ones included. */
  readonly mostLines: number
}

const script = loadScripts(import.meta.dirname, 'timeline.lua')
const recordEntry = script('record-entry', {
  functions: [countFiguresLua, countRetryLua, observeDriftLua].join('\n'),
})
const beginTimelines = script('begin-timelines', { functions: countFiguresLua })

/** Each beginning takes Redis about 15 µs. */
const MAX_BEGUN_AT_ONCE = 64
/** A delivery in quarantine may name hundreds of people: it is a step of its own. */
const MANY_IDENTITIES = 8

/** Where each job writes to whose outcome is that of its event, for the script. A delivery in quarantine is an event of its own. */
const destinations = JSON.stringify(
  Object.fromEntries(
    listedKinds
      .filter(kind => factsOfJob(kind).decidesStatus)
      .map(kind => [kind, isJobName(kind) ? jobs[kind].destination : kind]),
  ),
)

/** Stands for an event in addresses and keys. */
export const timelineId = (eventKey: string): string => unkeyedHash(eventKey)

/**
 * What happened to each event, also after its job is gone from the queue. Kept 30 to 31 days from the last entry, about 1 kB an event. If it
 * is lost, operators lose the past, and no event is affected. `calendar`: figures are counted with the entries, by its days. Without it
 * nothing is counted.
 */
export function createTimelines(redis: RedisClient, tenant: string, fingerprint: Fingerprint, calendar?: Calendar) {
  const timelineKey = (id: string): string => stateKey(tenant, 'timeline', id)
  const indexKey = (identity: string): string => stateKey(tenant, 'timelines', fingerprint(identity))
  /** The hour and the day in which a time is counted. */
  const placeOf = (at: number): readonly string[] => (calendar === undefined ? [] : [hourOf(at), calendar.dayOf(at)])
  const keysAt = (at: number): readonly string[] =>
    calendar === undefined ? [] : [...figureKeys(tenant, calendar, at), rehearsedKey(tenant)]
  /** Adds an entry, and begins the timeline when there is none. Lines of a log and figures are written in the same step. */
  async function record(
    of: TimelineEvent,
    { at: recordedAt, ...entry }: TimelineEntry,
    { log, figures, drift, look, jobKey, derivedJobs = [] }: WithEntry = {},
  ): Promise<void> {
    const id = timelineId(of.key)
    const counted = calendar === undefined ? undefined : figures
    const { keys: driftKeys = [], observed = '' } = drift?.toScript(tenant) ?? {}
    const { keys: lookKeys = [], looked = '' } = look?.toScript(tenant) ?? {}
    const beginning = beginningOf(of)
    await recordEntry(
      redis,
      [
        ...[timelineKey(id), listKey(tenant, of.event)],
        ...(counted === undefined ? [] : keysAt(recordedAt)),
        ...driftKeys,
        ...lookKeys,
        ...new Set(of.identities.map(indexKey)),
        ...(jobKey === undefined ? [] : [jobKey, `${jobKey}:logs`, waitingKey(tenant, queueOfKey(tenant, jobKey))]),
      ],
      [
        ...[JSON.stringify(beginning), toText(entry, recordedAt)],
        ...[KEEP_S, MAX_ENTRIES, MAX_TIMELINES, recordedAt, id],
        ...[
          counted === undefined ? '' : toScriptFigures(counted, placeOf(recordedAt)),
          jobKey === undefined ? '' : 'job',
        ],
        entry.kind === 'run' ? endOf(entry) : '',
        ...[log?.mostLines ?? 0, observed, driftKeys.length, looked],
        ...[MAX_LISTED, beginning.at, JSON.stringify(derivedJobs), destinations, ...(log?.lines ?? [])],
      ],
    )
  }
  async function beginAll(beginnings: readonly Beginning[]): Promise<readonly Beginning[]> {
    const now = Date.now()
    const keys: string[] = [...keysAt(now)]
    // Tells an entry from one of a worker that was faster than the ingress and counted nothing, and says where it was counted.
    const place = placeOf(now)
    const args: (string | number)[] = [KEEP_S, MAX_ENTRIES, MAX_TIMELINES, MAX_LISTED]
    args.push(calendar === undefined ? '' : JSON.stringify(figureBounds))
    for (const { of, identities, delivery, isCounted } of beginnings) {
      const id = timelineId(of.key)
      const indexes = new Set(identities.map(indexKey))
      const entry = { ...beginningOf(of), ...(delivery !== undefined && { delivery }) }
      const counted = calendar !== undefined && isCounted ? place : undefined
      const text = JSON.stringify({ ...entry, counted })
      keys.push(timelineKey(id), ...indexes, listKey(tenant, of.event))
      args.push(indexes.size, of.jobId, entry.at, id, text, counted === undefined ? '' : of.event)
    }
    await beginTimelines(redis, keys, args)
    return beginnings
  }
  const beginTogether = createBatches({ most: MAX_BEGUN_AT_ONCE, run: beginAll })
  return {
    /**
     * The event has come. `delivery`: the job id of the quarantined delivery that it was read from. Events that come together are one step
     * of Redis. `isCounted`: as received, unless this beginning is recorded already.
     */
    async begin(
      of: TimelineEvent,
      { delivery, isCounted = true }: { delivery?: string; isCounted?: boolean } = {},
    ): Promise<void> {
      const beginning = { of, identities: of.identities, delivery, isCounted }
      await (beginning.identities.length > MANY_IDENTITIES ? beginAll([beginning]) : beginTogether(beginning))
    },
    record,
    /** The entries of a timeline, oldest first. Empty when there is none. */
    async read(id: string): Promise<readonly TimelineEntry[]> {
      const texts = await redis.lrange(timelineKey(id), 0, -1)
      return texts.flatMap(text => timelineEntry.safeParse(parseJson(text)).data ?? [])
    },
    /** The first entry of a timeline and the last ones: enough for its status. */
    async peek(id: string): Promise<readonly TimelineEntry[]> {
      const [first, last] = await Promise.all([
        redis.lrange(timelineKey(id), 0, 0),
        redis.lrange(timelineKey(id), -MAX_PEEKED, -1),
      ])
      const texts = last.length < MAX_PEEKED || last[0] === first[0] ? last : [...first, ...last]
      return texts.flatMap(text => timelineEntry.safeParse(parseJson(text)).data ?? [])
    },
    /** The ids of the timelines of a person or an opportunity: those of the last day that was written to first. */
    find: (identity: string): Promise<string[]> => redis.zrevrange(indexKey(identity), '0', '-1'),
  }
}

export type Timelines = ReturnType<typeof createTimelines>

interface Beginning {
  readonly of: Omit<TimelineEvent, 'identities'>
  readonly identities: readonly string[]
  readonly delivery: string | undefined
  readonly isCounted: boolean
}

interface WithEntry {
  /** Redis key of the job: its end is counted in the retry that it belongs to, and its log gets the lines. */
  readonly jobKey?: string
  /** Redis keys of the jobs of the events that were read from a quarantined delivery: its retry counts their ends. */
  readonly derivedJobs?: readonly string[]
  readonly log?: LogLines
  readonly figures?: EntryFigures
  /** What the run saw of the members of answers and webhooks. */
  readonly drift?: DriftObserver
  /** The opportunity that the run read. */
  readonly look?: Look
}

/** The end as retries count it. Empty when the job has not ended. */
function endOf(entry: Omit<TimelineRun, 'at'>): string {
  if (entry.outcome === 'retrying' || entry.outcome === 'delayed') return ''
  return entry.outcome === 'failed' ? `failed:${entry.code ?? ''}` : entry.outcome
}

/** The script reads the kind at the beginning, and tells entries by their end. */
const toText = ({ kind, ...entry }: Omit<TimelineEntry, 'at'>, at: number): string =>
  JSON.stringify({ kind, ...entry, at })

const beginningOf = ({ receivedAt, event, key, jobId }: Omit<TimelineEvent, 'identities'>): TimelineEntry => ({
  kind: 'received',
  at: Date.parse(receivedAt) || Date.now(),
  event,
  key,
  jobId,
})

const at = z.number()
const by = z.string()
const times = z.number().int()

/** An entry as Redis holds it. */
export const timelineEntry = z.discriminatedUnion('kind', [
  /** The ingress accepted the event, or it was read out of a quarantined delivery. */
  z.object({
    kind: z.literal('received'),
    at,
    event: z.string(),
    key: z.string(),
    jobId: z.string(),
    /** Job id of that delivery, which is the key of its own timeline. */
    delivery: z.string().optional(),
  }),
  /** The sender delivered the event again; nothing more was done. */
  z.object({ kind: z.literal('duplicate'), at, times: times.optional(), since: at.optional() }),
  /** A worker ran it. `event` and `jobId`: a round of a mark is a job of its own in the same timeline. */
  z.object({
    kind: z.literal('run'),
    at,
    event: z.string(),
    jobId: z.string(),
    /** The last retry of the job by a person (`readRetryMark`). */
    retry: z.string().optional(),
    outcome: z.enum(['done', 'skipped', 'retrying', 'delayed', 'failed']),
    code: z.string().optional(),
    summary: storedMessages.optional(),
    /** What the other system answered, where all its words are those that it says to everybody. */
    answer: z.string().optional(),
    opportunityId: z.string().optional(),
    /** The first of the events that were read out of a quarantined delivery. */
    derivedEvents: z.array(z.object({ event: z.string(), key: z.string() })).optional(),
    /** Set when several runs in a row ended alike: how many, and when the first of them did. */
    times: times.optional(),
    since: at.optional(),
  }),
  z.object({ kind: z.literal('retried'), at, by, jobId: z.string() }),
  z.object({ kind: z.literal('edited'), at, by, jobId: z.string(), fields: z.array(z.string()) }),
  z.object({ kind: z.literal('removed'), at, by, jobId: z.string() }),
  /** A later job stands for what this failed one was for, which is then removed. */
  z.object({ kind: z.literal('superseded'), at, event: z.string(), jobId: z.string() }),
])

/** One thing that happened to an event; `at` in milliseconds since 1970. Never personal data. */
export type TimelineEntry = z.infer<typeof timelineEntry>
export type TimelineRun = Extract<TimelineEntry, { kind: 'run' }>

const LISTS = 'events'
const listKey = (tenant: string, event: string): string => stateKey(tenant, LISTS, event)

/** What the keys of the lists begin with. They may hold a million ids: nothing reads one whole. */
export const eventListPrefix = (tenant: string): string => stateKey(tenant, LISTS, '')

/** Times in milliseconds since 1970, both included. */
export interface ListedSpan {
  readonly from: number
  readonly until: number
  /** So many of them were read before. */
  readonly skip: number
  readonly most: number
}

/** The timeline of an event in the list of its kind, and when the event came. */
export interface ListedTimeline {
  readonly id: string
  readonly at: number
}

/** The lists of all events of a tenant: one for each kind, by the time of their arrival. Scripts of the timelines write them. */
export const createEventLists = (redis: RedisClient, tenant: string) => ({
  /** The events of a kind that came in a span, newest first. */
  async read(event: string, { from, until, skip, most }: ListedSpan): Promise<readonly ListedTimeline[]> {
    const found = await redis.zrevrangebyscore(listKey(tenant, event), until, from, 'WITHSCORES', 'LIMIT', skip, most)
    return Array.from({ length: found.length / 2 }, (_, index) => ({
      id: found[index * 2] ?? '',
      at: Number(found[index * 2 + 1]),
    }))
  },
  /** Takes timelines out of all lists. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await Promise.all(listedKinds.map(kind => redis.zrem(listKey(tenant, kind), ...ids)))
  },
})
