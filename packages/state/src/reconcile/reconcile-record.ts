import { parseJson } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { createRecord, type KnownMembers } from '../redis/record.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { addMember, change } from '../redis/step.ts'

const KEEP_S = 30 * 24 * 3600
const PAUSE_S = 300

/** What became of the last reconcile of a tenant. */
export type ReconcileRecord = KnownMembers<z.infer<typeof reconcileRecord>>
const reconcileRecord = z.looseObject({
  /** Milliseconds since 1970. */
  at: z.number(),
  missing: z.number(),
  sent: z.number(),
  /** Something could not be read, or a person has to decide: `ponte reconcile` says what. */
  needsPerson: z.boolean(),
  /** In how many reconciles in a row something was missing, this one included. One that could not compare everything ends no row. */
  inARow: z.number(),
  /** The last day on which the whole list was read, as yyyy-mm-dd in the time zone of the installation. */
  wholeDay: z.string().optional(),
})

export function createReconcileRecord(redis: RedisClient, tenant: string) {
  const record = createRecord<ReconcileRecord>(redis, {
    schema: reconcileRecord,
    keepS: KEEP_S,
    // The next reconcile writes it anew.
    unreadable: 'absent',
  })
  const key = stateKey(tenant, 'reconciled')
  const pauseKey = stateKey(tenant, 'reconcile-pause')
  return {
    /** Only to show it: its life is not renewed. */
    read: async (): Promise<ReconcileRecord | undefined> =>
      reconcileRecord.safeParse(parseJson((await redis.get(key)) ?? '')).data,
    /** A system could not be asked: for five minutes no worker asks again. */
    pause: async (): Promise<void> => void (await redis.set(pauseKey, '1', 'EX', PAUSE_S)),
    isPaused: async (): Promise<boolean> => (await redis.exists(pauseKey)) === 1,
    /** Two at once may count one of them. */
    async write({ wholeDay, ...result }: Omit<ReconcileRecord, 'inARow'>): Promise<void> {
      const before = await record.read(key)
      const row = before?.inARow ?? 0
      const inARow = result.missing > 0 ? row + 1 : result.needsPerson ? row : 0
      const day = wholeDay ?? before?.wholeDay
      await record.write(key, { ...result, inARow, ...(day !== undefined && { wholeDay: day }) })
    },
  }
}

/** Those that converted last. A reconcile looks at no more contacts of a segmentation. */
const MOST = 10_000

interface ContactConversion {
  readonly uuid: string
  /** Milliseconds since 1970. */
  readonly convertedAt: number
}

/**
 * The conversions that fire no webhook and that a reconcile has looked at: it asks RD Station for each once. They are kept as keyed
 * fingerprints, so that nothing of a person is there. `settings`: those that decide; with others a conversion is looked at once more.
 */
export function createRejectedConversions(
  redis: RedisClient,
  tenant: string,
  fingerprint: Fingerprint,
  settings: string,
) {
  const key = stateKey(tenant, 'reconcile-rejected')
  const memberOf = ({ uuid, convertedAt }: ContactConversion): string =>
    fingerprint.exact(JSON.stringify(['rejected', uuid, convertedAt, settings]))
  return {
    async areRejected(conversions: readonly ContactConversion[]): Promise<readonly boolean[]> {
      if (conversions.length === 0) return []
      const scores = await redis.zmscore(key, ...conversions.map(memberOf))
      return scores.map(score => score !== null)
    },
    remember: (conversion: ContactConversion): Promise<void> =>
      change(redis, [
        addMember(key, {
          ...{ member: memberOf(conversion), score: conversion.convertedAt },
          ...{ keepS: KEEP_S, mostMembers: MOST, keepsScore: true },
        }),
      ]),
  }
}
