import type { EventName } from '@ponte/contracts'
import { stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'

const PREFIX = 'update-'

/**
 * The deduplication id of an event that shares a job with the waiting events of its opportunity: while one waits, a further one is the same
 * job.
 */
export const updateId = (name: EventName, opportunityId: string): string => `${PREFIX}${name}-${opportunityId}`

export const isUpdateId = (deduplicationId: string | undefined): boolean => deduplicationId?.startsWith(PREFIX) === true

/**
 * Remembers by its event key which job has an update of an opportunity. The queue remembers other events, in one step with their job. It
 * cannot remember updates, because several of them may be one job. If a key is lost, the opportunity is read once more, nothing else.
 */
export function createUpdateEvents(redis: Redis, { tenant, keepMs }: { tenant: string; keepMs: number }) {
  const keyOf = (eventKey: string): string => stateKey(tenant, 'update', eventKey)
  return {
    jobOf: async (eventKey: string): Promise<string | undefined> => (await redis.get(keyOf(eventKey))) ?? undefined,
    remember: async (eventKey: string, jobId: string): Promise<void> => {
      await redis.set(keyOf(eventKey), jobId, 'PX', keepMs)
    },
  }
}
