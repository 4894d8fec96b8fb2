import type { EventName } from '@ponte/contracts'
import { stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'

const PREFIX = 'update-'

/**
 * The deduplication id of an event that is done as one with those of its opportunity that wait: while one of them waits, a further one
 * is the same job. Queues hold the id of `opportunity.updated` as the first versions made it, without the name of the event.
 */
export const updateId = (name: EventName, opportunityId: string): string =>
  PREFIX + (name === 'opportunity.updated' ? '' : `${name}-`) + opportunityId

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
