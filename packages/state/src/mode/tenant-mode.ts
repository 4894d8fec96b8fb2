import { readFileSync } from 'node:fs'
import path from 'node:path'
import { destinations, parseJson } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { listOf, loadScript } from '../redis/load-script.ts'

/** A switch has to come within this time after a tenant went live without one. */
export const KEEP_SHADOW_MS = 7 * 24 * 3_600_000
const MOST_SHADOW_JOBS = 5000
/** A quarter of the calls that RD Station allows for the funnel of one contact, to Ponte and the package together. */
const MOST_FUNNEL_READS = 6
const FUNNEL_READS_KEEP_S = 24 * 3600

/** Lua functions that write into a job who owns it: for scripts that add jobs. */
export const ownerFunctions = readFileSync(path.join(import.meta.dirname, 'owner.lua'), 'utf8')
const functions = `${ownerFunctions}\n${readFileSync(path.join(import.meta.dirname, 'shadow.lua'), 'utf8')}`
const declareMode = loadScript(import.meta.dirname, 'declare-mode.lua', { functions })
const endInShadow = loadScript(import.meta.dirname, 'end-in-shadow.lua', { functions })
const pruneShadow = loadScript(import.meta.dirname, 'prune-shadow.lua', { functions })
const switchOff = loadScript(import.meta.dirname, 'switch-off.lua', { functions })
const dropJobs = loadScript(import.meta.dirname, 'drop-jobs.lua', { functions })
const replaceJob = loadScript(import.meta.dirname, 'replace-job.lua', { functions })

const time = z.coerce.number().optional()

/** Whether Ponte writes for a tenant. All times in milliseconds since 1970. */
export type ModeRecord = z.infer<typeof modeRecord>
const modeRecord = z.object({
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
  isGoingLive: z
    .literal('1')
    .transform(() => true)
    .optional(),
})

/** A job that ended in the shadow, as it was: personal data. */
export type ShadowJob = z.infer<typeof shadowJob>
const shadowJob = z.object({
  id: z.string(),
  queue: z.enum(destinations),
  name: z.string(),
  data: z.unknown(),
  /** Milliseconds since 1970. */
  receivedAt: z.number(),
})

const switchAnswer = z.enum(['ok', 'before-shadow', 'pruned', 'earlier', 'live'])

/** Until when the package did the work of the tenant, in milliseconds since 1970: in the shadow it still does. Absent: it never did. */
export const packageUntil = ({ mode, offAt, shadowEndedAt }: ModeRecord): number | undefined =>
  mode === 'shadow' ? Infinity : (offAt ?? shadowEndedAt)

/** Whether an event that runs live came while the package did the work: then it is the package's. */
export const isOfPackage = (record: ModeRecord, receivedAt: number): boolean =>
  record.mode === 'live' &&
  receivedAt >= (record.shadowSince ?? Infinity) &&
  receivedAt < (packageUntil(record) ?? -Infinity)

/** Held while jobs of the shadow are enqueued, and while a person is erased: a job that was read must not come back. */
export const goingLiveLock = (tenant: string): string => stateKey(tenant, 'lock', 'going-live')
export const modeKey = (tenant: string): string => stateKey(tenant, 'mode')

/** Reads the record from the fields and values of its hash. */
export function toModeRecord(answer: unknown): ModeRecord {
  const texts = listOf(answer).map(String)
  return modeRecord.parse(Object.fromEntries(texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1]]] : []))))
}

/** The mode of a tenant, and what it keeps of its shadow. Redis holds it for all processes: see docs/behaviour.md#shadow. */
export function createTenantMode(redis: RedisClient, tenant: string) {
  const jobsKey = stateKey(tenant, 'shadow-jobs')
  const indexKey = stateKey(tenant, 'shadow-index')
  const keys = [modeKey(tenant), jobsKey, indexKey]
  const bounds = [KEEP_SHADOW_MS, MOST_SHADOW_JOBS]

  async function readJobs(ids: readonly string[]): Promise<readonly ShadowJob[]> {
    const texts = ids.length === 0 ? [] : await redis.hmget(jobsKey, ...ids)
    return texts.flatMap(text => shadowJob.safeParse(parseJson(text ?? '')).data ?? [])
  }
  const end = async (job: ShadowJob, isSkipped: 'skipped' | ''): Promise<boolean> =>
    (await endInShadow(redis, keys, [job.id, JSON.stringify(job), job.receivedAt, ...bounds, isSkipped])) === 1
  const read = async (): Promise<ModeRecord> => modeRecord.parse(await redis.hgetall(modeKey(tenant)))

  return {
    /**
     * Sets the mode for all processes, and gives the record. From the shadow to live, `isGoingLive` says whether jobs are to be enqueued
     * first. `onlyIfMissing`: an earlier declaration stays. `changedAt`: when the settings that say so were last changed. A declaration from
     * older settings than an earlier one changes nothing: a process that still has the old tenants file must not undo a switch.
     */
    async declare(
      mode: ModeRecord['mode'],
      {
        onlyIfMissing = false,
        changedAt,
      }: { readonly onlyIfMissing?: boolean; readonly changedAt?: number | undefined } = {},
    ): Promise<ModeRecord> {
      return toModeRecord(await declareMode(redis, keys, [mode, onlyIfMissing ? '1' : '', changedAt ?? '']))
    },
    /** Live since 0 when Redis has no record. */
    read,
    /** Keeps a job that ends in the shadow. False, and nothing is kept, when the tenant is not in the shadow in this step. */
    endInShadow: async (job: ShadowJob): Promise<boolean> => await end(job, ''),
    /**
     * Keeps a job that came in the shadow and is skipped live, because no switch has named the end of the package: a switch may still come.
     * False when it has come meanwhile.
     */
    keepSkipped: async (job: ShadowJob): Promise<boolean> => await end(job, 'skipped'),
    /** Counts a reading of the contact's funnel in the shadow. False when the shadow has had its share of the day. */
    async takeFunnelRead(uuid: string): Promise<boolean> {
      const key = stateKey(tenant, 'shadow-funnel', `uuid-${uuid}`)
      const answers = await redis.multi().set(key, 0, 'EX', FUNNEL_READS_KEEP_S, 'NX').incr(key).exec()
      return Number(answers?.[1]?.[1]) <= MOST_FUNNEL_READS
    },
    /** What came last in the shadow, newest first. */
    async newest(most: number): Promise<readonly ShadowJob[]> {
      return await readJobs(most === 0 ? [] : await redis.zrevrange(indexKey, 0, most - 1))
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
    async due(most: number): Promise<readonly ShadowJob[]> {
      const { offAt } = await read()
      const ids = offAt === undefined ? [] : await redis.zrevrangebyscore(indexKey, '+inf', offAt, 'LIMIT', 0, most)
      const jobs = await readJobs(ids)
      // Erased meanwhile, or of a newer version: nothing may wait for it for ever.
      const found = new Set(jobs.map(({ id }) => id))
      const gone = ids.filter(id => !found.has(id))
      if (gone.length > 0) await dropJobs(redis, keys, gone)
      return jobs
    },
    /** Takes these jobs out of the shadow: they are in the queue, or erased. Once none is due, the tenant no longer goes live: it is. */
    async drop(jobIds: readonly string[]): Promise<void> {
      await dropJobs(redis, keys, jobIds)
    },
    /** Replaces a job of the shadow by one without what had to be erased. Its place stays. Does nothing when it is gone. */
    async replace(job: ShadowJob): Promise<void> {
      await replaceJob(redis, keys, [job.id, JSON.stringify(job)])
    },
    /** Removes what is no longer kept. Each end of a job does that as well. */
    async prune(): Promise<void> {
      await pruneShadow(redis, keys, bounds)
    },
  }
}

export type TenantMode = ReturnType<typeof createTenantMode>
