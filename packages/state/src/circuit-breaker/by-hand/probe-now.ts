import type { System } from '@ponte/contracts'
import type { RedisClient } from '../../redis/redis-client.ts'
import { listOf, loadScript } from '../../redis/load-script.ts'
import { breakerKey } from '../circuit-breaker.ts'
import { REFUSAL_GROWTH, REFUSAL_KEEP_MS, refusalsKey } from '../credential-refusals.ts'

const probeNow = loadScript(import.meta.dirname, 'probe-now.lua')

/** A pause of a breaker doubles with each failed probe (circuit-breaker.lua). */
const BREAKER_GROWTH = 2
/** A check of a refused credential is a login, and many systems lock a user after a handful of wrong ones. */
const MIN_LOGIN_PAUSE_MS = 60_000

/**
 * `now`: the next job that needs the system probes it. `probing`: a job probes it already. `throttled`: the system said how long to wait,
 * and asking earlier may make the wait longer. `recent`: a person had a refused credential checked within the last minute. `closed`: there
 * is nothing to check.
 */
export interface ProbeNow {
  readonly kind: 'now' | 'probing' | 'recent' | 'throttled' | 'closed'
  /** The job that probed last. It waits for the end of the pause, and may be the only job that needs the system. */
  readonly lastJob?: string
}

/**
 * Ends the pause of an open breaker or a refused credential, because a person asks whether the system is back. One job probes then, without
 * spending an attempt. If the probe fails, the next pause is no longer than this one was.
 */
export async function probeSystemNow(redis: RedisClient, tenant: string, system: System): Promise<ProbeNow> {
  const keys = [breakerKey(tenant, system), refusalsKey(tenant, system)]
  const [kind, lastJob] = listOf(
    await probeNow(redis, keys, [BREAKER_GROWTH, REFUSAL_GROWTH, REFUSAL_KEEP_MS, MIN_LOGIN_PAUSE_MS]),
  )
  if (kind === 'now') return { kind, ...(typeof lastJob === 'string' && { lastJob }) }
  return { kind: kind === 'probing' || kind === 'recent' || kind === 'throttled' ? kind : 'closed' }
}
