import { type Identities, identityText } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'

const KEY_PREFIX = 'import-'
const DONE_KEEP_S = 400 * 24 * 3600
/** Jobs of imports that wait or run, over all imports of a tenant. */
export const MAX_IMPORTING = 500
/** A place was taken and its job is not there yet. After this time the command that took it is taken to be dead. */
const UNUSED_PLACE_MS = 60_000

const takePlaces = loadScript(import.meta.dirname, 'take-places.lua')

/** Whether an event is a row of an import. */
export const isImportKey = (eventKey: string): boolean => eventKey.startsWith(KEY_PREFIX)

/**
 * What `ponte import` has done and is doing for one tenant (docs/behaviour/leads.md#imports). A row is recorded when its job is done, so that a
 * row whose job failed can be imported again. Until then the queue recognises it by its event key.
 */
export function createImports(redis: RedisClient, tenant: string, fingerprint: Fingerprint) {
  const doneKey = (eventKey: string): string => stateKey(tenant, 'imported', eventKey)
  const importing = stateKey(tenant, 'importing')
  return {
    /** The event key of a row. `options`: what else decides what becomes of it; with others it is another row. */
    keyOf: (row: string, options: { readonly opensOpportunity: boolean }): string =>
      `${KEY_PREFIX}${fingerprint.exact(JSON.stringify(['import', options.opensOpportunity, row]))}`,
    /** Which of the rows are done, in their order. */
    areDone: async (eventKeys: readonly string[]): Promise<readonly boolean[]> =>
      eventKeys.length === 0 ? [] : (await redis.mget(eventKeys.map(doneKey))).map(value => value !== null),
    /** The row is done. The identities are kept as fingerprints, so that `ponte erase` finds the record. */
    async remember(eventKey: string, identities: Identities): Promise<void> {
      const people = identities.map(identity => fingerprint(identityText(identity))).join(' ')
      await redis.set(doneKey(eventKey), people, 'EX', DONE_KEEP_S)
    },
    /**
     * Takes places for jobs that are about to be added, the first ones if there is not room for all; resolves to how many. A job that has
     * ended or was removed leaves its place. `jobKeyPrefix`: what stands before a job's id in its key.
     */
    takePlaces: async (jobIds: readonly string[], jobKeyPrefix: string): Promise<number> =>
      Number(await takePlaces(redis, [importing], [MAX_IMPORTING, UNUSED_PLACE_MS, jobKeyPrefix, ...jobIds])),
    /** The job was not added. */
    leavePlace: async (jobId: string): Promise<void> => {
      await redis.zrem(importing, jobId)
    },
  }
}

export type Imports = ReturnType<typeof createImports>
