import { setTimeout as sleep } from 'node:timers/promises'
import { identifiedEventOfJob, isEventName, isRecord, isJobName, jobs } from '@ponte/contracts'
import type { TenantQueues } from '@ponte/runtime'
import { createTimelines, type Fingerprint, type TimelineRun, type RedisClient } from '@ponte/state'
import type { Job } from 'bullmq'

const MAX_JOBS = 999
const MAX_WAITS = 40
const WAIT_MS = 250

/** One event of the rehearsal, as Ponte has recorded it. */
export interface SeenEvent {
  /** Id of its timeline. */
  readonly id: string
  readonly name: string
  readonly key: string
  readonly jobIds: readonly string[]
  readonly runs: readonly TimelineRun[]
  /** The run that ended it; absent while it waits. */
  readonly end: TimelineRun | undefined
}

export type PonteEvents = ReturnType<typeof createPonteEvents>

/** What ingress and workers recorded: a rehearsal looks at Ponte only from outside. */
export function createPonteEvents({
  redis,
  tenant,
  fingerprint,
  queues,
}: {
  redis: RedisClient
  tenant: string
  fingerprint: Fingerprint
  queues: TenantQueues
}) {
  const timelines = createTimelines(redis, tenant, fingerprint)

  /** The events of a person or an opportunity, the newest first. */
  async function of(identity: string): Promise<readonly SeenEvent[]> {
    const ids = await timelines.find(identity)
    const read = await Promise.all(ids.map(async id => ({ id, entries: await timelines.read(id) })))
    return read.flatMap(({ id, entries }) => {
      const [first] = entries
      if (first?.kind !== 'received') return []
      const runs = entries.filter(entry => entry.kind === 'run')
      // A job that writes `statusRD` stands in the timeline of the mark.
      const last = runs.filter(run => run.event === first.event).at(-1)
      const isOver = last !== undefined && last.outcome !== 'retrying' && last.outcome !== 'delayed'
      return [
        {
          id,
          name: first.event,
          key: first.key,
          jobIds: [...new Set(entries.flatMap(entry => ('jobId' in entry ? [entry.jobId] : [])))],
          runs,
          end: isOver ? last : undefined,
        },
      ]
    })
  }

  async function removeJob(job: Job): Promise<void> {
    await job.remove()
    // A job that follows the event, and has not run, is not in its timeline.
    const isKnown = job.finishedOn !== undefined || (isEventName(job.name) && job.data.round === undefined)
    if (!isKnown) return
    const removal = { kind: 'removed', at: Date.now(), by: 'rehearse', jobId: job.id ?? '' } as const
    await timelines.record(await identifiedEventOfJob(job), removal)
  }

  return {
    of,
    /** The data of an event's job. Empty when the job is gone. */
    async dataOf({ jobIds, name }: SeenEvent): Promise<Readonly<Record<string, unknown>>> {
      const queue = queues[isJobName(name) ? jobs[name].destination : 'quarantine']
      for (const id of jobIds) {
        const job = await queue.getJob(id)
        if (job !== undefined && isRecord(job.data)) return job.data
      }
      return {}
    },
    /**
     * Removes what waits or failed of these opportunities and of the run's deliveries, and says so in their timelines: nobody should be told
     * of a rehearsal's failures. Waits for what is running, for some seconds at most.
     */
    async removeJobs({
      opportunities,
      isOwnDelivery,
    }: {
      opportunities: readonly string[]
      isOwnDelivery: (lead: Readonly<Record<string, unknown>>) => boolean
    }): Promise<void> {
      const isOfRehearsal = (data: unknown): boolean =>
        isRecord(data) &&
        (opportunities.includes(String(data['opportunityId'])) ||
          (isRecord(data['lead']) && isOwnDelivery(data['lead'])))
      for (let times = 0; times < MAX_WAITS; times += 1) {
        let isRunning = false
        for (const queue of [queues['rd-station'], queues['totvs-crm']]) {
          const jobs = await queue.getJobs(['delayed', 'failed', 'wait', 'prioritized'], 0, MAX_JOBS)
          for (const job of jobs) if (isOfRehearsal(job.data)) await removeJob(job).catch(() => undefined)
          const running = await queue.getJobs(['active'], 0, MAX_JOBS)
          isRunning ||= running.some(job => isOfRehearsal(job.data))
        }
        if (!isRunning) return
        await sleep(WAIT_MS)
      }
    },
  }
}
