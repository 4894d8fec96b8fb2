import { stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'

const PREFIX = 'update-'

/** The deduplication id of the updates of an opportunity: while one of them waits, a further one is the same job. */
export const updateId = (opportunityId: string): string => PREFIX + opportunityId

export const isUpdateId = (deduplicationId: string | undefined): boolean => deduplicationId?.startsWith(PREFIX) === true

/**
 * Which job has an update of an opportunity, by its event key. Other events are remembered by the queue, in one step with their job;
 * updates are not, because several of them may be one job. Losing a key costs a look at the opportunity, nothing else.
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
