import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { loadScripts, listOf } from '../redis/load-script.ts'
import type { RedisClient } from '../redis/redis-client.ts'
import { isRecord, type Owner, ownerOf, parseJson } from '@ponte/contracts'

/** A switch has to come within this time after a tenant went live without one. */
export const KEEP_SHADOW_MS = 7 * 24 * 3_600_000
const MAX_SHADOW_JOBS = 5000
/** A quarter of the calls that RD Station allows for the funnel of one contact, to Ponte and the package together. */
const MAX_FUNNEL_READS = 6
const FUNNEL_READS_KEEP_S = 24 * 3600

/** Lua functions that write into a job who owns it: for scripts that add jobs. */
export const ownerFunctions = readFileSync(path.join(import.meta.dirname, 'owner.lua'), 'utf8')
const script = loadScripts(import.meta.dirname, 'tenant-mode.lua')
const declareMode = script('declare-mode', { functions: ownerFunctions })
const goBack = script('go-back', { functions: ownerFunctions })
const endInShadow = script('end-in-shadow', { functions: ownerFunctions })
const pruneShadow = script('prune-shadow', { functions: ownerFunctions })
const switchOff = script('switch-off', { functions: ownerFunctions })
const endGoingLive = script('end-going-live', { functions: ownerFunctions })
const dropJobs = script('drop-jobs', { functions: ownerFunctions })
const replaceJob = script('replace-job', { functions: ownerFunctions })
const keepRest = script('keep-rest', { functions: ownerFunctions })

const switchAnswer = z.enum(['ok', 'before-shadow', 'pruned', 'earlier', 'live'])

/** Held while kept jobs are enqueued, and while a person is erased: a job that was read must not come back. */
export const goingLiveLock = (tenant: string): string => stateKey(tenant, 'lock', 'going-live')

/** The mode of a tenant, and what it keeps of its shadow. Redis holds it for all processes: see docs/behaviour/shadow.md. */
export function createTenantMode(redis: RedisClient, tenant: string) {
  const [jobsKey, indexKey] = [stateKey(tenant, 'shadow-jobs'), stateKey(tenant, 'shadow-index')]
  const [restKey, restIndexKey] = [stateKey(tenant, 'rest-jobs'), stateKey(tenant, 'rest-index')]
  const keys = [modeKey(tenant), jobsKey, indexKey, restKey, restIndexKey]
  const bounds = [KEEP_SHADOW_MS, MAX_SHADOW_JOBS]

  const readJobs = async (key: string, ids: readonly string[]): Promise<readonly KeptJob[]> =>
    readKeptJobs(ids.length === 0 ? [] : await redis.hmget(key, ...ids))
  const end = async (job: KeptJob, isSkipped: 'skipped' | ''): Promise<boolean> =>
    (await endInShadow(redis, keys, [job.id, JSON.stringify(job), job.receivedAt, ...bounds, isSkipped])) === 1
  const read = async (): Promise<ModeRecord> => modeRecord.parse(await redis.hgetall(modeKey(tenant)))
  const drop = async (jobIds: readonly string[]): Promise<void> => {
    await dropJobs(redis, keys, jobIds)
  }
  /** Erased meanwhile, or of a newer version: nothing may wait for it for ever. */
  async function readAll(key: string, ids: readonly string[]): Promise<readonly KeptJob[]> {
    const jobs = await readJobs(key, ids)
    const found = new Set(jobs.map(({ id }) => id))
    const gone = ids.filter(id => !found.has(id))
    if (gone.length > 0) await drop(gone)
    return jobs
  }

  return {
    /**
     * Tells what the tenants file says, and gives the record. Where Redis holds no mode, it holds this one from now on. A file that says
     * `live` ends the shadow for all processes, but for one that a way back began: that waits for a switch. `isGoingLive` then says whether
     * something has to be done first. A file that says `shadow` ends nothing: `goBack` does. `onlyIfMissing`: only a missing mode is set.
     */
    async declare(
      mode: ModeRecord['mode'],
      { onlyIfMissing = false }: { readonly onlyIfMissing?: boolean } = {},
    ): Promise<ModeRecord> {
      return toModeRecord(await declareMode(redis, keys, [mode, onlyIfMissing ? '1' : '']))
    },
    /**
     * Brings a live tenant back into the shadow: what comes from now on is the shadow's. What is Ponte's is still done (`isDraining`), until
     * `how` is `now` or `drained`: then what is left of it is the rest. Undefined, and nothing changes, while the tenant goes live, except
     * `now`: what was to be enqueued then is part of the rest.
     */
    async goBack(how: 'draining' | 'drained' | 'now'): Promise<ModeRecord | undefined> {
      const answer = await goBack(redis, keys, [how])
      return answer === null ? undefined : toModeRecord(answer)
    },
    /** Live since 0 when Redis has no record. */
    read,
    /** Keeps a job that ends in the shadow. False, and nothing is kept, when the tenant is not in the shadow in this step. */
    endInShadow: async (job: KeptJob): Promise<boolean> => await end(job, ''),
    /**
     * Keeps a job that came in the shadow and is skipped live, because no switch has named the end of the package: a switch may still come.
     * False when it has come meanwhile.
     */
    keepSkipped: async (job: KeptJob): Promise<boolean> => await end(job, 'skipped'),
    /** Counts a reading of the contact's funnel in the shadow. False when the shadow has had its share of the day. */
    async takeFunnelRead(uuid: string): Promise<boolean> {
      const key = stateKey(tenant, 'shadow-funnel', `uuid-${uuid}`)
      const answers = await redis.multi().set(key, 0, 'EX', FUNNEL_READS_KEEP_S, 'NX').incr(key).exec()
      return Number(answers?.[1]?.[1]) <= MAX_FUNNEL_READS
    },
    /** What came last in the shadow, newest first. */
    async newest(most: number): Promise<readonly KeptJob[]> {
      return await readJobs(jobsKey, most === 0 ? [] : await redis.zrevrange(indexKey, 0, most - 1))
    },
    /**
     * The package is off since then: what was received since is Ponte's. `before-shadow`, `pruned`: it is not known what came since then.
     * `earlier`: than the time that an earlier call gave, to which opportunities were recorded. `live`: what came since the time of an earlier
     * call is done, or is being done. A refused time changes nothing.
     */
    async switchOff(offAt: number): Promise<z.infer<typeof switchAnswer>> {
      return switchAnswer.parse(await switchOff(redis, keys, [offAt]))
    },
    /** What is to be enqueued, newest first: each goes before those that were enqueued before it. */
    async due(most: number): Promise<readonly KeptJob[]> {
      const { offAt } = await read()
      const ids = offAt === undefined ? [] : await redis.zrevrangebyscore(indexKey, '+inf', offAt, 'LIMIT', 0, most)
      return await readAll(jobsKey, ids)
    },
    /** Nothing is due any more, and no job waits that needs another owner: the tenant is live. False when something is due again. */
    endGoingLive: async (): Promise<boolean> => (await endGoingLive(redis, keys)) === 1,
    /** Takes these jobs out of the shadow and the rest: they are in the queue, or erased. */
    drop,
    /** Replaces a kept job by one without what had to be erased. Its place stays. Does nothing when it is gone. */
    async replace(job: KeptJob): Promise<void> {
      await replaceJob(redis, keys, [job.id, JSON.stringify(job)])
    },
    /** Removes what is no longer kept. Each end of a job does that as well. */
    async prune(): Promise<void> {
      await pruneShadow(redis, keys, bounds)
    },
    /** What was Ponte's and undone when the package took over again. It waits outside the queues until a person sends or drops it. */
    rest: {
      /**
       * Keeps a job of the rest. False, and nothing is kept, unless the tenant is in the shadow and drains no more. `jobKey`: that of the job
       * in its queue. One that was erased meanwhile is not kept.
       */
      keep: async (job: KeptJob, jobKey?: string): Promise<boolean> =>
        (await keepRest(redis, jobKey === undefined ? keys : [...keys, jobKey], [
          job.id,
          JSON.stringify(job),
          job.receivedAt,
        ])) === 1,
      count: async (): Promise<number> => await redis.zcard(restIndexKey),
      /** The oldest first. */
      oldest: async (most: number): Promise<readonly KeptJob[]> =>
        await readAll(restKey, await redis.zrange(restIndexKey, '0', String(most - 1))),
    },
  }
}

export type TenantMode = ReturnType<typeof createTenantMode>

const time = z.coerce.number().optional()
const flag = z
  .literal('1')
  .transform((): true => true)
  .optional()

/** Whether Ponte writes for a tenant. All times in milliseconds since 1970. */
export type ModeRecord = z.infer<typeof modeRecord>
export const modeRecord = z.object({
  mode: z.enum(['shadow', 'live']).default('live'),
  since: z.coerce.number().default(0),
  /** When the last shadow began, and when it ended. Absent: there was none; it has not ended. */
  shadowSince: time,
  shadowEndedAt: time,
  /** When the package was off, as `switch` was told, and when `switch` was told it. */
  offAt: time,
  switchedAt: time,
  /** Of the jobs of the shadow, those received until then may be gone. */
  prunedUntil: time,
  /** Jobs of the shadow are still to be enqueued: until then no job of the tenant runs. */
  isGoingLive: flag,
  /** On the way back: what is Ponte's is still done. */
  isDraining: flag,
  /** After a way back: a tenants file that says `live` does not count before `switch` has named a new time. */
  needsSwitch: flag,
  /** Until when the package had done the work before this shadow. Absent: it never did. */
  formerUntil: time,
})

/** A job that is kept outside the queues, as it was: personal data. */
export type KeptJob = z.infer<typeof keptJob>
const keptJob = z.object({
  id: z.string(),
  queue: z.enum(['totvs-crm', 'rd-station', 'quarantine']),
  name: z.string(),
  data: z.unknown(),
  /** Milliseconds since 1970. */
  receivedAt: z.number(),
  /** BullMQ's. Absent: before all jobs that have one. */
  priority: z.number().optional(),
  /** Milliseconds since 1970. A job that was delayed does not run earlier, also when it is sent. */
  dueAt: z.number().optional(),
})

/** The kept jobs in texts of Redis. One that is gone, or of a newer version, is left out. */
const readKeptJobs = (texts: readonly (string | null)[]): readonly KeptJob[] =>
  texts.flatMap(text => keptJob.safeParse(parseJson(text ?? '')).data ?? [])

/** Until when the package did the work of the tenant, in milliseconds since 1970: in the shadow it still does. Absent: it never did. */
export const packageUntil = ({ mode, offAt, shadowEndedAt }: ModeRecord): number | undefined =>
  mode === 'shadow' ? Infinity : (offAt ?? shadowEndedAt)

/** What is known of an event: who owns it, and when it was received, in milliseconds since 1970. */
export interface OwnedEvent {
  readonly owner: Owner
  readonly receivedAt: number
}

/** Whether an event of the shadow that runs live is the package's. What is Ponte's stays Ponte's, whatever the times say. */
export const isOfPackage = (record: ModeRecord, { owner, receivedAt }: OwnedEvent): boolean =>
  owner === 'shadow' && record.mode === 'live' && receivedAt < (packageUntil(record) ?? Infinity)

/** An event of Ponte's runs after the package has taken over again: it may have done it meanwhile. */
export const isLate = (record: ModeRecord, { owner, receivedAt }: OwnedEvent): boolean =>
  owner === 'ponte' && (record.mode === 'shadow' || receivedAt < (record.shadowSince ?? -Infinity))

/**
 * Whether a job with these data is part of the rest: it is Ponte's, and its tenant is back in the shadow and drains no more. One that a
 * person has sent in this shadow is not.
 */
export const isRest = ({ mode, isDraining, shadowSince }: ModeRecord, data: unknown): boolean =>
  mode === 'shadow' &&
  isDraining !== true &&
  ownerOf(data) === 'ponte' &&
  !(isRecord(data) && data['sentIn'] === shadowSince)

/** `packageUntil` as it was for an event: one of Ponte's from before this shadow came while the package was off. */
export const packageUntilFor = (record: ModeRecord, event: OwnedEvent): number | undefined =>
  event.owner === 'ponte' && (record.mode === 'shadow' || event.receivedAt < (record.shadowSince ?? -Infinity))
    ? record.formerUntil
    : packageUntil(record)

/**
 * Whether processes with a tenants file of this mode may start jobs of the tenant. The way back is a command's: a file alone brings no
 * tenant into the shadow, and after a way back none brings it out before a switch.
 */
export const isFollowedBy = (record: ModeRecord, modeOfFile: ModeRecord['mode']): boolean => record.mode === modeOfFile

/**
 * The command that people must run before processes with a tenants file of this mode start jobs of the tenant. Undefined: none. Where Redis
 * has no mode yet, or no way back stands against `live`, it follows the next process that tells its file.
 */
export function neededCommand(record: ModeRecord, modeOfFile: ModeRecord['mode']): 'shadow' | 'switch' | undefined {
  if (record.since === 0 || isFollowedBy(record, modeOfFile)) return undefined
  if (modeOfFile === 'shadow') return 'shadow'
  return record.needsSwitch === true ? 'switch' : undefined
}

export const modeKey = (tenant: string): string => stateKey(tenant, 'mode')

/** Reads the record from the fields and values of its hash. */
export function toModeRecord(answer: unknown): ModeRecord {
  const texts = listOf(answer).map(String)
  return modeRecord.parse(Object.fromEntries(texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1]]] : []))))
}
