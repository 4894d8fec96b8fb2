import { modeKey, type ModeRecord, toModeRecord } from '../mode/tenant-mode.ts'
import { listOf, loadScript } from '../redis/load-script.ts'
import type { RedisClient } from '../redis/redis-client.ts'
import { breakerKey, type CallKind, codeOr, failuresKey } from './circuit-breaker.ts'
import { readRefusal, refusalsKey, REFUSAL_GROWTH, REFUSAL_KEEP_MS } from './credential-refusals.ts'
import { type BreakerReason, type Destination, type FailureCode, type System, systems } from '@ponte/contracts'

/** A breaker that is open, or half-open once `until` has passed. */
export interface OpenBreaker {
  readonly system: System
  readonly reason: BreakerReason
  readonly code: FailureCode
  /** Which calls have to wait: `read` stops all of them, `write` lets reads through. */
  readonly kind: CallKind
  /** The HTTP status of the last answer that failed, where there was one. */
  readonly status?: number
  /** Milliseconds since 1970. */
  readonly since: number
  readonly until: number
}

/** Every breaker of a tenant that is not closed: for the board, the metrics and the alerts. */
export async function readOpenBreakers(redis: RedisClient, tenant: string): Promise<readonly OpenBreaker[]> {
  const found = await Promise.all(
    systems.map(async system => {
      const refusal = await readRefusal(redis, tenant, system)
      if (refusal === undefined) return await readBreaker(redis, tenant, system)
      const { code, since, until } = refusal
      return { system, reason: 'revoked', code: codeOr(code, system), kind: 'read', since, until } as const
    }),
  )
  return found.filter(breaker => breaker !== undefined)
}

async function readBreaker(redis: RedisClient, tenant: string, system: System): Promise<OpenBreaker | undefined> {
  const { reason, code = '', kind, status = '', since, until } = await redis.hgetall(breakerKey(tenant, system))
  if (reason !== 'down' && reason !== 'throttled' && reason !== 'revoked') return undefined
  const openFor = kind === 'write' ? kind : 'read'
  return {
    system,
    reason,
    code: codeOr(code, system),
    kind: openFor,
    since: Number(since),
    until: Number(until),
    ...(status !== '' && { status: Number(status) }),
  }
}

/** How a job of each destination uses each system. A job that marks reads the opportunity in TOTVS CRM first. */
const uses: Readonly<Record<Destination, Readonly<Partial<Record<System, CallKind>>>>> = {
  'totvs-crm': { 'totvs-crm': 'write' },
  'rd-station': { 'totvs-crm': 'read', 'rd-station': 'write' },
}

/** The systems that a job of a destination calls, in the order of the calls, and whether it writes there. */
export const needsOf = (destination: Destination): readonly (readonly [System, CallKind])[] =>
  systems.flatMap(system => {
    const kind = uses[destination][system]
    return kind === undefined ? [] : [[system, kind] as const]
  })

/** Does this breaker make the jobs of a queue wait? Deliveries in quarantine call no system. */
export const blocks = (
  { system, kind }: Pick<OpenBreaker, 'system' | 'kind'>,
  queue: Destination | 'quarantine',
): boolean => {
  const use = queue === 'quarantine' ? undefined : uses[queue][system]
  return use !== undefined && (kind === 'read' || use === 'write')
}

const find = loadScript(import.meta.dirname, 'read-health.lua')

/** What may stop calls to a system. */
export interface HealthReading {
  /** Kinds of calls for which the breaker has to be asked (`admit`, `peek`): it is not closed, or there were failures lately. */
  readonly kinds: readonly CallKind[]
  /** The system refuses the credential: `createCredentialRefusals` knows until when. */
  readonly isRefused: boolean
}

/** `mode`: undefined when Redis has no record of the tenant's mode. */
export type TenantHealth = Readonly<Record<System, HealthReading>> & { readonly mode: ModeRecord | undefined }

/** Looks at all in one command: breakers, failures in a row, refusals of these credentials, and the mode. Changes nothing. */
export async function readHealth(
  redis: RedisClient,
  tenant: string,
  credentials: Readonly<Record<System, string>>,
): Promise<TenantHealth> {
  const keys = [
    ...systems.flatMap(system => [
      breakerKey(tenant, system),
      failuresKey(tenant, system, 'read'),
      failuresKey(tenant, system, 'write'),
      refusalsKey(tenant, system),
    ]),
    modeKey(tenant),
  ]
  const args = systems.map(system => credentials[system])
  const answer = [...listOf(await find(redis, keys, args))]
  const read = (): HealthReading => {
    const [breaker, reads, writes, refused] = answer.splice(0, 4)
    const kinds = (['read', 'write'] as const).filter(kind => breaker === 1 || (kind === 'read' ? reads : writes) === 1)
    return { kinds, isRefused: refused === 1 }
  }
  const readings = { 'totvs-crm': read(), 'rd-station': read() }
  const mode = listOf(answer[0])
  return { ...readings, mode: mode.length === 0 ? undefined : toModeRecord(mode) }
}

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
