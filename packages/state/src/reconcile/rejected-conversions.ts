import type { RedisClient } from '../redis/redis-client.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { addMember } from '../redis/change.ts'
import { stateKey } from '../redis/keys.ts'
import { change } from '../redis/step.ts'

const KEEP_S = 30 * 24 * 3600
/** Those that converted last. A reconcile looks at no more contacts of a segmentation. */
const MOST = 10_000

export interface Conversion {
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
  const memberOf = ({ uuid, convertedAt }: Conversion): string =>
    fingerprint.exact(JSON.stringify(['rejected', uuid, convertedAt, settings]))
  return {
    async areRejected(conversions: readonly Conversion[]): Promise<readonly boolean[]> {
      if (conversions.length === 0) return []
      const scores = await redis.zmscore(key, ...conversions.map(memberOf))
      return scores.map(score => score !== null)
    },
    remember: (conversion: Conversion): Promise<void> =>
      change(redis, [
        addMember(key, {
          ...{ member: memberOf(conversion), score: conversion.convertedAt },
          ...{ keepS: KEEP_S, mostMembers: MOST, keepsScore: true },
        }),
      ]),
  }
}
